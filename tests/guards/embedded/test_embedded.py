"""The guard that comes with Drawbar: code decides declared sentences, heads answer labels."""

import asyncio
from decimal import Decimal

import pytest

from dsl.model import Cause
from dsl.types import Unknown
from guards.classifier.embedded.declared import judged
from guards.classifier.embedded.guard import Embedded
from guards.judgement import Form, NoJudgement
from guards.question import Question


class Always:
    """A head that says the same of every call."""

    model = "abc"

    def logit(self, question: Question) -> float:
        return 2.0 if question.text == "off_task" else -2.0


def said(guard: Embedded, form: Form, text: str) -> float | Cause:
    try:
        return asyncio.run(guard.judge(Question(form, text, "pay({})"), 1.0)).logit
    except NoJudgement as error:
        return error.cause


def test_a_fact_is_the_verdict() -> None:
    """True is 1, false is 0, and an unknown is never a number."""
    assert (judged(fact=True).p, judged(fact=False).p) == (Decimal(1), Decimal(0))
    unknown = judged(Unknown(Cause.MISSING, "args.amount"))
    assert (unknown.p, unknown.cause) == (None, Cause.FACTS_MISSING)


@pytest.mark.parametrize(
    ("form", "text", "answer"),
    [
        (Form.CLASSIFY, "off_task", 2.0),
        (Form.CLASSIFY, "spam", Cause.NO_GUARD),
        (Form.JUDGE, "off_task", Cause.NO_GUARD),
    ],
)
def test_a_head_answers_its_label_alone(form: Form, text: str, answer: float | Cause) -> None:
    """A label without a head is unknown, and so is a sentence: no model of ours reads one."""
    assert said(Embedded({"off_task": Always()}), form, text) == answer


def test_without_heads_it_is_asked_for_nothing() -> None:
    """A guard that can answer no label does not offer to, and other weights have another key."""
    assert Embedded().answers == frozenset()
    assert Embedded({"off_task": Always()}).answers == {Form.CLASSIFY}
    assert Embedded({"off_task": Always()}).key != Embedded().key
