"""Where a guard does not know: split conformal prediction, for each class alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ALPHA: Final = 0.1


@dataclass(frozen=True, slots=True)
class Band:
    """How unlike its class a case of that class surely is at most, but for the share `alpha`."""

    fine: float  # the greatest p of what is fine
    violation: float  # the greatest 1 - p of a violation

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not (0 <= self.fine <= 1 and 0 <= self.violation <= 1):
            raise ValueError("the ends of a band lie between 0 and 1")

    @property
    def is_all(self) -> bool:
        """Tell whether it holds every probability: then no answer is ever of use."""
        return self.fine >= 1 and self.violation >= 1

    def holds(self, p: float) -> bool:
        """Tell whether a probability may be of both classes or of none: then nobody knows."""
        return (p <= self.fine) == (1 - p <= self.violation)


def band(fine: Sequence[float], violations: Sequence[float], alpha: float = ALPHA) -> Band:
    """Return the band of held-out probabilities; few of them make it wide."""
    return Band(_most(fine, alpha), _most([1 - p for p in violations], alpha))


def _most(unlike: Sequence[float], alpha: float) -> float:
    place = math.ceil((len(unlike) + 1) * (1 - alpha))
    return 1.0 if place > len(unlike) else sorted(unlike)[place - 1]
