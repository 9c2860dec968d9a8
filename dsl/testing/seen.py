"""Finds a value again in what was said and given back, however it is spelled."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from dsl import kinds, syntax
from dsl.types import is_number

_MOST_WORDS: Final = 9  # the longest value that is looked for inside a sentence
_FEW_DIGITS: Final = 4
_EDGES: Final = ".,;:!?()[]{}<>\"'"
_MARKS: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|[a-z]+://\S+|\S*\d\S*", re.IGNORECASE)

Place = tuple[str | int, ...]


def form(value: Any, kind: str | None) -> str | None:
    """Return the one form of a value: of its kind, else as an identifier or number."""
    return kinds.read(value, kind or ("number" if is_number(value) else "id"))


def is_weak(value: Any) -> bool:
    """Tell whether a value is so short that meeting it again says little."""
    digits = value.strip() if isinstance(value, str) else ""
    if digits.isdecimal():
        return len(digits) < _FEW_DIGITS
    return is_number(value) and abs(value) < 10 ** (_FEW_DIGITS - 1)


def within(wanted: str, kind: str | None, text: str, *, number: bool) -> bool:
    """Tell whether a value stands in a text as whole words."""
    read_as = kind or ("number" if number else "id")
    words = text.split()
    for start in range(len(words)):
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
            phrase = " ".join(words[start:end])
            if wanted in (kinds.read(phrase, read_as), kinds.read(phrase.strip(_EDGES), read_as)):
                return True
    return False


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield the texts and numbers inside a value, with their places."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, (*place, key))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*place, at))
    elif value is not None and not isinstance(value, bool):
        yield place, value


def rows(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects inside a value, the outer ones first."""
    if isinstance(value, Mapping):
        yield value
    inner = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list | tuple):
        for one in inner:
            yield from rows(one)


def covers(declared: syntax.ToolField, place: Place) -> bool:
    """Tell whether a declared field is the place, or lies around it."""
    wanted = declared.steps
    if len(wanted) > len(place):
        return False
    pairs = zip(wanted, place, strict=False)
    return all(
        step in (syntax.EACH, here) if isinstance(here, int) else step == here
        for step, here in pairs
    )


def entities(text: str) -> list[str]:
    """Return what looks like an address, a link, a number or an identifier."""
    return [found.strip(_EDGES) for found in _MARKS.findall(text)]
