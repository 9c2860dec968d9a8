"""What counts as held, open, raised, or cannot say."""

from typing import Any

import pytest

from bench.peers import asking, score
from bench.peers.probes import Probe, Question

LATE = {"answer": "refused", "ms": 1500}


def said(answer: str, **more: Any) -> dict[str, Any]:
    return {"load": "loaded", "answer": answer, **more}


def probe(effect: str = "deny", twin: str = "allow", **expect: Any) -> Probe:
    call = {"tool": "send", "args": {}}
    fields = {"id": "A01", "call": call, "tools": None, "expect": {"effect": effect, **expect}}
    return Probe({**fields, "twin": {"call": call, "effect": twin}})


@pytest.mark.parametrize(
    ("call", "twin", "cell"),
    [
        ("refused", "allowed", "held"),
        ("asked", "allowed", "open"),
        ("allowed", "allowed", "open"),
        ("allowed", "refused", "open"),
        ("raised", "allowed", "raised"),
        ("refused", "raised", "raised"),
        ("refused", "refused", "cannot say"),
        ("refused", "asked", "cannot say"),
        ("cannot say", "allowed", "cannot say"),
    ],
)
def test_a_call_that_must_be_denied(call: str, twin: str, cell: str) -> None:
    """A refusal is held only if the twin passes: denying everything holds nothing."""
    assert score.run_time(probe(), said(call), said(twin))[0] == cell


@pytest.mark.parametrize(
    ("call", "twin", "cell"),
    [
        ("asked", "allowed", "held"),
        ("refused", "allowed", "held"),
        ("allowed", "allowed", "open"),
    ],
)
def test_a_call_that_must_be_asked(call: str, twin: str, cell: str) -> None:
    """A deny is as good as an ask, since many engines have no third effect."""
    assert score.run_time(probe("ask"), said(call), said(twin))[0] == cell


def test_a_twin_that_must_be_asked_may_not_be_allowed() -> None:
    """The twin's effect is met exactly."""
    assert score.run_time(probe(twin="ask"), said("refused"), said("asked"))[0] == "held"
    assert score.run_time(probe(twin="ask"), said("refused"), said("allowed"))[0] == "cannot say"


def test_an_answer_that_comes_late_is_none() -> None:
    """Nobody waits longer than the suite's own tests do, for the call or for its twin."""
    assert score.run_time(probe(), LATE, said("allowed")) == (
        "raised",
        "the answer took longer than 1 s",
    )
    assert score.run_time(probe(), said("refused"), said("allowed", ms=2000))[0] == "raised"


def test_a_refusal_in_the_words_of_another_rule_is_open() -> None:
    """Where the suite wants no words for the agent, there are none."""
    wanted = probe(reply=None)

    assert score.run_time(wanted, said("refused", said="Well done."), said("allowed"))[0] == "open"
    assert score.run_time(wanted, said("refused"), said("allowed"))[0] == "held"


@pytest.mark.parametrize(
    ("broken", "sound", "cell"),
    [
        ([("refused", "refused")], [("loaded", "allowed")], "held"),
        ([("refused", "refused")], [], "held"),
        ([("refused", "refused"), ("loaded", "allowed")], [], "open"),
        ([("refused", "refused"), ("loaded", "refused")], [], "open"),
        ([("loaded", "raised"), ("loaded", "allowed")], [], "open"),
        ([("refused", "refused"), ("loaded", "raised")], [], "raised"),
        ([("refused", "refused")], [("refused", "refused")], "cannot say"),
        ([("cannot say", "cannot say")], [], "cannot say"),
        ([], [], "cannot say"),
    ],
)
def test_policies_that_must_be_refused(
    broken: list[tuple[str, str]], sound: list[tuple[str, str]], cell: str
) -> None:
    """All must be refused, and the sound ones read; one that then fails at each call is no pass."""

    def made(pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
        return [{"load": load, "answer": answer} for load, answer in pairs]

    assert score.loading(made(broken), made(sound))[0] == cell


def test_every_probe_is_asked_in_both_wordings() -> None:
    """The call, its twin, and each wording are asked, and kept with the cell."""
    questions: list[Question] = []

    def ask(question: Question) -> dict[str, Any]:
        questions.append(question)
        return said("refused" if question["case"] == "call" else "allowed", detail="d", ms=1)

    records = asking.everything(ask, [probe()], lambda *_: 0)

    assert [one["wording"] for one in records] == ["idiomatic", "defensive"]
    assert [one["cell"] for one in records] == ["held", "held"]
    assert [one["case"] for one in questions] == ["call", "twin"] * 2
    assert records[0]["call"] == {"load": "loaded", "answer": "refused"}


def test_a_probe_without_a_policy_is_not_asked() -> None:
    """A hole in our work is no answer of an engine."""
    records = asking.everything(
        lambda _: {"load": "missing", "answer": "cannot say", "detail": ""}, [probe()], lambda *_: 0
    )

    assert [one["cell"] for one in records] == ["not asked", "not asked"]


def test_a_twin_must_come_as_the_suite_wants_it() -> None:
    """Where a twin must be changed, or come with words, an engine that cannot has no cell."""
    wanted = Probe({**probe().fields, "twin": {"effect": "allow", "changed": {"amount": 1}}})

    assert score.run_time(wanted, said("refused"), said("allowed"))[0] == "cannot say"
    changed = said("allowed", changed={"amount": 1})
    assert score.run_time(wanted, said("refused"), changed)[0] == "held"
