"""Which values there can be: what functions give, and what the tools file lets through."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dsl import syntax
from dsl.functions.weekday import DAYS
from dsl.lint.reading import Reading
from dsl.lint.schemas import schema_at
from dsl.lint.values import Said, Values, none_left
from dsl.toolspec import Tool
from dsl.types import Type, is_number

_NOT_BELOW: Final = (Said(">=", (0,)),)
_GIVES: Final[Mapping[str, tuple[tuple[Said, ...], str]]] = {
    "len": (_NOT_BELOW, "is 0 or more"),
    "count": (_NOT_BELOW, "is 0 or more"),
    "abs": (_NOT_BELOW, "is 0 or more"),
    "hour": ((*_NOT_BELOW, Said("<=", (23,))), "is from 0 to 23"),
    "weekday": ((Said("in", DAYS),), "is one of " + ", ".join(DAYS)),
}
_BOUNDS: Final = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
}


class Domains:
    """What one policy's functions and tools give."""

    def __init__(self, reading: Reading, values: Values, *, use_tools: bool) -> None:
        self._reading, self._values, self._use_tools = reading, values, use_tools

    def why_none(
        self, rule: syntax.Rule, operand: syntax.Operand, said: Sequence[Said]
    ) -> str | None:
        """Say why no value of an operand is as it is said to be, or return None."""
        node = self._values.resolved(operand)
        match node:
            case syntax.CallOf(name) | syntax.Past(name) | syntax.Aggregate(name) if name in _GIVES:
                gives, words = _GIVES[name]
                return f"`{name}` {words}" if none_left((*gives, *said)) else None
        numbers = [one for one in said if one.type is Type.NUMBER]
        place = self._reading.place(node) if numbers and self._use_tools else None
        # With a server named, the same tool may be left out on one server and not on others.
        sure = not any("/" in one.text for one in rule.selector.excluded)
        tools = self._reading.tools(rule) if sure and rule.phase == "call" else ()
        if place is None or not tools:
            return None
        if all(none_left((*_bounds(tool, place), *numbers)) for tool in tools):
            return f"the tools file does not let such `{'.'.join(map(str, place))}` through"
        return None


def _bounds(tool: Tool, place: tuple[str | int, ...]) -> Iterator[Said]:
    """Yield what a schema says of the size of a number."""
    schema: Mapping[str, Any] = schema_at(tool, place)
    for word, operator in _BOUNDS.items():
        if is_number(schema.get(word)):
            yield Said(operator, (schema[word],))
