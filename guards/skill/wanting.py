"""How many labels are still missing: counted, so that nobody has to guess how many to ask for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from guards.skill.band import ALPHA
from guards.skill.fit import PLATT_FROM, TEMPERATURE_FROM

HALVES: Final = 2  # one fits the curve, the other is held out
FEWEST_HELD: Final = math.ceil(1 / ALPHA) - 1  # of each kind: with fewer a band leaves nothing out


@dataclass(frozen=True, slots=True)
class Counted:
    """How many labels of each kind are in one half."""

    fine: int
    violations: int

    @classmethod
    def of(cls, truths: Sequence[bool]) -> Self:
        """Count them."""
        return cls(len(truths) - sum(truths), sum(truths))

    @property
    def labels(self) -> int:
        """Return how many there are."""
        return self.fine + self.violations


@dataclass(frozen=True, slots=True)
class Wanting:
    """The labels that are there: those that fit a curve, and those held out."""

    fitted: Counted
    held: Counted

    @property
    def fine(self) -> int:
        """Return how many labels of what is no violation are missing."""
        return HALVES * max(0, FEWEST_HELD - self.held.fine, 1 - self.fitted.fine)

    @property
    def violations(self) -> int:
        """Return how many labels of violations are missing."""
        return HALVES * max(0, FEWEST_HELD - self.held.violations, 1 - self.fitted.violations)

    @property
    def labels(self) -> int:
        """Return how many labels are missing at least, as half of what is added is fitted."""
        by_number = HALVES * max(0, TEMPERATURE_FROM - self.fitted.labels)
        return max(by_number, self.fine + self.violations)

    @property
    def for_offset(self) -> int:
        """Return how many more labels fit an offset beside the slope; 0 where they do."""
        return HALVES * max(0, PLATT_FROM - self.fitted.labels)


def missing(wanting: Wanting) -> str | None:
    """Say how many labels are missing; None where the curve and its band have enough."""
    if not wanting.labels:
        return None
    counted = ((wanting.violations, "violations"), (wanting.fine, "no violations"))
    kinds = " and ".join(f"{number} or more {name}" for number, name in counted if number)
    return (
        f"at least {wanting.labels} more labels{f', of them {kinds}' if kinds else ''}: "
        f"half of all fit the curve ({TEMPERATURE_FROM} or more, of both kinds), the other half "
        f"say where nobody knows ({FEWEST_HELD} or more of each kind)"
    )
