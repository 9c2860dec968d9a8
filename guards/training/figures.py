"""What a trained encoder does on cases that it never saw, beside what needs no model at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guards.skill.bounds import Labelled, auroc, surely
from guards.skill.labels import Case
from guards.skill.measure import Answered, baselines


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of cases held back; `off` is how far int8 is from the weights that were trained."""

    held: int
    clusters: int
    auroc: float
    bound: float
    baselines: Mapping[str, float]
    off: float

    @property
    def best(self) -> str:
        """Name the best of what needs no model."""
        return max(self.baselines, key=lambda name: self.baselines[name])

    @property
    def shows_something(self) -> bool:
        """Tell whether it is surely better than that."""
        return self.bound > self.baselines[self.best]


def figures(cases: Sequence[Case], served: Sequence[float], trained: Sequence[float]) -> Figures:
    """Work the figures out from the logits of what is served, and of what was trained."""
    rows = [Labelled(x, c.truth, c.cluster) for x, c in zip(served, cases, strict=True)]
    answered = [Answered(case, x) for x, case in zip(served, cases, strict=True)]
    off = max(abs(one - other) for one, other in zip(served, trained, strict=True))
    return Figures(
        len(cases),
        len({one.cluster for one in rows}),
        auroc([(one.logit, one.truth) for one in rows]) or 0.0,
        surely(rows),
        baselines(answered),
        off,
    )
