"""Lists and objects of like parts in the JSON form, and what every part can do."""

from dataclasses import dataclass
from typing import Any, Protocol

from dsl.exchange.json_leaves import members_of
from dsl.strictjson import InvalidJson, pointer

Definitions = dict[Any, dict[str, Any]]  # the schema of each part that has a name


class Shape(Protocol):
    """How one part of a policy is written, read and described."""

    def write(self, value: Any) -> Any:
        """Return the part as JSON has it."""

    def read(self, given: Any, path: str) -> Any:
        """Return the part, or raise `InvalidJson` with the place of what is wrong."""

    def schema(self, defs: Definitions) -> dict[str, Any]:
        """Return the part's schema; what it refers to is put among the definitions."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list whose elements are all alike."""

    item: Shape

    def write(self, value: tuple[Any, ...]) -> list[Any]:
        """Return the list."""
        return [self.item.write(one) for one in value]

    def read(self, given: Any, path: str) -> tuple[Any, ...]:
        """Return the elements."""
        if not isinstance(given, list):
            raise InvalidJson("a list belongs here", path)
        return tuple([self.item.read(one, f"{path}/{at}") for at, one in enumerate(given)])

    def schema(self, defs: Definitions) -> dict[str, Any]:
        """Return the list's schema."""
        return {"type": "array", "items": self.item.schema(defs)}


@dataclass(frozen=True, slots=True)
class Named:
    """Values by name, in the order they are written."""

    item: Shape

    def write(self, value: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
        """Return the object."""
        return {name: self.item.write(one) for name, one in value}

    def read(self, given: Any, path: str) -> tuple[tuple[str, Any], ...]:
        """Return names and values."""
        members = members_of(given, path)
        pairs = [(name, self.item.read(members[name], path + pointer(name))) for name in members]
        return tuple(pairs)

    def schema(self, defs: Definitions) -> dict[str, Any]:
        """Return the object's schema."""
        return {"type": "object", "additionalProperties": self.item.schema(defs)}
