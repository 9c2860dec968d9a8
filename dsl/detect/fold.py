"""A text as a reader sees it: compatibility forms, invisible characters and accents taken away."""

import re
import unicodedata
from typing import Final

# One of these becomes 18 or 8 letters; all others become 7 or fewer.
_LONG: Final = frozenset("\ufdfa\ufdfb")
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\ufeff\uffa0"
    + "".join(map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070))))
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080))))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_ACCENTS: Final = "".join(map(chr, range(0x0300, 0x0370)))
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
# The zeros of the scripts that have digits of their own and no compatibility form.
_ZEROS: Final = (
    *(0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6),
    *(0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810),
)
_SHOWN: Final = {
    **dict.fromkeys(_INVISIBLE + _ACCENTS, ""),
    **dict.fromkeys(_DASHES, "-"),
    **{chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)},
}


# Marks that stay and stand side by side: their order may differ, and is put right.
_MARKS: Final = re.compile(
    "[\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u093c\u094d\u0951-\u0954]{2,32}"
)


class _Plain(dict[str, str]):
    """What a character is written as, looked up in Unicode when it is first met."""

    def __missing__(self, one: str) -> str:
        parts = " " if one in _LONG else unicodedata.normalize("NFKD", one)
        plain = "".join([_SHOWN.get(part, part) for part in parts])
        self[one] = plain
        return plain


_PLAIN: Final = _Plain()
_BEYOND: Final = re.compile("[^\x00-\x7f]")
_FEW: Final = 16


def fold(text: str) -> str:
    """Write a text in plain characters, in time linear in its length."""
    if text.isascii():
        return text
    return _MARKS.sub(_sorted, _plain(text))


def _plain(text: str) -> str:
    """Write each character anew, or, where few are not ASCII, those."""
    if len(text.encode("utf-8", "replace")) - len(text) < len(text) // _FEW:
        return _BEYOND.sub(lambda match: _PLAIN[match[0]], text)
    return "".join(map(_PLAIN.__getitem__, text))


def _sorted(marks: re.Match[str]) -> str:
    return "".join(sorted(marks[0], key=unicodedata.combining))
