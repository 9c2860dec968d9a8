"""What a guard was shown to be able to do: for one form, and one kind or sentence."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from guards.judgement import Form
from guards.question import Question
from guards.skill.band import Band
from guards.skill.curve import Curve

CLUSTERS: Final = 30
BOUND: Final = 0.80
OFF_TASK: Final = "off_task"
BOUND_OFF_TASK: Final = 0.75


def digest(sentence: str) -> str:
    """Return what names a sentence, however it is spaced."""
    return hashlib.sha256(" ".join(sentence.split()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class About:
    """What an entry speaks of: a kind with its polarity, one sentence, or a label."""

    form: Form
    kind: str | None = None
    polarity: str | None = None
    sentence: str | None = None
    label: str | None = None

    def covers(self, question: Question) -> bool:
        """Tell whether a question is one of those."""
        if self.form is not question.form:
            return False
        if self.form is Form.CLASSIFY:
            return self.label is not None and self.label == question.text
        if self.sentence is not None:
            return self.sentence == digest(question.text)
        named = (self.kind, self.polarity)
        return None not in named and named == (question.kind, question.polarity)


@dataclass(frozen=True, slots=True)
class Entry:
    """How well a guard does there by labels of people, and how its scores are read."""

    about: About
    labels: int
    clusters: int
    auroc: float
    bound: float
    baselines: Mapping[str, float]
    curve: Curve | None = None
    band: Band | None = None

    @property
    def lacks(self) -> list[str]:
        """Say what is missing before rules may rest on it; nothing where they may."""
        wanted = BOUND_OFF_TASK if self.about.label == OFF_TASK else BOUND
        best = max(self.baselines, key=lambda name: self.baselines[name], default=None)
        found = []
        if self.clusters < CLUSTERS:
            found.append(f"{CLUSTERS - self.clusters} more groups of labels")
        if not math.isfinite(self.bound) or self.bound < wanted:
            found.append(f"a bound of {wanted:.2f} or more (it is {self.bound:.3f})")
        if best is None:
            found.append("a baseline to compare with")
        elif not self.bound > self.baselines[best]:
            found.append(f"a bound above the baseline `{best}` ({self.baselines[best]:.3f})")
        if self.curve is None or self.band is None or self.band.is_all:
            found.append("labels enough to calibrate on")
        return found

    @property
    def is_enabled(self) -> bool:
        """Tell whether rules that decide may rest on it: worked out, never read from a file."""
        return not self.lacks
