"""JSON as text: read strictly, as large as a policy may be, and laid out for people."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from dsl.parse import MAX_NESTING
from dsl.show.expressions import text
from dsl.strictjson import InvalidJson, canonical, exact, pointer

# The reader of `strictjson` is for calls, which are small; a policy may be far larger than they.
MAX_CHARACTERS: Final = 16 << 20
MAX_DEPTH: Final = 2 * MAX_NESTING + 20  # a node is an object, mostly with a list of others in it
WIDTH: Final = 100

_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Twice:
    """Stands where an object stood that has a key twice, until its path is known."""

    key: str


def decode(source: str) -> Any:
    """Parse JSON strictly: exact numbers, no duplicate keys, bounded depth and size."""
    if len(source) > MAX_CHARACTERS:
        raise InvalidJson(f"the document is longer than {MAX_CHARACTERS >> 20} MiB")
    try:
        tree = _DECODER.decode(source)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise InvalidJson(f"the text is not JSON: {error.msg.lower()} at {where}") from error
    except RecursionError as error:
        raise InvalidJson("nested too deeply") from error
    for value, path in _walk(tree):
        if isinstance(value, _Twice):
            raise InvalidJson("a key stands twice in one object", path + pointer(value.key))
        if isinstance(value, str) and _SURROGATE.search(value):
            raise InvalidJson("a text holds half of a surrogate pair", path)
    return tree


def _object(pairs: list[tuple[str, Any]]) -> Any:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            return _Twice(key)
        members[key] = value
    return members


def _constant(word: str) -> Any:
    raise InvalidJson(f"{word} is not a JSON number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=exact, parse_int=exact, parse_constant=_constant
)


def _walk(tree: Any) -> Iterator[tuple[Any, str]]:
    """Yield every value with its pointer, and every key as a text; refuse too great a depth."""
    todo: list[tuple[Any, str, int]] = [(tree, "", 0)]
    while todo:
        value, path, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise InvalidJson("nested too deeply", path)
        yield value, path
        if isinstance(value, dict):
            yield from ((key, path) for key in value)
            inner = ((one, path + pointer(key)) for key, one in value.items())
            todo += [(one, at, depth + 1) for one, at in inner]
        elif isinstance(value, list):
            todo += [(one, f"{path}/{at}", depth + 1) for at, one in enumerate(value)]


def lay_out(value: Any, indent: int = 0) -> str:
    """Write JSON with exact numbers and nothing invisible; what fits stands on one line."""
    if isinstance(value, str):
        return text(value)
    if not isinstance(value, dict | list):
        return str(value) if isinstance(value, Decimal) else canonical(value)
    left, right = "{}" if isinstance(value, dict) else "[]"
    parts = list(_parts(value, indent + 2))
    short = f"{left}{', '.join(parts)}{right}"
    if "\n" not in short and indent + len(short) <= WIDTH:
        return short
    space = " " * indent
    return f"{left}\n" + ",\n".join(f"{space}  {part}" for part in parts) + f"\n{space}{right}"


def _parts(value: dict[str, Any] | list[Any], indent: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{text(key)}: {lay_out(one, indent)}" for key, one in value.items())
    else:
        yield from (lay_out(one, indent) for one in value)
