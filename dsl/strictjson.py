"""The one strict JSON reader, and the canonical form that digests are taken of.

Ordinary decoders keep the last of two equal keys, round numbers and accept NaN: three ways
to have one text decided and another one executed. This reader refuses all of them and says
where.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from json.encoder import encode_basestring  # what `json.dumps` calls, after it made an encoder
from typing import Any, Final

from dsl.errors import DrawbarError, printable

MAX_DIGITS: Final = 40
MAX_EXPONENT: Final = 64
MAX_DEPTH: Final = 64
MAX_LEAVES: Final = 10_000
MAX_STRING: Final = 256 * 1024
# A message holds a call and a little around it; the call's own parts are measured by themselves,
# or it would depend on the way that a call comes in what it may hold.
MESSAGE_DEPTH: Final = MAX_DEPTH + 4
MESSAGE_LEAVES: Final = MAX_LEAVES + 1_000

_NUMBER = re.compile(r"-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")
_LONG_EXPONENT = 6  # what stands behind so many characters cannot make it small again
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class InvalidJson(DrawbarError):
    """A text that is not JSON, or JSON we refuse; `path` is a JSON pointer."""

    def __init__(self, message: str, path: str = "") -> None:
        self.path = path
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Stands where a refused part stood until the walk knows its path."""

    message: str
    key: str | None = None


def read(text: bytes | str, leaves: int = MAX_LEAVES, depth: int = MAX_DEPTH) -> Any:
    """Parse JSON strictly: exact numbers, no duplicate keys, bounded depth and size."""
    try:
        text = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise InvalidJson("the text is not UTF-8") from error
    if _is_small(text, leaves, depth):
        with suppress(ValueError):
            return _QUICK.decode(text)  # what it refuses, the other way says, and where
    return _read(text, leaves, depth)


def _is_small(text: str, leaves: int, depth: int) -> bool:
    """Tell whether a text is too short for any limit, and can hold no half of a surrogate pair."""
    if len(text) > min(leaves, MAX_STRING) or "\\u" in text:
        return False
    return text.count("{") + text.count("[") <= min(depth, MAX_DEPTH) and _is_text(text)


def _read(text: str, leaves: int, depth: int) -> Any:
    """Parse, and look at every value; what is refused is told with its place."""
    try:
        tree = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise InvalidJson(f"the text is not JSON: {error.msg.lower()} at {where}") from error
    except RecursionError as error:
        raise InvalidJson(f"nested deeper than {depth} levels") from error
    refuse_large(tree, leaves, depth)
    return tree


def exact(text: str) -> int | Decimal:
    """Read one number exactly, or raise `InvalidJson`."""
    number = _number(text)
    if isinstance(number, _Flaw):
        raise InvalidJson(number.message)
    return number


def _number(text: str) -> int | Decimal | _Flaw:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return _Flaw("not a number")
    whole, fraction, exponent = match.groups()
    if len(whole) + len(fraction or "") > MAX_DIGITS:
        return _Flaw(f"a number has more than {MAX_DIGITS} digits")
    if exponent and int(exponent.lstrip("+-0")[:_LONG_EXPONENT] or 0) > MAX_EXPONENT:
        return _Flaw(f"a number's exponent is beyond {MAX_EXPONENT}")
    return int(text) if fraction is None and exponent is None else Decimal(text)


def _whole_number(text: str) -> int | Decimal | _Flaw:
    return int(text) if len(text) <= MAX_DIGITS else _number(text)


def _object(pairs: list[tuple[str, Any]]) -> Any:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return _Flaw("a key stands twice in one object", key)
        seen.add(key)
    raise AssertionError


def _constant(text: str) -> _Flaw:
    return _Flaw(f"{text} is not a JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_number,
    parse_int=_whole_number,
    parse_constant=_constant,
)


class _Refused(ValueError):
    """Something stands in a text that is refused."""


def _object_or_raise(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused
    return members


def _whole_or_raise(text: str) -> int | Decimal:
    return int(text) if len(text) <= MAX_DIGITS else _number_or_raise(text)


def _number_or_raise(text: str) -> int | Decimal:
    number = _number(text)
    if isinstance(number, _Flaw):
        raise _Refused
    return number


def _refuse(_text: str) -> Any:
    raise _Refused


_QUICK = json.JSONDecoder(
    object_pairs_hook=_object_or_raise,
    parse_float=_number_or_raise,
    parse_int=_whole_or_raise,
    parse_constant=_refuse,
)


def refuse_large(tree: Any, leaves: int = MAX_LEAVES, most: int = MAX_DEPTH) -> None:
    """Refuse what was read, or a part of it, if by itself it would be refused."""
    if _is_fine(tree, leaves, most):
        return
    for seen, (value, path, depth) in enumerate(_walk(tree), start=1):
        if isinstance(value, _Flaw):
            at = path if value.key is None else path + pointer(value.key)
            raise InvalidJson(value.message, at)
        if depth >= most and isinstance(value, dict | list):
            raise InvalidJson(f"nested deeper than {most} levels", path)
        if isinstance(value, str):
            _refuse_text(value, path)
        if seen + (len(value) if isinstance(value, dict | list) else 0) > leaves:
            raise InvalidJson(f"more than {leaves} values")


def _is_fine(tree: Any, leaves: int, most: int) -> bool:
    """Tell whether nothing is to be refused: where that is so, nobody needs to know paths."""
    seen, depth, level = 1, 0, [tree]
    while level and seen <= leaves:
        below: list[Any] = []
        for value in level:
            kind = type(value)
            if kind is dict or kind is list:
                if depth >= most or (kind is dict and not all(map(_is_text, value))):
                    return False
                below += value.values() if kind is dict else value
            elif not (_is_text(value) if kind is str else kind in _PLAIN):
                return False
        seen += len(below)
        depth, level = depth + 1, below
    return seen <= leaves


_PLAIN: Final = frozenset({int, Decimal, bool, type(None)})


def _is_text(value: str) -> bool:
    return len(value) <= MAX_STRING and (value.isascii() or not _SURROGATE.search(value))


def are_equal(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Tell whether two objects are the same JSON, exactly."""
    return canonical(dict(left)) == canonical(dict(right))


def _refuse_text(value: str, path: str) -> None:
    if len(value) > MAX_STRING:
        raise InvalidJson(f"a text is longer than {MAX_STRING} characters", path)
    if _SURROGATE.search(value):
        raise InvalidJson("a text holds half of a surrogate pair", path)


def _walk(tree: Any) -> Iterator[tuple[Any, str, int]]:
    """Yield every value with its pointer and depth, and every key as a text."""
    todo: list[tuple[Any, str, int]] = [(tree, "", 0)]
    while todo:
        value, path, depth = todo.pop()
        yield value, path, depth
        if isinstance(value, dict):
            for key, member in value.items():
                _refuse_text(key, path)
                todo.append((member, path + pointer(key), depth + 1))
        elif isinstance(value, list):
            todo += [(item, f"{path}/{index}", depth + 1) for index, item in enumerate(value)]


def pointer(key: str) -> str:
    """Write one step of a JSON pointer."""
    shown = printable(key[:80].encode("utf-8", "replace").decode("utf-8"))
    return "/" + shown.replace("~", "~0").replace("/", "~1")


def reread(text: bytes) -> Any:
    """Read back what `canonical` wrote, exactly and without limits.

    What passed the limits as it came may be beyond them as it is kept: wrapped, or written out.
    """
    return _KEPT.decode(text.decode("utf-8"))


_KEPT = json.JSONDecoder(parse_float=Decimal)


class Written(str):
    """A part of a value that was written already: it stands in the whole as it is."""

    __slots__ = ()


def canonical(value: Any) -> str:
    """Write a value in one form only: the rules of RFC 8785, with exact numbers."""
    return written(value, _in_order)


def written(value: Any, order: Callable[[Iterable[str]], Iterable[str]] = list) -> str:
    """Write a value with exact numbers, members as they stand or in another order."""
    write = _WRITERS.get(type(value))
    if write is not None:  # a leaf, as nearly every value is
        return write(value)
    if isinstance(value, dict):
        return "{" + ",".join(_members(value, order)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([written(item, order) for item in value]) + "]"
    if isinstance(value, int | Decimal):
        return _canonical_number(value)
    if isinstance(value, str):
        return encode_basestring(value)
    message = f"`{type(value).__name__}` has no JSON form"
    raise TypeError(message)


def _members(value: dict[str, Any], order: Callable[[Iterable[str]], Iterable[str]]) -> list[str]:
    """Write the members of an object; that leaves need no call of their own is for speed."""
    members = []
    for key in order(value):
        inner = value[key]
        write = _WRITERS.get(type(inner))
        text = written(inner, order) if write is None else write(inner)
        members.append(f"{encode_basestring(key)}:{text}")
    return members


def _in_order(keys: Iterable[str]) -> list[str]:
    names = list(keys)
    if "".join(names).isascii():  # then both orders are the same
        return sorted(names)
    return sorted(names, key=lambda key: key.encode("utf-16-be"))


def _canonical_number(value: int | Decimal) -> str:
    """Print equal numbers equally: no exponent, no trailing zeros."""
    if isinstance(value, int):
        return str(value)
    if not value.is_finite():
        message = "a number that is not finite has no JSON form"
        raise TypeError(message)
    if value == 0:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {
    str: encode_basestring,
    int: int.__repr__,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "null",
    Decimal: _canonical_number,
    Written: str.__str__,
}
