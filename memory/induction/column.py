"""What stands in one place of many cases, in groups that a condition cannot tell apart."""

from collections import defaultdict
from collections.abc import (
    Callable,
    Collection,
    Container,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dsl import syntax
from dsl.evaluation.scope import Names
from memory.induction import alike
from memory.induction.case import Case, Withheld
from memory.induction.field import Field
from memory.induction.literals import value_at
from memory.induction.matching import Asked


@dataclass(frozen=True, slots=True)
class Group:
    """Some rows that have the same in one place, and how the engine is asked about them."""

    asked: Asked
    rows: int
    withheld: bool


@dataclass(frozen=True, slots=True)
class _Class:
    """Rows that only conditions tell apart which name what stands there, by what stands there."""

    rows: int
    groups: Mapping[Hashable, Group]

    def told_apart(self, named: Collection[Hashable]) -> Iterator[Group]:
        """Yield what a condition names by itself, and all else as one."""
        rest = self.rows
        for one in named:
            if one in self.groups:
                rest &= ~self.groups[one].rows
                yield self.groups[one]
        if rest:
            other = next(one for key, one in self.groups.items() if key not in named)
            yield Group(other.asked, rest, other.withheld)


class Column:
    """The values in one place, of `near` cases that were reported and then of all others."""

    def __init__(
        self, place: syntax.Path, field: Field | None, cases: Sequence[Case], near: int
    ) -> None:
        self.cases, self._field, self._near = cases, field, near
        read = _reader(place)
        self._values = [read(one) for one in cases]

    def near(self) -> dict[Hashable, list[int]]:
        """Return the reported rows by what stands there."""
        found: dict[Hashable, list[int]] = defaultdict(list)
        for row, value in enumerate(self._values[: self._near]):
            found[alike.key(value, None, ())].append(row)
        return found

    def far(self, reported: Container[Hashable]) -> dict[Hashable, list[int]]:
        """Return the other rows: what was reported by itself, all else by what it is alike to."""
        found: dict[Hashable, list[int]] = defaultdict(list)
        known: dict[tuple[type, Any], list[int]] = {}
        for row, value in enumerate(self._values[self._near :], self._near):
            if not isinstance(value, _PLAIN):
                found[alike.key(value, self._field, reported)].append(row)
                continue
            name = (type(value), value)
            if name not in known:
                known[name] = found[alike.key(value, self._field, reported)]
            known[name].append(row)
        return found

    def alike(self, row: int) -> Hashable:
        """Return what a row shares with those that no condition tells from it but by name."""
        return alike.key(self._values[row], self._field, ())

    def is_withheld(self, row: int) -> bool:
        """Tell whether strangers may have chosen what stands there, or some of it."""
        value = self._values[row]
        inner = value if isinstance(value, list | tuple) else (value,)
        return any(isinstance(one, Withheld) for one in inner)


_PLAIN = str | int


class Place:
    """One column, as the engine is asked about it."""

    def __init__(self, column: Column, names: Names, bits: Callable[[Iterable[int]], int]) -> None:
        self._column, self._names, self._bits = column, names, bits

    def groups(self, condition: syntax.Condition, *, near: bool) -> Iterator[Group]:
        """Yield the reported rows, or all others, in groups that a condition cannot tell apart."""
        named = alike.named(condition)
        for one in self._near if near else self._far:
            yield from one.told_apart(named)

    @cached_property
    def _near(self) -> Sequence[_Class]:
        return self._classes(self._reported)

    @cached_property
    def _far(self) -> Sequence[_Class]:
        return self._classes(self._column.far(self._reported.keys()))

    @cached_property
    def _reported(self) -> Mapping[Hashable, list[int]]:
        return self._column.near()

    def _classes(self, found: Mapping[Hashable, list[int]]) -> Sequence[_Class]:
        classes: dict[Hashable, dict[Hashable, Group]] = defaultdict(dict)
        for key, rows in found.items():
            classes[self._column.alike(rows[0])][key] = self._group(rows)
        return [_Class(_all_rows(one.values()), one) for one in classes.values()]

    def _group(self, rows: Sequence[int]) -> Group:
        asked = Asked(self._column.cases[rows[0]], self._names)
        return Group(asked, self._bits(rows), self._column.is_withheld(rows[0]))


def _all_rows(groups: Iterable[Group]) -> int:
    rows = 0
    for one in groups:
        rows |= one.rows
    return rows


def _reader(place: syntax.Path) -> Callable[[Case], Any]:
    """Return what reads a place of a case."""
    steps = place.steps
    match place.root:
        case "args":
            return lambda case: value_at(case.features.args, steps)
        case "context":
            return lambda case: case.features.context.get(str(steps[0]))
        case "agent":
            return lambda case: case.features.agent
        case "subject":
            return lambda case: case.features.roles
        case _:
            return lambda case: sorted(case.features.labels)
