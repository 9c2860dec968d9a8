"""Finds accounts and telephone numbers in a text, also where spaces stand in them."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from dsl.canonical import iban, phone
from dsl.session.spans import Mention, Taken

_IBAN: Final = re.compile(r"(?<!\w)[A-Za-z]{2}[0-9]{2}(?:[\s-]?[A-Za-z0-9]){11,34}")
_PHONE: Final = re.compile(r"(?<![\w+])\+[0-9][0-9 ()./\-\u2010\u2011\u2013]{4,32}")


def find(taken: Taken) -> None:
    """Find the longest part of each place that is an account, then those of telephone numbers."""
    _each(taken, _IBAN, iban.canonical, "iban")
    _each(taken, _PHONE, phone.canonical, "phone")


def _each(
    taken: Taken, pattern: re.Pattern[str], canonical: Callable[[str], str | None], kind: str
) -> None:
    at = 0
    while match := pattern.search(taken.text, at):
        found = [
            (form, end)
            for end in _ends(taken.text, *match.span())
            if (form := canonical(taken.text[match.start() : end]))
            and taken.is_free(match.start(), end)
        ]
        # A shorter part may be the number, and the rest another one: `+49 30 123456 50`.
        for number, (form, end) in enumerate(found if kind == "phone" else found[:1]):
            taken.mentions.append(Mention(kind, form, match.start(), end, weak=number > 0))
        if found:
            taken.take(match.start(), found[0][1], kind)
        at = found[0][1] if found else match.start() + 1


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where words end, from the last on."""
    for at in range(end, start + 4, -1):
        if text[at - 1].isalnum() and not text[at : at + 1].isalnum():
            yield at
