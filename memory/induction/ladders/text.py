"""Texts: this one with holes for what changes from call to call."""

import re
from collections.abc import Iterator
from typing import Any, Final

from dsl import patterns, syntax
from memory.induction.ladders.step import Around, equal, is_short

_HOLES: Final = (
    ("email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", r"[\w.+-]+@[\w-]+(\.[\w-]+)+"),
    ("uuid", r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", r"[0-9a-fA-F-]{36}"),
    ("path", r"(?:/[\w.-]+){2,}/?", r"(/[\w.-]+)+\/?"),
    ("num", r"\d+(?:[.,]\d+)*", r"[0-9]+([.,][0-9]+)*"),
)
_FOUND: Final = re.compile("|".join(f"(?P<{name}>{what})" for name, what, _ in _HOLES), re.ASCII)
_PATTERN: Final = {name: pattern for name, _, pattern in _HOLES}
_MEANS_SOMETHING: Final = re.compile(r"([\\.+*?()|\[\]{}^$/])")


def text(value: syntax.Operand, seen: Any, _around: Around) -> Iterator[syntax.Condition]:
    """Yield the text, or the pattern that it is with its numbers, ids, addresses and paths open."""
    if not isinstance(seen, str) or not is_short(seen):
        return
    pattern = as_pattern(seen)
    if pattern is None:
        yield equal(value, seen)
    elif not patterns.fault(pattern):
        yield syntax.PatternMatch(value, pattern)


def as_pattern(seen: str) -> str | None:
    """Return a text as a pattern with holes; None where nothing in it changes."""
    parts, end = [], 0
    if not seen.isprintable():
        return None
    for found in _FOUND.finditer(seen):
        parts += [_literally(seen[end : found.start()]), _PATTERN[str(found.lastgroup)]]
        end = found.end()
    return "".join((*parts, _literally(seen[end:]))) if parts else None


def template(seen: str) -> str:
    """Return a text with the names of its holes: what two texts of one kind have in common."""
    return _FOUND.sub(lambda found: f"<{found.lastgroup}>", seen)


def _literally(plain: str) -> str:
    return _MEANS_SOMETHING.sub(r"\\\1", plain)
