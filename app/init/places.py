"""The arguments of a tool as rules look at them: what they hold, and whether they may be absent."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from dsl.lint.schemas import joined, takes_null
from dsl.toolspec import MAX_SCHEMA_DEPTH, Tool

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")  # what can stand behind `args.`
_CHOSEN: Final = ("enum", "const")
_VALUES: Final = ("enum", "const", "default", "examples")
_OPENERS: Final = ("additionalProperties", "unevaluatedProperties", "patternProperties")


@dataclass(frozen=True, slots=True)
class Place:
    """One argument: a text, a number, or with `listed` a list of texts."""

    name: str
    type: str
    required: bool
    listed: bool = False
    format: str | None = None
    positive: bool = False  # the schema lets no number below, nor zero
    most: int | Decimal | None = None

    @property
    def path(self) -> str:
        """Return the argument as a test reads it: absence makes the test false."""
        return f"args.{self.name}{'' if self.required else '?'}"


def places(tool: Tool) -> Iterator[Place]:
    """Yield the arguments that hold one open text or number, or a list of texts."""
    whole = joined(tool.schema, tool.schema)
    listed = whole.get("properties")
    required = whole.get("required", ())
    for name, said in listed.items() if isinstance(listed, dict) else ():
        made = _place(name, said, tool)
        if made is not None:
            there = isinstance(required, list | tuple) and name in required
            yield replace(made, required=there and not takes_null(said, tool.schema))


def _place(name: str, said: Any, tool: Tool) -> Place | None:
    schema = joined(said, tool.schema)
    items = joined(schema.get("items"), tool.schema)
    if not _NAME.fullmatch(name) or _chosen(schema) or _chosen(items):
        return None
    match _type(schema):
        case "string":
            return Place(name, "string", required=False, format=_format(schema))
        case "number" | "integer":
            most = _number(schema.get("maximum"))
            return Place(name, "number", required=False, positive=_positive(schema), most=most)
        case "array" if _type(items) == "string":
            return Place(name, "string", required=False, listed=True, format=_format(items))
    return None


def _positive(schema: Mapping[str, Any]) -> bool:
    least, beyond = _number(schema.get("minimum")), _number(schema.get("exclusiveMinimum"))
    return (least is not None and least > 0) or (beyond is not None and beyond >= 0)


def _number(value: Any) -> int | Decimal | None:
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _type(schema: Mapping[str, Any]) -> str | None:
    said = schema.get("type")
    if isinstance(said, list):
        left = [one for one in said if one != "null"]
        said = left[0] if len(left) == 1 else None
    return said if isinstance(said, str) else None


def _format(schema: Mapping[str, Any]) -> str | None:
    found = schema.get("format")
    return found if isinstance(found, str) else None


def _chosen(schema: Mapping[str, Any]) -> bool:
    """Tell whether the schema lists what may stand there."""
    return any(key in schema for key in _CHOSEN)


def unseen(tool: Tool, seen: Iterable[str]) -> Iterator[str]:
    """Yield the names of arguments that are no such place: inside others, or of several types."""
    whole = joined(tool.schema, tool.schema)
    listed = whole.get("properties")
    chosen = {name for name, said in listed.items() if _is_chosen(said, tool)} if listed else set()
    yield from _names(tool.schema, {*seen, *chosen}, depth=0)


def _is_chosen(said: Any, tool: Tool) -> bool:
    schema = joined(said, tool.schema)
    return _chosen(schema) or _chosen(joined(schema.get("items"), tool.schema))


def _names(schema: Any, seen: set[str], depth: int) -> Iterator[str]:
    """Yield the names of all properties in a schema, but for those of its own that were seen."""
    if isinstance(schema, list):
        for one in schema:
            yield from _names(one, seen, depth + 1)
    if not isinstance(schema, dict) or depth > MAX_SCHEMA_DEPTH:
        return
    for key, inner in schema.items():
        if key in ("properties", "patternProperties") and isinstance(inner, dict):
            yield from (name for name in inner if depth or name not in seen)
            for one in inner.values():
                yield from _names(one, set(), depth + 1)
        elif key not in _VALUES:
            yield from _names(inner, seen, depth + 1)


def opened(tool: Tool) -> bool:
    """Tell whether a tool says that it takes arguments which it does not declare."""
    return any(tool.schema.get(key, False) is not False for key in _OPENERS)
