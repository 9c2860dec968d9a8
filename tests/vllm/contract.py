"""What our client rests on, case by case: tried on a live server, and replayed from its answers.

A case says what must come of it: a cause, or a score, which is told by None.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dsl.model import Cause
from tests.vllm.asking import (
    BEGUN,
    CHAT,
    CLASSIFY,
    ENCODER,
    IDS,
    LONG,
    ONE_TOKEN,
    PAYING,
    PLANTED,
    PREFILL,
    SAYS,
    TEXT,
    WORDS,
    YES_OR_NO,
    Asking,
    chosen,
    classified,
    judged,
    looked,
    one_class,
    posted,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is asked, and what must come of it."""

    name: str
    asking: Asking
    cause: Cause | None = None


LOOKED: Final = "it is looked at"
LOGITS: Final = {"use_activation": False}
TOO_LONG: Final = "x " * 1500


def _row(answer: Any) -> Any:
    """Return the numbers of an answer as they are."""
    return [
        {"label": one["label"], "probs": [float(chance) for chance in one["probs"]]}
        for one in answer["data"]
    ]


def _scores(answer: Any) -> Any:
    return [float(one["score"]) for one in answer["data"]]


def _words(answer: Any) -> Any:
    told = answer["choices"][0]["logprobs"]["content"][0]
    return {"logprob": float(told["logprob"]), "bytes": told["bytes"]}


def _sequence(read: Callable[[Any], Any] = classified) -> tuple[Case, ...]:
    """Return what holds for every sequence classifier of two classes."""
    return (
        Case(LOOKED, looked(ENCODER)),
        Case("a call", judged(ENCODER, PAYING)),
        Case("another call", judged(ENCODER, PLANTED)),
        Case("one text", posted(CLASSIFY, {"input": TEXT, **LOGITS}, read)),
        Case(
            "two texts are two questions",
            posted(CLASSIFY, {"input": ["a", "b"], **LOGITS}, read),
            Cause.BAD_SHAPE,
        ),
        Case(
            "two texts in the order of their numbers",
            posted(CLASSIFY, {"input": ["Never pay more.", TEXT], **LOGITS}, _row),
        ),
        Case("activation", posted(CLASSIFY, {"input": TEXT}, read), Cause.BAD_SHAPE),
        Case(
            "the old name of a member is passed over",
            posted(CLASSIFY, {"input": TEXT, "activation": False}, read),
            Cause.BAD_SHAPE,
        ),
        Case("no words", posted(CLASSIFY, {"input": "", **LOGITS}, read)),
        Case("too long", judged(ENCODER, LONG, unbounded=True), Cause.INPUT_TOO_LONG),
        Case(
            "one of two is too long",
            posted(CLASSIFY, {"input": [TEXT, TOO_LONG], **LOGITS}, _row),
            Cause.INPUT_TOO_LONG,
        ),
        Case("another model", judged(ENCODER, PAYING, anew="other"), Cause.BAD_STATUS),
        Case(
            "a model that is not served",
            posted(CLASSIFY, {"model": "other", "input": TEXT, **LOGITS}, read),
            Cause.BAD_STATUS,
        ),
        Case("a generator is asked for", judged(WORDS, PAYING), Cause.BAD_STATUS),
        Case(
            "there is no /score for two classes",
            posted("/score", {"text_1": "a", "text_2": "b"}, _scores),
            Cause.BAD_STATUS,
        ),
    )


_TURNS: Final = {"messages": SAYS, **LOGITS}
_GENERATOR: Final = (
    Case(LOOKED, looked(WORDS)),
    Case("a call", judged(WORDS, PAYING)),
    Case("the planted word", judged(WORDS, PLANTED)),
    Case("an answer that is begun", judged(BEGUN, PAYING)),
    Case("other labels", judged(YES_OR_NO, PAYING), Cause.LOW_LABEL_MASS),
    Case("too long", judged(WORDS, LONG, unbounded=True), Cause.INPUT_TOO_LONG),
    Case("another model", judged(WORDS, PAYING, anew="other"), Cause.BAD_STATUS),
    Case("a classifier is asked for", judged(ENCODER, PAYING), Cause.BAD_STATUS),
    Case("raw", posted(CHAT, {**ONE_TOKEN, **IDS}, chosen)),
    Case(
        "without the prompt of an answer",
        posted(CHAT, {**ONE_TOKEN, **IDS, "add_generation_prompt": False}, chosen),
    ),
    Case(
        "the old name of a choice is passed over",
        posted(CHAT, {**ONE_TOKEN, **IDS, "guided_choice": ["no"]}, chosen),
    ),
    Case(
        "allowed tokens stay raw",
        posted(CHAT, {**ONE_TOKEN, **IDS, "allowed_token_ids": IDS["logprob_token_ids"]}, chosen),
    ),
    Case("raw, as it is told", posted(CHAT, {**ONE_TOKEN, **IDS}, _words)),
    Case(
        "a choice is counted anew",
        posted(CHAT, {**ONE_TOKEN, "structured_outputs": {"choice": ["no", "violation"]}}, _words),
    ),
    Case(
        "a label is not among the first",
        posted(CHAT, {**ONE_TOKEN, "top_logprobs": 1}, chosen),
        Cause.NOT_A_LABEL,
    ),
    Case(
        "words in the place of numbers",
        posted(CHAT, {**ONE_TOKEN, **IDS, "return_tokens_as_token_ids": False}, chosen),
        Cause.BAD_SHAPE,
    ),
    Case(
        "no log-probabilities",
        posted(CHAT, {**ONE_TOKEN, "logprobs": False}, chosen),
        Cause.BAD_SHAPE,
    ),
    Case(
        "two tokens",
        posted(CHAT, {**ONE_TOKEN, **IDS, "max_tokens": 2, "ignore_eos": True}, chosen),
        Cause.BAD_SHAPE,
    ),
    Case(
        "more than the server tells",
        posted(CHAT, {**ONE_TOKEN, "top_logprobs": 40}, chosen),
        Cause.BAD_STATUS,
    ),
    Case(
        "a token that there is not",
        posted(CHAT, {**ONE_TOKEN, "logprob_token_ids": [99_999]}, chosen),
        Cause.BAD_STATUS,
    ),
    Case(
        "no words",
        posted(CHAT, {**ONE_TOKEN, **IDS, "messages": [{"role": "user", "content": ""}]}, chosen),
    ),
)


CASES: Final[Mapping[str, tuple[Case, ...]]] = {
    "encoder": (
        *_sequence(),
        Case(
            "there is no template for turns",
            posted(CLASSIFY, _TURNS, classified),
            Cause.BAD_STATUS,
        ),
        Case("numbers of tokens", posted(CLASSIFY, {"input": [[2, 193, 194, 3]], **LOGITS}, _row)),
    ),
    "minilm": _sequence(),
    "classifier": (
        *_sequence(),
        Case("turns", posted(CLASSIFY, {**_TURNS, "add_generation_prompt": True}, classified)),
        Case("turns without the prompt of an answer", posted(CLASSIFY, _TURNS, classified)),
    ),
    "one-label": (
        Case(LOOKED, looked(ENCODER)),
        Case("one class is not two", judged(ENCODER, PAYING), Cause.BAD_SHAPE),
        Case("/score", posted("/score", {"text_1": "a", "text_2": "b"}, _scores)),
    ),
    "generator": _GENERATOR,
    "one-prefill": (
        Case(LOOKED, looked(PREFILL)),
        Case("a call", judged(PREFILL, PAYING)),
        Case("the planted word", judged(PREFILL, PLANTED)),
        Case("too long", judged(PREFILL, LONG, unbounded=True), Cause.INPUT_TOO_LONG),
        Case("turns", posted(CLASSIFY, {**_TURNS, "add_generation_prompt": True}, one_class)),
        Case("turns without the prompt of an answer", posted(CLASSIFY, _TURNS, one_class)),
        Case("two classes are asked for", judged(ENCODER, PAYING), Cause.BAD_SHAPE),
        Case("a generator is asked for", judged(WORDS, PAYING), Cause.BAD_STATUS),
    ),
}
