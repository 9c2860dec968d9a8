"""Which kind a value is looked for by, and the one form that all its spellings have."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from dsl import kinds
from dsl.session import addresses
from dsl.types import is_number

_IBAN: Final = re.compile(r"\s*[A-Za-z]{2}[0-9]{2}[A-Za-z0-9\s-]{11,60}")
_TIME: Final = re.compile(r"\s*[0-9]{1,2}(?::[0-9]{2}|\s?[ap]\.?m)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\s*[-\u2212]?[^\w\s]?[0-9]|\s*[A-Z]{3}\s?[0-9]")
_DIGIT: Final = re.compile("[0-9]")  # nothing below is without one
_DAY: Final = re.compile("[0-9].*[0-9]")


def form(value: Any, kind: str) -> str | None:
    """Return the one form of a value; None if it cannot be read as this kind."""
    if kind == "url":
        return addresses.key(value) if isinstance(value, str) else None
    return kinds.read(value, kind)


def kind_of(value: Any, declared: str | None) -> str:
    """Return the declared kind of a value, else the one that it evidently has."""
    if declared is not None:
        return declared
    if isinstance(value, str):
        return _evident(value.strip())[0]
    if is_number(value):
        return "number"
    return "date" if isinstance(value, datetime) else "id"


def read(value: Any, declared: str | None) -> tuple[str, str | None]:
    """Return the kind of a value, and its form, each of both read once."""
    if declared is None and isinstance(value, str) and (text := value.strip()) == value:
        kind, known = _evident(text)
        return kind, form(value, kind) if known is None else known
    kind = kind_of(value, declared)
    return kind, form(value, kind)


def _evident(text: str) -> tuple[str, str | None]:
    """Return a kind with a notation of its own, and its form if that was read to tell it.

    Everything else is an id.
    """
    if len(text) > kinds.LONGEST or (text.isdecimal() and text.isascii()):
        return "id", None
    if "://" in text and not re.search(r"\s", text):
        return "url", None  # also one that nobody can read
    for kind in _candidates(text):
        if known := kinds.read(text, kind):
            return kind, known
    return "id", None


def _candidates(text: str) -> Iterator[str]:
    """Yield the kinds that a text looks like."""
    if "@" in text:
        yield "email"
    if _DIGIT.search(text) is None:
        return
    if _IBAN.fullmatch(text):
        yield "iban"
    if text.startswith("+"):
        yield "phone"
    if _DAY.search(text):
        yield "date"
    if _TIME.match(text):
        yield "time"
    if _NUMBER.match(text):
        yield "money"
