"""Content that nobody here can read: images, sounds, archives, bytes that are no text.

This is the one place that tells it. `seen` puts an `Unreadable` where it stands, `sent` takes that
back, so that what is released or shown is what came.

It is told by its form: the `data` or `blob` of a block that names a media type, as MCP and the
model vendors write them; a `data:` URL; a text that is mostly bytes nobody could decode; and base64
of `LEAST` characters and more. What is encoded in less is a text like any other.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import NoneType
from typing import Any, Final

from dsl.types import Unreadable

LEAST: Final = 512  # characters of base64 in a row; ids, keys and most tokens are shorter
_HALF: Final = LEAST // 2
_MEDIA: Final = ("image", "audio", "video", "input_image", "input_audio", "base64")
_SOUNDS: Final = ("wav", "mp3", "flac", "opus", "ogg", "aac", "pcm16")  # as a `format`
_TYPES: Final = ("mimeType", "mime_type", "media_type", "mediaType")
_CONTENT: Final = ("data", "blob")
_TEXT: Final = re.compile(
    r"text/|application/(?:[\w.+-]*\+)?(?:json|xml|yaml|javascript|x-www-form-urlencoded)\b",
    re.IGNORECASE,
)
# A long row of the letters of base64, also with line ends in it, or these as JSON escapes them.
_LETTER: Final = "[A-Za-z0-9+/_-]"
_ROW: Final = re.compile(
    rf"(?<!{_LETTER}){_LETTER}{{40,}}(?:(?:\r?\n|(?:\\r)?\\n){_LETTER}{{40,}})*"
    rf"(?:(?:\r?\n|(?:\\r)?\\n){_LETTER}+(?==|\s|\\|\Z))?={{0,2}}"
)
_DATA_URL: Final = re.compile(
    r"\s*data:(?:[\w.+*-]+/[\w.+*-]+)?(?:;[^,\s]*)*,.*", re.DOTALL | re.IGNORECASE
)
_DIGIT: Final = re.compile("[0-9]")
_ALPHABETIC: Final = re.compile("[A-Za-z]")
_NO_TEXT: Final = re.compile("[\ufffd\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LEAST_LOST: Final = 2
_SHARE: Final = 10  # with one of so many characters lost, a text is none
_FEW: Final = 50  # arguments that are looked at in a glance
_LEAVES: Final = frozenset({int, bool, float, Decimal, NoneType})


def seen(value: Any) -> Any:
    """Return a value with all that cannot be read marked; the same one where all can be."""
    if isinstance(value, str):
        what = _what(value)
        return value if what is None else Unreadable(what, value)
    if type(value) in _LEAVES:  # told before what takes longer to tell
        return value
    if isinstance(value, Mapping):
        return _members(value)
    if isinstance(value, list | tuple):
        items = [seen(one) for one in value]
        return value if all(map(_is, items, value)) else items
    return value


def is_plain(args: Mapping[str, Any]) -> bool:
    """Tell at a glance what most arguments are: few, short, and nothing in them to be marked.

    Of the others it has to be found out.
    """
    if len(args) > _FEW or any(name in args for name in _CONTENT):
        return False
    for value in args.values():
        if type(value) is str:
            if len(value) >= LEAST or ":" in value or not value.isascii() or "\x00" in value:
                return False
        elif type(value) not in _LEAVES:
            return False
    return True


def sent(value: Any) -> Any:
    """Return a value as it came, with the content of what cannot be read."""
    if isinstance(value, Unreadable):
        return value if value.content is None else value.content
    if isinstance(value, Mapping):
        inner = {name: sent(one) for name, one in value.items()}
        return value if all(map(_is, inner.values(), value.values())) else inner
    if isinstance(value, list | tuple):
        items = [sent(one) for one in value]
        return value if all(map(_is, items, value)) else items
    return value


def holds_some(text: str) -> bool:
    """Tell whether a text that can be read has a part in it that cannot."""
    return _may_hold_some(text) and any(map(_is_long, _ROW.finditer(text)))


def without(text: str, instead: str = " ") -> str:
    """Return a text without the parts of it that cannot be read."""
    if not _may_hold_some(text):
        return text
    return _ROW.sub(lambda row: instead if _is_long(row) else row[0], text)


def _may_hold_some(text: str) -> bool:
    """Tell whether a long row may stand in a text: a part half as long would have no space."""
    parts = range(0, len(text) - _HALF + 1, _HALF) if len(text) >= LEAST else ()
    return any(text.find(" ", at, at + _HALF) < 0 for at in parts)


def _is(one: Any, other: Any) -> bool:
    return one is other


def _members(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Mark what stands in an object; the content of a block that names its media is one riddle."""
    what = _media(value)
    inner = {
        name: Unreadable(what, one)
        if what is not None and name in _CONTENT and isinstance(one, str) and one
        else seen(one)
        for name, one in value.items()
    }
    return value if all(map(_is, inner.values(), value.values())) else inner


def _media(block: Mapping[str, Any]) -> str | None:
    """Return the media that a block says its `data` or `blob` is."""
    if not any(name in block for name in _CONTENT):
        return None
    told = [block[name] for name in _TYPES if isinstance(block.get(name), str)]
    if block.get("type") in _MEDIA:
        told.append(block["type"])
    if block.get("format") in _SOUNDS:
        told.append("audio")
    if "blob" in block:  # of any type: bytes are what it is for
        return told[0] if told else "bytes" if "uri" in block else None
    return next((one for one in told if _TEXT.match(one) is None), None)


def _what(text: str) -> str | None:
    """Return what an entire text is that cannot be read."""
    if ":" in text and text.lstrip()[:5].lower() == "data:" and _DATA_URL.fullmatch(text):
        return "data"
    if ("\ufffd" in text or "\x00" in text) and _is_bytes(text):
        return "bytes"
    if len(text) >= LEAST:
        row = _ROW.fullmatch(text.strip())
        if row is not None and _is_long(row):
            return "base64"
    return None


def _is_bytes(text: str) -> bool:
    lost = sum(1 for _ in _NO_TEXT.finditer(text))
    return lost >= _LEAST_LOST and _SHARE * lost >= len(text)


def _is_long(row: re.Match[str]) -> bool:
    """Tell base64 from a long word: digits and letters stand in it."""
    text = row[0]
    mixed = _DIGIT.search(text) is not None and _ALPHABETIC.search(text) is not None
    return len(text) >= LEAST and mixed
