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
from functools import cached_property
from typing import Any, Final, NamedTuple

from dsl import syntax
from dsl.evaluation.scope import Names
from memory.induction import alike
from memory.induction.answers import Keys, Noted, Said
from memory.induction.case import Case, Withheld
from memory.induction.field import Field
from memory.induction.literal import Literal
from memory.induction.literals import value_at
from memory.induction.matching import Asked
from memory.induction.rows import Rows, bits, numbers_of


class Group(NamedTuple):
    """Some rows that have the same in one place: the number of that, and a case to ask about."""

    number: int
    case: Case
    rows: int
    withheld: bool


class _Groups:
    """All groups of some rows, in classes that only conditions tell apart which name a value."""

    def __init__(self, classes: Iterable[Mapping[Hashable, Group]]) -> None:
        self.alone: dict[int, Group] = {}
        self._several: list[tuple[int, Mapping[Hashable, Group]]] = []
        for groups in classes:
            if len(groups) == 1:
                self.alone.update((one.number, one) for one in groups.values())
            else:
                self._several.append((_all_rows(groups.values()), groups))
        self.numbers = sum(1 << number for number in self.alone)

    def told_apart(self, named: Collection[Hashable]) -> Iterator[Group]:
        """Yield of each class with several groups what a condition names, and all else as one."""
        for rows, groups in self._several:
            own = [groups[key] for key in named if key in groups]
            yield from own
            if rest := rows & ~_all_rows(own):
                other = next(one for key, one in groups.items() if key not in named)
                yield other._replace(rows=rest)


class Column:
    """The values in one place, of `near` cases that were reported and then of all others."""

    def __init__(
        self, at: Field | syntax.Path, cases: Sequence[Case], near: int, noted: Noted
    ) -> None:
        """Read the values; of what is no argument the path alone is known."""
        self._field = at if isinstance(at, Field) else None
        self.cases, self._near, self.noted = cases, near, noted
        read = _reader(at.path if isinstance(at, Field) else at)
        self._values = [read(one) for one in cases]

    def near(self) -> dict[Hashable, list[int]]:
        """Return the reported rows by what stands there."""
        return self._by(range(self._near), lambda keys: keys.own)

    def far(self, reported: Container[Hashable]) -> dict[Hashable, list[int]]:
        """Return the other rows: what was reported by itself, all else by what it is alike to."""
        return self._by(
            range(self._near, len(self._values)),
            lambda keys: keys.own if keys.own in reported else keys.shared,
        )

    def _by(self, rows: range, key: Callable[[Keys], Hashable]) -> dict[Hashable, list[int]]:
        """Return some rows by a key of what stands there, which is asked for once a value."""
        found: dict[Hashable, list[int]] = defaultdict(list)
        known: dict[Hashable, list[int]] = {}
        for row in rows:
            value = self._values[row]
            if type(value) not in _PLAIN:
                found[key(self.keys(row))].append(row)
                continue
            name = (type(value), value)
            if name not in known:
                known[name] = found[key(self.keys(row))]
            known[name].append(row)
        return found

    def keys(self, row: int) -> Keys:
        """Return what tells what stands in a row from all else, and what it is alike to."""
        value = self._values[row]
        if type(value) not in _PLAIN:
            return self._keys(value)
        name = (type(value), value)
        if name not in self.noted.keys:
            self.noted.keys[name] = self._keys(value)
        return self.noted.keys[name]

    def _keys(self, value: Any) -> Keys:
        return Keys(alike.itself(value), alike.key(value, self._field))

    def is_withheld(self, row: int) -> bool:
        """Tell whether strangers may have chosen what stands there, or some of it."""
        value = self._values[row]
        inner = value if isinstance(value, list | tuple) else (value,)
        return any(isinstance(one, Withheld) for one in inner)


_PLAIN: Final = frozenset((str, int, bool, type(None)))


class Place:
    """One column, as the engine is asked about it."""

    def __init__(self, column: Column, names: Names) -> None:
        self._column, self._names, self._noted = column, names, column.noted
        self._asked: dict[int, Asked] = {}

    def rows(self, literal: Literal, *, near: bool) -> Rows:
        """Return where a condition holds, of the reported rows or of all others."""
        groups, said = self._near if near else self._far, self._noted.said[literal.text]
        for number in numbers_of(groups.numbers & ~said.known):
            self._ask(literal, groups.alone[number], said)
        found = [groups.alone[at] for at in numbers_of(groups.numbers & (said.true | said.unknown))]
        for one in groups.told_apart(self._named(literal)):
            if not said.known >> one.number & 1:
                self._ask(literal, one, said)
            found.append(one)
        return _rows(found, said)

    def _named(self, literal: Literal) -> Collection[Hashable]:
        if literal.text not in self._noted.named:
            self._noted.named[literal.text] = alike.named(literal.condition)
        return self._noted.named[literal.text]

    def _ask(self, literal: Literal, group: Group, said: Said) -> None:
        if group.number not in self._asked:
            self._asked[group.number] = Asked(group.case, self._names)
        said.note(group.number, self._asked[group.number].holds(literal.condition))

    @cached_property
    def _near(self) -> _Groups:
        return self._groups(self._reported)

    @cached_property
    def _far(self) -> _Groups:
        return self._groups(self._column.far(self._reported.keys()))

    @cached_property
    def _reported(self) -> Mapping[Hashable, list[int]]:
        return self._column.near()

    def _groups(self, found: Mapping[Hashable, list[int]]) -> _Groups:
        classes: dict[Hashable, dict[Hashable, Group]] = defaultdict(dict)
        for key, rows in found.items():
            first, keys = rows[0], self._column.keys(rows[0])
            number = self._noted.number(keys.own)
            case, withheld = self._column.cases[first], self._column.is_withheld(first)
            classes[keys.shared][key] = Group(number, case, bits(rows), withheld)
        return _Groups(classes.values())


def _rows(groups: Iterable[Group], said: Said) -> Rows:
    true = unknown = hidden = 0
    for one in groups:
        if said.true >> one.number & 1:
            true |= one.rows
        elif said.unknown >> one.number & 1:
            hidden |= one.rows if one.withheld else 0
            unknown |= 0 if one.withheld else one.rows
    return Rows(true, unknown, hidden)


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
