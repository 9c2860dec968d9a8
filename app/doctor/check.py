"""One thing that was looked at, and what came of it."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "finding"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one thing; `hint` says what to do about it."""

    name: str
    level: Level
    said: str
    hint: str | None = None


def ok(name: str, said: str) -> Check:
    """Say that something is as it should be."""
    return Check(name, "ok", said)


def note(name: str, said: str, hint: str | None = None) -> Check:
    """Say something that is worth knowing and wrong by itself for nobody."""
    return Check(name, "note", said, hint)


def finding(name: str, said: str, hint: str) -> Check:
    """Say that something must be looked after."""
    return Check(name, "finding", said, hint)
