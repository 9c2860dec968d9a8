"""The words in which an encoder is asked: the same when it is trained and when it judges.

It is one text, `policy [SEP] steps and call`, and never a pair: servers that read one text alone
would give a model that was trained on pairs other numbers without a word.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from dsl.model import Cause
from guards.classifier.vllm.families import FAMILIES
from guards.judgement import NoJudgement
from guards.prompt import prompt
from guards.question import Question

FAMILY: Final = FAMILIES["encoder"]


def fitted(
    question: Question, ids: Callable[[str], Sequence[int]], tokens: int
) -> tuple[str, Sequence[int]]:
    """Return a question in words of at most so many tokens, or refuse it.

    Policy and call stand whole. Of the steps between, as much of the middle is left out as must be.
    """
    chars = FAMILY.chars
    while question.steps:
        try:
            text = prompt(FAMILY.template, question, chars)
        except NoJudgement as error:
            if error.cause is not Cause.INPUT_TOO_LONG:
                raise
            question = replace(question, steps=())
            break
        if len(found := ids(text)) <= tokens:
            return text, found
        chars = min(chars, len(text)) * tokens // len(found)
    text = prompt(FAMILY.template, question, FAMILY.chars)
    if len(found := ids(text)) > tokens:
        raise NoJudgement(Cause.INPUT_TOO_LONG)
    return text, found
