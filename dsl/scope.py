"""What an evaluation may look at: the call, the time, the policy's names, and how much is left."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from dsl import syntax
from dsl.model import ToolCall

# Steps that one rule may take for one call; nested tests over long lists meet it. A step is about
# 2.5 microseconds of this evaluator, and what is slower counts for more of them.
BUDGET: Final = 100_000
CHARACTERS: Final = 50
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(slots=True)
class Purse:
    """The steps that are left; shared by every scope of one evaluation."""

    left: int = BUDGET

    def spend(self, steps: int = 1) -> bool:
        """Take some steps; tell whether there were so many left."""
        self.left -= steps
        return self.left >= 0

    def afford(self, *values: Any, steps: int = 1) -> bool:
        """Take the steps for looking at values of this size."""
        return self.spend(steps + sum(map(_size, values)))


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) // CHARACTERS
    return len(value) if isinstance(value, list | tuple) else 0


@dataclass(frozen=True, slots=True)
class Scope:
    """One evaluation of one policy for one call."""

    call: ToolCall
    now: datetime
    zone: tzinfo = UTC
    lets: Mapping[str, syntax.Let] = field(default_factory=lambda: _NONE)
    tables: Mapping[str, syntax.Table] = field(default_factory=lambda: _NONE)
    variables: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    purse: Purse = field(default_factory=Purse)

    def bind(self, name: str, value: Any) -> "Scope":
        """Return a scope in which a name stands for an element of a list."""
        inner = {**self.variables, name: value}
        return Scope(self.call, self.now, self.zone, self.lets, self.tables, inner, self.purse)

    def outside(self) -> "Scope":
        """Return the scope in which named values are evaluated: no element is bound there."""
        return Scope(self.call, self.now, self.zone, self.lets, self.tables, _NONE, self.purse)


def scope_of(policy: syntax.Policy, call: ToolCall, now: datetime) -> Scope:
    """Return the scope of a policy's rules for a call."""
    zone = UTC if policy.timezone == "UTC" else ZoneInfo(policy.timezone)
    return Scope(
        call,
        now,
        zone,
        {let.name: let for let in policy.lets},
        {table.name: table for table in policy.tables},
    )
