"""How far a rule may come on its evidence: conservative, and stricter for what would loosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from memory.induction.evidence import Evidence, Side
from memory.induction.rule import Level

BAND: Final = 500  # a rule keeps its level down to 0.05 below the gate
_LEAST_WEIGHT: Final = 1000  # a + d below this is too little to go on


@dataclass(frozen=True, slots=True)
class Gate:
    """What a level asks for: the lower bound, in ten-thousandths, reports and reporters."""

    bound: int
    reports: int = 1
    reporters: int = 0


GATES: Final[Mapping[Side, Mapping[Level, Gate]]] = {
    Side.DENY: {
        Level.SHADOW: Gate(1000),
        Level.ADVISE: Gate(4500, 2),
        Level.ASK: Gate(5000, 2, 2),
    },
    Side.SOFTEN: {
        Level.SHADOW: Gate(1000),
        Level.ADVISE: Gate(6000, 2),
        Level.ASK: Gate(6500, 2, 2),
    },
}


def reached(side: Side, evidence: Evidence, *, slack: int = 0) -> Level | None:
    """Return the highest level whose gate is passed; with `slack` by a rule that stands there."""
    ceiling = _ceiling(side, evidence)
    for level in reversed(Level):
        if level.rank <= ceiling.rank and _passes(GATES[side][level], evidence, slack):
            return level
    return None


def _passes(gate: Gate, evidence: Evidence, slack: int) -> bool:
    enough = len(evidence.agreeing) >= gate.reports
    named = len(evidence.reporters) >= gate.reporters
    return enough and named and evidence.bound >= gate.bound - slack


def _ceiling(side: Side, evidence: Evidence) -> Level:
    """Return how far those who report can bring a rule: nobody named alone goes beyond shadow."""
    weight = evidence.weight
    if weight.agreeing + weight.contradicting < _LEAST_WEIGHT or not evidence.reporters:
        return Level.SHADOW
    told = all(one.group is not None for one in evidence.agreeing)
    if side is Side.SOFTEN and told and len(evidence.groups) == 1:
        return Level.SHADOW
    return Level.ASK
