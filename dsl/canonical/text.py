"""Texts, and how any text is folded: what people would read as the same text is the same text."""

import re
import unicodedata
from typing import Final

# What Unicode calls ignorable by default: soft hyphens, zero-width characters, direction marks.
HIDDEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character has no bytes

# Sorting many marks on one letter takes quadratic time; no language stacks more than a few, and
# Unicode's own stream-safe form ends at this number.
_MAX_MARKS: Final = 30
# One letter can become eighteen; a text of many such letters is made to cost time.
_MAX_GROWTH: Final = 4
_SHORT: Final = 100
_STACK = re.compile(rb"[^\x00]{%d}" % (_MAX_MARKS + 1))
# No marks by themselves, but they fall apart into marks.
_INTO_MARKS = re.compile("[\u0f73\u0f75\u0f81\uff9e\uff9f]")


def canonical(value: object) -> str | None:
    """Fold the characters and squeeze white space; None for an empty text."""
    folded = fold(value) if isinstance(value, str) else None
    return squeezed(folded) if folded is not None else None


def squeezed(text: str) -> str | None:
    """Replace each run of white space by one space; None if nothing else is there."""
    return " ".join(text.split()) or None


def fold(text: str) -> str | None:
    """Take away what does not change a text for its reader: case, width, hidden characters."""
    visible = None if _SURROGATE.search(text) else compatible(HIDDEN.sub("", text))
    return None if visible is None else compatible(visible.casefold())


def compatible(text: str) -> str | None:
    """Return the text in the form NFKC; None if it stacks marks or grows beyond all measure.

    Law: at most linear time.
    """
    if text.isascii():
        return text
    form = None if _is_stacked(text) else unicodedata.normalize("NFKC", text)
    if form is None or len(form) > _MAX_GROWTH * len(text) + _SHORT or _is_stacked(form):
        return None
    return form


def _is_stacked(text: str) -> bool:
    marks = bytes(map(unicodedata.combining, _INTO_MARKS.sub("\u0301", text)))
    return bool(_STACK.search(marks))
