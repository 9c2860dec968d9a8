"""Recorded decisions as cases for people to label: what a guard would have been shown."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass

from app.guarding.steps import steps
from guards.judgement import Form, NoJudgement
from guards.question import Question, written
from memory.replay.cases import CannotReplay, Case
from memory.replay.worlds import Worlds


@dataclass(frozen=True, slots=True)
class About:
    """What people are to say of each call: is a sentence broken, or does a label fit."""

    form: Form
    text: str
    kind: str | None = None
    polarity: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the session or the decision that it is of."""

    question: Question
    cluster: str


async def asked(
    found: AsyncIterator[Case], worlds: Worlds, about: About, left_out: Counter[str]
) -> AsyncIterator[Asked]:
    """Yield the questions of decisions, oldest first; count those that cannot be asked, and why."""
    async for case in found:
        try:
            question = await _question(case, worlds, about)
        except CannotReplay as error:
            left_out[str(error)] += 1
        except NoJudgement as error:
            left_out[f"no guard could be asked ({error.cause})"] += 1
        else:
            yield Asked(question, case.record.session or case.record.id)


async def _question(case: Case, worlds: Worlds, about: About) -> Question:
    if case.gone is not None:
        raise CannotReplay(case.gone)
    before = steps(await worlds.at(case))
    kinds = (about.kind, about.polarity)
    question = Question(about.form, about.text, written(case.call), before, *kinds)
    if about.form is Form.CLASSIFY and not any(one.who == "user" for one in before):
        raise CannotReplay("nobody told what the user asked for")
    return question
