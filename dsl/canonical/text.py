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
# Sorting many marks on one letter takes quadratic time; no language stacks more than a few, and
# Unicode's own stream-safe form ends at this number.
_MAX_MARKS: Final = 30
# One letter can become eighteen; a text of many such letters is made to cost time.
_MAX_GROWTH: Final = 2
_SHORT: Final = 100
_LARGEST: Final = ("\ufdfa", "\ufdfb")  # each becomes eight letters or more
_LARGE: Final = re.compile(  # each becomes at least three
    "[\u2026\u2034\u2057\u2474-\u2487\u249c-\u24b5\u3200-\u321e\u3220-\u3243\u3250"
    "\u3300-\u330f\u3315-\u3324\u3329-\u332f\u3338-\u333e\u3340-\u3348\u337f\ufdf0-\ufdfb]"
)
# Where the marks of the first plane are: asking each of its characters takes long.
_PLACES: Final = (
    *(range(0x300, 0x370), range(0x483, 0x488), range(0x590, 0x1E00), range(0x20D0, 0x2100)),
    *(range(0x2CEF, 0x2E00), range(0x302A, 0x30A0), range(0xA66F, 0xAC00)),
    *(range(0xFB1E, 0xFB1F), range(0xFE20, 0xFE30)),
)
_INTO_MARKS: Final = "\u0f73\u0f75\u0f81\uff9e\uff9f"  # no marks, but they fall apart into some
_MARKS: Final = _INTO_MARKS + "".join(
    chr(one) for place in _PLACES for one in place if unicodedata.combining(chr(one))
)
# Of the second plane, any character may be one: a set that holds many of them is slow to ask.
_SECOND: Final = "\U00010000-\U0001d3ff\U0001d800-\U0001efff"
_STACK: Final = re.compile(f"[{_MARKS}{_SECOND}]{{{_MAX_MARKS + 1},}}")
_STACKED: Final = re.compile(rb"[^\x00]{%d}" % (_MAX_MARKS + 1))


def canonical(value: object) -> str | None:
    """Fold the characters and squeeze white space; None for an empty text."""
    folded = fold(value) if isinstance(value, str) else None
    return squeezed(folded) if folded is not None else None


def squeezed(text: str) -> str | None:
    """Replace each run of white space by one space; None if nothing else is there."""
    return " ".join(text.split()) or None


def fold(text: str) -> str | None:
    """Take away what does not change a text for its reader: case, width, hidden characters."""
    if text.isascii():  # nothing but case is to be taken away
        return text.lower()
    visible = compatible(HIDDEN.sub("", text)) if _is_whole(text) else None
    folded = None if visible is None else visible.casefold()
    if visible is None or folded is None or folded == visible:
        return visible
    return None if len(folded) > _MAX_GROWTH * len(visible) + _SHORT else compatible(folded)


def hides(text: str) -> bool:
    """Tell whether characters stand in a text that nobody sees; none of them is ASCII."""
    return not text.isascii() and HIDDEN.search(text) is not None


def _is_whole(text: str) -> bool:
    """Tell whether no half of a character stands in the text; it would have no bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def compatible(text: str) -> str | None:
    """Return the text in the form NFKC; None if it stacks marks or grows beyond all measure.

    Law: at most linear time.
    """
    if text.isascii():
        return text
    longest = _MAX_GROWTH * len(text) + _SHORT
    if _least(text) > longest or _is_stacked(text):
        return None
    form = unicodedata.normalize("NFKC", text)
    if form is not text and (len(form) > longest or _is_stacked(form)):
        return None
    return form


def _is_stacked(text: str) -> bool:
    """Tell whether more marks follow each other than any language has."""
    for run in _STACK.finditer(text):
        marks = (one in _INTO_MARKS or unicodedata.combining(one) for one in run[0])
        if _STACKED.search(bytes(marks)):
            return True
    return False


def _least(text: str) -> int:
    """Return a length that the form NFKC has at least."""
    largest, large = sum(map(text.count, _LARGEST)), len(_LARGE.findall(text))
    return len(text) + 2 * large + 5 * largest
