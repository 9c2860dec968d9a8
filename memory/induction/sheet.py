"""Many cases of one tool as rows of bits, and which of them a condition holds of.

A condition that reads one place is put to the engine once for all values there that are alike, on
a case that has one of them. Conditions are joined bit by bit, which is what `and` and `not` come
to. The cases that were reported come first: most questions are about them alone.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dsl import syntax
from dsl.evaluation.scope import Names
from dsl.types import Unknown
from memory.induction import alike
from memory.induction.case import Case, Withheld
from memory.induction.field import Field
from memory.induction.literal import Literal
from memory.induction.literals import value_at
from memory.induction.matching import Asked


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a condition holds, and where the engine cannot tell.

    `hidden` are those of the latter in which a value was withheld: the call itself may have been
    clear enough, so nothing is counted on them.
    """

    true: int
    unknown: int = 0
    hidden: int = 0

    @property
    def possible(self) -> int:
        """Return where the condition is not false."""
        return self.true | self.unknown | self.hidden

    def __and__(self, other: "Rows") -> "Rows":
        true, possible = self.true & other.true, self.possible & other.possible
        hidden = (self.hidden | other.hidden) & possible
        return Rows(true, possible & ~true & ~hidden, hidden)

    def __or__(self, other: "Rows") -> "Rows":
        """Join what holds of some rows and of others."""
        both = (self.true | other.true, self.unknown | other.unknown)
        return Rows(*both, self.hidden | other.hidden)

    def negated(self, every: int) -> "Rows":
        """Return where the opposite holds."""
        return Rows(every & ~self.possible, self.unknown, self.hidden)


@dataclass(frozen=True, slots=True)
class _Group:
    """Some rows that have the same in one place, and how the engine is asked about them."""

    asked: Asked
    rows: int
    withheld: bool


class Sheet:
    """The cases of one tool: those that were reported, then the others, each by their ids."""

    def __init__(
        self,
        cases: Iterable[Case],
        reported: Iterable[str],
        names: Names,
        fields: Iterable[Field] = (),
    ) -> None:
        known = frozenset(reported)
        order = sorted(cases, key=lambda one: (one.decision_id not in known, one.decision_id))
        self.cases: Sequence[Case] = order
        self.every = (1 << len(order)) - 1
        self._near = sum(one.decision_id in known for one in order)
        self._names = names
        self._fields: Mapping[str, Field] = {str(one.path): one for one in fields}
        self._groups: dict[tuple[str, bool], list[_Group]] = {}
        self._known: dict[tuple[str, bool], Rows] = {}
        self._whole: dict[str, Rows] = {}

    def where(self, literal: Literal) -> Rows:
        """Return the rows of which a condition holds."""
        if literal.text not in self._whole:
            both = self.reported(literal) | self._told(literal, near=False)
            self._whole[literal.text] = both
        return self._whole[literal.text]

    def reported(self, literal: Literal) -> Rows:
        """Return the rows of which a condition holds among the cases that were reported."""
        return self._told(literal, near=True)

    def all_of(self, literals: Iterable[Literal], excluded: Iterable[Literal] = ()) -> Rows:
        """Return the rows of which some conditions hold, and none of others."""
        rows = Rows(self.every)
        for one in literals:
            rows &= self.where(one)
        for one in excluded:
            rows &= self.where(one).negated(self.every)
        return rows

    def bits(self, wanted: Iterable[int]) -> int:
        """Return some rows, by their numbers."""
        made = bytearray(len(self.cases) // 8 + 1)
        for row in wanted:
            made[row >> 3] |= 1 << (row & 7)
        return int.from_bytes(made, "little")

    def _told(self, literal: Literal, *, near: bool) -> Rows:
        name = (literal.text, near)
        if name not in self._known:
            self._known[name] = _asked(literal.condition, self._alike(literal, near=near))
        return self._known[name]

    def _alike(self, literal: Literal, *, near: bool) -> list[_Group]:
        name, place = (literal.where, near), literal.place
        if name not in self._groups:
            own = range(self._near) if near else range(self._near, len(self.cases))
            found: dict[Hashable, list[int]] = defaultdict(list)
            key_of = self._raw(place) if near else self._coarse(place)
            for row in own:
                found[key_of(_read(place, self.cases[row]))].append(row)
            self._groups[name] = [self._group(place, rows) for rows in found.values()]
        return self._groups[name]

    def _raw(self, _place: syntax.Path) -> Callable[[Any], Hashable]:
        return lambda value: alike.key(value, None, ())

    def _coarse(self, place: syntax.Path) -> Callable[[Any], Hashable]:
        """Return what sorts values that were never reported."""
        field = self._fields.get(str(place))
        values = (_read(place, one) for one in self.cases[: self._near])
        reported = frozenset(alike.key(one, None, ()) for one in values)
        return lambda value: alike.key(value, field, reported)

    def _group(self, place: syntax.Path, rows: list[int]) -> _Group:
        case = self.cases[rows[0]]
        withheld = _is_withheld(_read(place, case))
        return _Group(Asked(case, self._names), self.bits(rows), withheld)


def _asked(condition: syntax.Condition, groups: Iterable[_Group]) -> Rows:
    true = unknown = hidden = 0
    for group in groups:
        truth = group.asked.holds(condition)
        if not isinstance(truth, Unknown):
            true |= group.rows if truth else 0
        elif group.withheld:
            hidden |= group.rows
        else:
            unknown |= group.rows
    return Rows(true, unknown, hidden)


def _read(place: syntax.Path, case: Case) -> Any:
    features = case.features
    match place.root:
        case "args":
            return value_at(features.args, place.steps)
        case "context":
            return features.context.get(str(place.steps[0]))
        case "agent":
            return features.agent
        case "subject":
            return features.roles
        case _:
            return sorted(features.labels)


def _is_withheld(value: Any) -> bool:
    inner = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(one, Withheld) for one in inner)
