"""Many cases of one tool as rows of bits, and which of them a condition holds of.

A condition that reads one place is put to the engine once for all values there that are alike, on
a case that has one of them. Conditions are joined bit by bit, which is what `and` and `not` come
to. The cases that were reported come first: most questions are about them alone.
"""

from collections.abc import Iterable, Mapping, Sequence

from dsl.evaluation.scope import Names
from memory.induction.answers import Answers
from memory.induction.case import Case
from memory.induction.column import Column, Place
from memory.induction.field import Field
from memory.induction.literal import Literal
from memory.induction.rows import Rows


class Sheet:
    """The cases of one tool: those that were reported, then the others, each by their ids."""

    def __init__(
        self,
        cases: Iterable[Case],
        reported: Iterable[str],
        names: Names,
        fields: Iterable[Field] = (),
        answers: Answers | None = None,
    ) -> None:
        """Sort the cases; `answers` are those that the engine gave before about the tool."""
        known = frozenset(reported)
        order = sorted(cases, key=lambda one: (one.decision_id not in known, one.decision_id))
        self.cases: Sequence[Case] = order
        self.every = (1 << len(order)) - 1
        self._near = sum(one.decision_id in known for one in order)
        self.named = (1 << self._near) - 1  # of which somebody said something
        self._names = names
        self._answers = Answers() if answers is None else answers
        self._fields: Mapping[str, Field] = {str(one.path): one for one in fields}
        self._places: dict[str, Place] = {}
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

    def _told(self, literal: Literal, *, near: bool) -> Rows:
        name = (literal.text, near)
        if name not in self._known:
            self._known[name] = self._place(literal).rows(literal, near=near)
        return self._known[name]

    def _place(self, literal: Literal) -> Place:
        if literal.where not in self._places:
            at = self._fields.get(literal.where, literal.place)
            noted = self._answers.of(literal.where)
            column = Column(at, self.cases, self._near, noted)
            self._places[literal.where] = Place(column, self._names)
        return self._places[literal.where]
