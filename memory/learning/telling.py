"""Says in plain values what memory holds: a rule, what it lacks, and what it says of a case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dsl import syntax
from dsl.errors import Source
from dsl.evaluation.scope import Names
from dsl.parse import parse
from dsl.show.expressions import show_expression
from dsl.show.statements import show
from dsl.types import Unknown
from memory.induction.case import Case
from memory.induction.configuration import OVERLAY
from memory.induction.evidence import FIFTH, RHO, Side, bound_of
from memory.induction.gates import BAND, GATES
from memory.induction.matching import Asked
from memory.induction.report import Report
from memory.induction.rule import Level
from memory.induction.weights import ONE, Weight
from memory.learning.terms import terms

_BOUND: Final = 10_000
_THOUSAND: Final = 1000
_MOST: Final = 50
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """A rule as a revision has it: what it says, where it stands, and what speaks for it."""

    id: str
    side: str
    tool: str
    level: str
    dsl: str
    agreeing: float
    contradicting: float
    background: float
    bound: float
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    parent: str | None
    born_seq: int
    separable: bool
    origin: str
    blast: float


@dataclass(frozen=True, slots=True)
class Lacks:
    """The next level of a rule, and what it lacks for it; nothing: calls, a day, or news."""

    level: str
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A condition of a rule and whether it holds of a case: true, false, or unknown."""

    condition: str
    holds: str


class Telling:
    """One revision, read once."""

    def __init__(self, content: Content) -> None:
        self.content = content
        told = content["told"]
        self.rules: Sequence[Mapping[str, Any]] = told["rules"]
        self._softens = {one["rule"]: one for one in told["soften"]}
        policy = parse(Source("memory", told["narrow"]))
        self._narrows = {one.name: one for one in policy.rules}

    def said(self, one: Mapping[str, Any]) -> RuleSaid:
        """Return one rule."""
        return RuleSaid(
            id=one["id"],
            side=one["side"],
            tool=one["tool"],
            level=one["level"],
            dsl=self._text(one),
            agreeing=one["a"] / _THOUSAND,
            contradicting=one["d"] / _THOUSAND,
            background=one["n_bg"] / _THOUSAND,
            bound=one["L"] / _BOUND,
            evidence=tuple(one["evidence"]),
            against=tuple(one["against"]),
            parent=one["parent"],
            born_seq=one["born_seq"],
            separable=one["separable"],
            origin=one["origin"],
            blast=one.get("blast", 0) / _BOUND,
        )

    def find(self, name: str) -> Mapping[str, Any] | None:
        """Return a rule by its name."""
        return next((one for one in self.rules if one["id"] == name), None)

    def held(self, one: Mapping[str, Any], case: Case) -> list[Held]:
        """Return each condition of a rule, and whether it holds of a case."""
        asked = Asked(case, self._names())
        return [Held(show_expression(part), _word(asked.holds(part))) for part in self._parts(one)]

    def _text(self, one: Mapping[str, Any]) -> str:
        if one["side"] == str(Side.DENY):
            return show(self._narrows[one["id"]])
        nomination = self._softens[one["id"]]
        return "\n".join((*nomination["needs"], str(nomination["condition"])))

    def _parts(self, one: Mapping[str, Any]) -> Iterator[syntax.Condition]:
        if one["side"] == str(Side.DENY):
            condition = self._narrows[one["id"]].condition
        else:
            condition = self._softened(self._softens[one["id"]])
        yield from condition.parts if isinstance(condition, syntax.And) else (condition,)  # type: ignore[misc]  # each has one

    def _softened(self, nomination: Mapping[str, Any]) -> syntax.Condition | None:
        head = f"overlay {OVERLAY} version 1;"
        rule = f"rule r: ask t when {nomination['condition']};"
        text = "\n".join((head, *nomination["needs"], rule))
        return parse(Source("memory", text)).rules[0].condition

    def _names(self) -> Names:
        return terms(self.content["terms"]).configuration().names


def lacks(one: Mapping[str, Any], reports: Mapping[str, Report]) -> Lacks | None:
    """Return what a rule lacks for its next level; None: there is none."""
    level, side = Level(one["level"]), Side(one["side"])
    above = [higher for higher in Level if higher.rank == level.rank + 1]
    if not above:
        return None
    gate = GATES[side][above[0]]
    agreeing = [reports[name] for name in one["evidence"] if name in reports]
    people = {report.reporter for report in agreeing if report.reporter is not None}
    found = []
    if one["L"] < gate.bound:
        found.append(f"L of {gate.bound / _BOUND:g}")
    if len(one["evidence"]) < gate.reports:
        found.append(f"{gate.reports} reports")
    if len(people) < max(gate.reporters, 1):
        found.append(f"{max(gate.reporters, 1)} persons who reported")
    return Lacks(str(above[0]), tuple(found))


def falls_after(one: Mapping[str, Any], content: Content) -> int | None:
    """Return how many reports against a rule would take it a level down, or away from the shadow.

    Each of another person, and new; None: more than a rule is worth counting.
    """
    side, level = Side(one["side"]), Level(one["level"])
    share = content.get("rho", {}).get(str(side), RHO)
    floor = GATES[side][level].bound - BAND
    for number in range(1, _MOST + 1):
        weight = Weight(one["a"], one["d"] + number * ONE)
        if bound_of(weight, one["n_bg"], share * FIFTH // ONE) < floor:
            return number
    return None


def _word(truth: Any) -> str:
    return "unknown" if isinstance(truth, Unknown) else str(bool(truth)).lower()
