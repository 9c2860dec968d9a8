"""Takes up what memory came to where a revision left off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from memory.induction.evidence import Evidence, Side
from memory.induction.fold import Memory
from memory.induction.report import Report
from memory.induction.rule import Level, Rule, Shape
from memory.induction.standing import Moment
from memory.induction.weights import Weight

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)  # in another week than any refresh


def memory_of(content: Mapping[str, Any], reports: Iterable[Report], *, anew: bool) -> Memory:
    """Return what a revision says memory had come to, as far as the next refresh looks at it.

    `anew`: what rules depend on has changed since, so none keeps a level below its gate.
    """
    known = {one.id: one for one in reports}
    rules = tuple(_rule(told, content["tenant"], known) for told in content["told"]["rules"])
    as_of = _LONG_AGO if anew else datetime.fromisoformat(content["as_of"])
    return Memory(rules, (), Moment(content["seq"], as_of))


@dataclass(frozen=True, slots=True)
class Known(Shape):
    """A rule of a revision: its name stands for what it says."""

    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", "")
        object.__setattr__(self, "id", self.name)


def _rule(told: Mapping[str, Any], tenant: str, known: Mapping[str, Report]) -> Rule:
    return Rule(
        shape=Known(tenant, told["tool"], Side(told["side"]), (), name=told["id"]),
        level=Level(told["level"]),
        evidence=_evidence(told, known),
        born_seq=told["born_seq"],
        raised_seq=told["raised_seq"],
        raised_at=datetime.fromisoformat(told["raised_at"]),
        parent=told["parent"],
        separable=told["separable"],
        blast=told.get("blast", 0),
    )


def _evidence(told: Mapping[str, Any], known: Mapping[str, Report]) -> Evidence:
    agreeing, against = (
        tuple(known[name] for name in told[side] if name in known)
        for side in ("evidence", "against")
    )
    weight = Weight(told["a"], told["d"])
    return Evidence(weight, told["n_bg"], told["L"], agreeing, against)
