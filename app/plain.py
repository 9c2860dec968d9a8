"""Text of strangers, made safe to look at: nothing in it steers, hides or turns around."""

import unicodedata
from typing import Final

# Controls, what has no form of its own, what is not assigned, and lines that end within a line.
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
# What counts as a letter or a mark and shows nothing, or changes how its neighbour looks.
_BLANK: Final = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | set(range(0x180B, 0x1810))
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)


def plain(text: str) -> str:
    r"""Return a text in which every hidden character is written out, as in `\u{202e}`."""
    return "".join(_written(char) if _hides(char) else char for char in text)


def _hides(char: str) -> bool:
    if " " <= char <= "~":
        return False
    wide_space = unicodedata.category(char) == "Zs"
    return wide_space or unicodedata.category(char) in _HIDDEN or ord(char) in _BLANK


def _written(char: str) -> str:
    return f"\\u{{{ord(char):x}}}"
