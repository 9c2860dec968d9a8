"""Which kind a value is looked for by, and the one form that all its spellings have."""

import re
from datetime import datetime
from typing import Any, Final

from dsl import kinds
from dsl.canonical import iban
from dsl.session import addresses
from dsl.types import is_number

_IBAN: Final = re.compile(r"\s*[A-Za-z]{2}[0-9]{2}[A-Za-z0-9\s-]{11,60}")
_TIME: Final = re.compile(r"\s*[0-9]{1,2}(?::[0-9]{2}|\s?[ap]\.?m)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\s*[-\u2212]?[^\w\s]?[0-9]|\s*[A-Z]{3}\s?[0-9]")
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
    if is_number(value):
        return "number"
    if isinstance(value, datetime):
        return "date"
    return _evident(value.strip()) if isinstance(value, str) else "id"


def _evident(text: str) -> str:
    """Return a kind with a notation of its own; everything else is an id."""
    if len(text) > kinds.LONGEST or (text.isdecimal() and text.isascii()):
        return "id"
    if "://" in text and not re.search(r"\s", text):
        return "url"  # also one that nobody can read
    candidates = (
        ("email", "@" in text),
        ("iban", _IBAN.fullmatch(text) is not None and iban.canonical(text) is not None),
        ("phone", text.startswith("+")),
        ("date", _DAY.search(text) is not None),
        ("time", _TIME.match(text) is not None),
        ("money", _NUMBER.match(text) is not None),
    )
    return next((kind for kind, may in candidates if may and kinds.read(text, kind)), "id")
