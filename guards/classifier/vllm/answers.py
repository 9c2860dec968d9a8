"""Reads answers of vLLM: whatever is not exactly what was asked for is no answer."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from dsl.model import Cause
from guards.classifier.vllm.families import Family
from guards.judgement import NoJudgement, Raw

LEAST_MASS: Final = 0.5
LOWEST: Final = -9000.0  # vLLM writes -9999 for what it does not know
_ID: Final = "token_id:"
_CLOSE: Final = 1e-4


def classified(answer: Any, family: Family) -> Raw:
    """Read `/classify`: logits by class, as `use_activation: false` asks for."""
    return _classified(_one(answer), family)


def several(answer: Any, family: Family, number: int) -> list[Raw | NoJudgement]:
    """Read what `/classify` answered to so many questions: one may be none, the others stand."""
    return [_said(row, family) for row in _rows(answer, number)]


def _said(row: Mapping[str, Any], family: Family) -> Raw | NoJudgement:
    try:
        return _classified(row, family)
    except NoJudgement as error:
        return error


def _classified(row: Mapping[str, Any], family: Family) -> Raw:
    probs, label = row.get("probs"), row.get("label")
    labels = (*family.fine, *family.violation)
    if not isinstance(probs, list) or len(probs) != len(labels):
        raise NoJudgement(Cause.BAD_SHAPE)
    logits = [number(one) for one in probs]
    if row.get("num_classes", len(labels)) != len(labels):
        raise NoJudgement(Cause.BAD_SHAPE)
    if label not in labels or logits[labels.index(label)] < max(logits):
        raise NoJudgement(Cause.NOT_A_LABEL)  # the classes stand in another order
    if all(0 <= one <= 1 for one in logits) and abs(sum(logits) - 1) < _CLOSE:
        raise NoJudgement(Cause.BAD_SHAPE)  # probabilities: `use_activation` was passed over
    fine = logits[: len(family.fine)]
    return Raw(_log_sum(logits[len(fine) :]) - _log_sum(fine))


def one_class(answer: Any) -> float:
    """Read `/classify` of a model with one class: one number, which says nothing of the other."""
    row = _one(answer)
    probs = row.get("probs")
    if not isinstance(probs, list) or len(probs) != 1 or row.get("num_classes", 1) != 1:
        raise NoJudgement(Cause.BAD_SHAPE)
    return number(probs[0])


def chosen(answer: Any, fine: Sequence[int], violation: Sequence[int]) -> Raw:
    """Read a chat answer: how likely the labels' first tokens were, of all tokens."""
    found = _logprobs(answer)
    fines = [found[one] for one in fine if one in found]
    violations = [found[one] for one in violation if one in found]
    if not fines or not violations:
        raise NoJudgement(Cause.NOT_A_LABEL)
    mass = sum(math.exp(one) for one in (*fines, *violations))
    if mass < LEAST_MASS:
        raise NoJudgement(Cause.LOW_LABEL_MASS)
    return Raw(_log_sum(violations) - _log_sum(fines), mass)


def _logprobs(answer: Any) -> Mapping[int, float]:
    choices = answer.get("choices") if isinstance(answer, Mapping) else None
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], Mapping):
        raise NoJudgement(Cause.BAD_SHAPE)
    told = choices[0].get("logprobs")
    content = told.get("content") if isinstance(told, Mapping) else None
    if not isinstance(content, list) or len(content) != 1 or not isinstance(content[0], Mapping):
        raise NoJudgement(Cause.BAD_SHAPE)
    tops = content[0].get("top_logprobs")
    if not isinstance(tops, list) or not tops:
        raise NoJudgement(Cause.BAD_SHAPE)
    # The token that was chosen stands there too, and need not stand among the others.
    read = [_top(one) for one in (*tops, content[0])]
    return {token: logprob for token, logprob in read if logprob > LOWEST}


def _top(one: Any) -> tuple[int, float]:
    """Return a token by its number, and its logarithm, which is of a probability."""
    token = one.get("token") if isinstance(one, Mapping) else None
    if not isinstance(token, str) or not token.startswith(_ID) or not token[len(_ID) :].isdigit():
        raise NoJudgement(Cause.BAD_SHAPE)  # `return_tokens_as_token_ids` was passed over
    logprob = number(one.get("logprob"))
    if logprob > _CLOSE:
        raise NoJudgement(Cause.BAD_SHAPE)
    return int(token[len(_ID) :]), logprob


def _one(answer: Any) -> Mapping[str, Any]:
    """Return the one row of an answer to one question."""
    return _rows(answer, 1)[0]


def _rows(answer: Any, number: int) -> Sequence[Mapping[str, Any]]:
    """Return the rows of an answer, in the order of their numbers: each question has one."""
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, list) or not all(isinstance(one, Mapping) for one in data):
        raise NoJudgement(Cause.BAD_SHAPE)
    found = {row["index"]: row for row in data if type(row.get("index")) is int}
    if len(data) != number or found.keys() != set(range(number)):
        raise NoJudgement(Cause.BAD_SHAPE)
    return [found[at] for at in range(number)]


def number(value: Any) -> float:
    """Return a finite number, and nothing that only looks like one."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise NoJudgement(Cause.BAD_SHAPE)
    try:
        found = float(value)
    except (OverflowError, ValueError):
        raise NoJudgement(Cause.BAD_SHAPE) from None
    if not math.isfinite(found):
        raise NoJudgement(Cause.BAD_SHAPE)
    return found


def _log_sum(logs: Sequence[float]) -> float:
    most = max(logs)
    return most + math.log(sum(math.exp(one - most) for one in logs))
