"""The guard that comes with Drawbar: it serves no model, and says only what code can tell.

A sentence whose kind was declared is decided by `declared.judged`, at once and without being asked
beside the decision. A label of `classify` is answered by a head, where one is set up; that goes the
way of every guard: it is calibrated, and without skill it enforces nothing.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from dsl.model import NOTHING, Cause
from guards.judgement import Form, NoJudgement, Raw
from guards.question import Question
from guards.skill.reading import Key

NAME: Final = "embedded"
VERSION: Final = "1"  # of how sentences are read: another one may read other rules in them
NO_MODEL: Final = "none"


class Head(Protocol):
    """Answers one label. It may raise `NoJudgement` where it lacks what it must know."""

    @property
    def model(self) -> str:
        """Name the weights, by a digest: a calibration holds for these alone."""
        ...

    def logit(self, question: Question) -> float:
        """Return how likely the label fits; above 0 it is more likely than not."""
        ...


class Embedded:
    """Answers labels by its heads; without any it is asked for none."""

    def __init__(self, heads: Mapping[str, Head] = NOTHING) -> None:
        self._heads = heads

    @property
    def model(self) -> str:
        """See `Guard`, here and below."""
        named = sorted(f"{label}:{head.model}" for label, head in self._heads.items())
        return " ".join(named) or NO_MODEL

    @property
    def prompt(self) -> str:
        """Name the version of its code."""
        return VERSION

    @property
    def key(self) -> Key:
        """See `Guard`: weights named by a digest need no known questions."""
        return Key(self.model, self.prompt, NAME, NAME)

    @property
    def answers(self) -> frozenset[Form]:
        """Name the forms that it may be asked: sentences are not among them."""
        return frozenset({Form.CLASSIFY}) if self._heads else frozenset()

    async def open(self) -> None:
        """Be ready at once."""

    async def judge(self, question: Question, seconds: float) -> Raw:
        """Answer a label that a head is there for."""
        head = self._heads.get(question.text) if question.form is Form.CLASSIFY else None
        if head is None:
            raise NoJudgement(Cause.NO_GUARD)
        return Raw(head.logit(question))

    async def check(self) -> None:
        """Have nothing that could change meanwhile."""

    async def close(self) -> None:
        """Hold nothing open."""
