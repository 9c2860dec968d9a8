"""JSON that people read: laid out, with exact numbers, and without a character they cannot see."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from dsl import strictjson
from dsl.parse import HIDDEN

_WIDTH: Final = 96


def exact(value: Any) -> Any:
    """Write floats, as ordinary decoders make them, as the numbers they stand for."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {str(name): exact(one) for name, one in value.items()}
    return [exact(one) for one in value] if isinstance(value, list | tuple) else value


def laid_out(value: Any, indent: str = "") -> str:
    """Return JSON: short values in one line, long ones a member a line."""
    line = visible(strictjson.written(value))
    if len(indent) + len(line) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        parts = [laid_out(one, deeper) for one in value]
        opening, closing = "[", "]"
    else:
        parts = [f"{visible(_key(k))}: {laid_out(one, deeper)}" for k, one in value.items()]
        opening, closing = "{", "}"
    inside = ",\n".join(deeper + part for part in parts)
    return f"{opening}\n{inside}\n{indent}{closing}"


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def visible(text: str) -> str:
    """Escape in a JSON text what a reader could not see; it stands in strings alone."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        one if one.isprintable() and not HIDDEN.match(one) else _escaped(one) for one in text
    )


def _escaped(char: str) -> str:
    return json.dumps(char)[1:-1]
