"""Which ladder the values of each sort climb."""

from collections.abc import Mapping
from typing import Final

from memory.induction.field import Sort
from memory.induction.ladders.address import email, host, url
from memory.induction.ladders.choice import choice, truth
from memory.induction.ladders.command import command
from memory.induction.ladders.number import number
from memory.induction.ladders.path import path
from memory.induction.ladders.step import Ladder
from memory.induction.ladders.text import text

LADDERS: Final[Mapping[Sort, Ladder]] = {
    Sort.CHOICE: choice,
    Sort.TRUTH: truth,
    Sort.ID: choice,
    Sort.NUMBER: number,
    Sort.PATH: path,
    Sort.HOST: host,
    Sort.EMAIL: email,
    Sort.URL: url,
    Sort.COMMAND: command,
    Sort.TEXT: text,
}
