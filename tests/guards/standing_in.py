"""Guards that do what a test tells them; they stand in for models and judge nothing."""

import asyncio
from collections.abc import Callable
from typing import Any

from guards.asking import Asker
from guards.judgement import Form, Raw
from guards.question import Question
from guards.skill.band import Band
from guards.skill.curve import Curve
from guards.skill.entry import About, Entry
from guards.skill.reading import Key, Reading

SENTENCE = "Never send money to strangers."
SKILLED = Entry(
    About(Form.JUDGE, "money", "forbids"),
    labels=400,
    clusters=40,
    auroc=0.95,
    bound=0.9,
    baselines={"length": 0.6},
    curve=Curve("temperature", 1.0),
    band=Band(0.4, 0.4),
)


class Scripted:
    """Answers by a function; it counts what it was asked."""

    model = "stand-in"
    prompt = "1"
    answers = frozenset(Form)

    def __init__(
        self, answer: Callable[[Question], Any], checks: Callable[[], Any] | None = None
    ) -> None:
        self._answer = answer
        self._checks = checks
        self.asked: list[Question] = []

    @property
    def key(self) -> Key:
        return Key(self.model, self.prompt, "stand_in")

    async def open(self) -> None:
        """Nothing to make ready."""

    async def judge(self, question: Question, seconds: float) -> Raw:
        self.asked.append(question)
        said = self._answer(question)
        if asyncio.iscoroutine(said):
            said = await said
        return said  # type: ignore[no-any-return]  # a guard that lies is what a test wants

    async def check(self) -> None:
        if self._checks is not None:
            self._checks()

    async def close(self) -> None:
        """Nothing to let go of."""


def reading(*entries: Entry) -> Reading:
    return Reading(entries, Key("stand-in", "1", "stand_in"), "calibrated")


def asker(answer: Callable[[Question], Any], *entries: Entry, **more: Any) -> Asker:
    """Return a guard that has skill for sentences of the kind `money`, unless a test says else."""
    return Asker("g", Scripted(answer), reading(*(entries or (SKILLED,))), **more)


def question(**members: Any) -> Question:
    made = {"kind": "money", "polarity": "forbids", **members}
    return Question(Form.JUDGE, SENTENCE, 'pay({"to":"x"})', **made)


def raw(logit: float) -> Callable[[Question], Raw]:
    return lambda _: Raw(logit)
