"""Our client reads what a real vLLM answered: recorded bytes, with the server's version and date.

`make vllm-test` asks the same of a live server and fails where it answers otherwise.
"""

import asyncio
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from guards.classifier.vllm.made import made
from guards.judgement import Raw
from guards.skill.curve import sigmoid
from tests.vllm.asking import PATIENCE_S, TEXT, run
from tests.vllm.between import Replaying
from tests.vllm.contract import CASES, Case
from tests.vllm.exchange import CLOSE, differing, drift, read
from tests.vllm.serving import NAME

ONE_TEXT = {"model": NAME, "use_activation": False}
EVERY = [
    pytest.param(model, one, id=f"{model}: {one.name}") for model in CASES for one in CASES[model]
]


@pytest.mark.parametrize(("model", "case"), EVERY)
def test_what_vllm_answered_is_read(model: str, case: Case) -> None:
    """From the bytes of a real server comes the score that it gave, or the cause that is meant."""
    record = read(model)
    with Replaying(record.exchanges) as server:
        outcome = run(case.asking, server.address)

    assert server.strange == [], "this was not recorded: run `make vllm-record`"
    if case.cause is not None:
        assert outcome == {"cause": case.cause}
    assert differing(record.outcomes[case.name], outcome) == []


def test_each_record_says_of_which_server_and_when_it_is() -> None:
    """Version, date and flags stand in each file, and no case is recorded that is not tried."""
    for model, cases in CASES.items():
        record = read(model)
        assert (record.model, record.server, len(record.at)) == (model, "0.32.0", 10)
        assert record.outcomes.keys() == {one.name for one in cases}
        assert "--max-model-len" in record.started_with


# What the traps are about


def said(model: str, case: str) -> Any:
    return read(model).outcomes[case]


def score(model: str, case: str) -> float:
    return sigmoid(said(model, case)["logit"])


def test_the_prompt_of_an_answer_is_a_part_of_the_question() -> None:
    """Left out, another score comes back, with nothing that says so."""
    raw = score("generator", "raw")

    assert abs(score("generator", "without the prompt of an answer") - raw) > 0
    one = "turns without the prompt of an answer"
    assert abs(score("classifier", one) - score("classifier", "turns")) > CLOSE


def test_what_a_server_does_not_know_it_passes_over() -> None:
    """A member of another name changes nothing, so that a route is believed by its effect alone."""
    assert said("generator", "the old name of a choice is passed over") == said("generator", "raw")


def test_a_choice_of_words_is_counted_anew_and_allowed_tokens_are_not() -> None:
    """Among two words alone the likelier one gains, whatever the rest of the tokens would get."""
    raw, counted = (
        math.exp(said("generator", one)["logprob"])
        for one in ("raw, as it is told", "a choice is counted anew")
    )

    assert counted > raw + CLOSE
    # Nearly so: tokens with which one of the words begins are let through as well.
    assert counted == pytest.approx(score("generator", "raw"), abs=CLOSE)
    assert said("generator", "allowed tokens stay raw") == said("generator", "raw")


def test_the_planted_word_makes_a_violation_likelier() -> None:
    """The tiny generator answers by its prompt, so that other cases say something."""
    assert score("generator", "the planted word") > score("generator", "a call") + 0.1


def test_one_prefill_says_what_the_chat_says() -> None:
    """Served as a classifier of the same two tokens, the same weights give the same score."""
    for case in ("a call", "the planted word"):
        assert score("one-prefill", case) == pytest.approx(score("generator", case), abs=CLOSE)


@pytest.mark.parametrize("model", ["encoder", "minilm", "classifier"])
def test_questions_that_went_together_are_read(model: str) -> None:
    """Sent together, two questions get from the bytes of a real server each its own score."""
    texts = ("Never pay more.", TEXT)

    async def ask(address: str) -> list[Raw]:
        guard = made(address, NAME, "encoder", None, dict)
        guard.together(1.0)
        assert guard._batches is not None
        await guard._http.open()
        try:
            asked = (guard._batches.ask(one, PATIENCE_S) for one in texts)
            return list(await asyncio.gather(*asked))
        finally:
            await guard.close()

    with Replaying(read(model).exchanges) as server:
        found = run(ask, server.address)

    rows = said(model, "two texts in the order of their numbers")
    assert server.strange == []
    assert [one.logit for one in found] == [
        pytest.approx(one["probs"][1] - one["probs"][0]) for one in rows
    ]
    assert found[1].logit == pytest.approx(said(model, "one text")["logit"], abs=CLOSE)


@pytest.mark.parametrize("model", CASES)
def test_what_is_the_same_is_no_drift(model: str) -> None:
    """Each recorded answer, laid out otherwise, is its own: else no live server could pass."""
    for one in read(model).exchanges:
        again = replace(one, answer=json.dumps(json.loads(one.answer), indent=1))
        assert drift(one, again) == []


def test_drift_is_noticed() -> None:
    """Another label, shape or probability is told; what a server makes up anew is not."""
    then = next(one for one in read("encoder").exchanges if one.body == {**ONE_TEXT, "input": TEXT})
    told = json.loads(then.answer)
    (row,) = told["data"]
    most = max(row["probs"])

    def now(**members: Any) -> list[str]:
        return drift(then, replace(then, answer=json.dumps({**told, **members})))

    def with_row(**members: Any) -> list[str]:
        return now(data=[{**row, **members}])

    assert now(id="classify-another", created=1) == []
    assert with_row(probs=[one + 1.0 for one in row["probs"]]) == []  # the same probabilities
    assert with_row(probs=[one + 1e-4 for one in row["probs"]]) == []
    assert with_row(probs=[most, most]) != []
    assert with_row(label="another") != []
    assert now(more=1) != []
    assert now(data=[row, row]) != []
    assert drift(then, replace(then, status=500)) != []
