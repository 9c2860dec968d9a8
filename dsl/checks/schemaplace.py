"""What a tool's schema says of a place in its arguments: the type there, where it is certain."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from dsl import syntax
from dsl.toolspec import Tool
from dsl.types import Type, type_of

ANYTHING: Final = True  # the schema that says nothing
_TYPES: Final = {
    "string": Type.TEXT,
    "number": Type.NUMBER,
    "integer": Type.NUMBER,
    "boolean": Type.TRUTH,
    "array": Type.LIST,
    "object": Type.OBJECT,
}
Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the arguments of a declared tool, and the schema of what stands there."""

    tool: str
    steps: Steps
    schema: Any

    def at(self, steps: Iterable[str | int]) -> "Place":
        """Return a place inside this one."""
        further = tuple(steps)
        return Place(self.tool, (*self.steps, *further), _at(self.schema, further))

    def element(self) -> "Place":
        """Return what holds for each element of the list that stands here."""
        return Place(self.tool, (*self.steps, syntax.EACH), _element(self.schema))

    @property
    def type(self) -> Type:
        """Return the type of what stands here, `ANY` unless it is certain."""
        return _type(self.schema)

    def __str__(self) -> str:
        """Return the place as it is written behind `args.`."""
        return str(syntax.Path("args", self.steps[1:])).removeprefix("args.")


def call_of(tool: Tool) -> Place:
    """Return the place of a whole call, in which `args` stands."""
    return Place(tool.name, (), {"properties": {"args": tool.schema}})


def _at(schema: Any, steps: Steps) -> Any:
    """Follow steps; behind `[*]` stands the list of what the elements have there."""
    for at, step in enumerate(steps):
        if step == syntax.EACH:
            items = _at(_element(schema), steps[at + 1 :])
            return {"type": "array", "items": items} if _type(schema) is Type.LIST else ANYTHING
        schema = _element(schema) if isinstance(step, int) else _member(schema, step)
    return schema


# Keywords hold together, so what one of them demands stays certain whatever stands beside it.


def _member(schema: Any, name: str) -> Any:
    if not isinstance(schema, dict):
        return ANYTHING
    listed = schema.get("properties")
    if isinstance(listed, dict) and name in listed:
        return listed[name]
    only = _only_choice(schema)
    return ANYTHING if only is None else _member(only, name)


def _element(schema: Any) -> Any:
    if not isinstance(schema, dict) or "prefixItems" in schema:
        return ANYTHING
    if "items" in schema:
        return schema["items"]
    only = _only_choice(schema)
    return ANYTHING if only is None else _element(only)


def _only_choice(schema: dict[str, Any]) -> Any | None:
    """Return the one choice there is beside null, which counts as absent."""
    for key in ("anyOf", "oneOf"):
        if isinstance(choices := schema.get(key), list):
            left = [one for one in choices if one != {"type": "null"}]
            return left[0] if len(left) == 1 else None
    return None


def _type(schema: Any) -> Type:
    if not isinstance(schema, dict):
        return Type.ANY
    if "type" in schema:
        named = schema["type"]
        listed = named if isinstance(named, list) else [named]
        return _common(_TYPES.get(one, Type.ANY) for one in listed if one != "null")
    if isinstance(values := schema.get("enum"), list):
        return _common(type_of(one) for one in values if one is not None)
    only = _only_choice(schema)
    return Type.ANY if only is None else _type(only)


def _common(types: Iterable[Type]) -> Type:
    found = set(types)
    return found.pop() if len(found) == 1 else Type.ANY
