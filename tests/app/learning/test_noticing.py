"""What is kept of a decided call for memory, and of which calls nothing is."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.learning.noticing import base_of
from app.learning.settings import MemorySettings
from dsl import strictjson
from dsl.model import Effect, Reason, ReasonCode, Verdict
from memory.induction.case import Withheld
from memory.induction.revision import digest_of
from memory.learning.making import case_of
from tests.app.learning.office import POLICY, Office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    opened = Office(tmp_path_factory.mktemp("office"))
    yield opened
    opened.close()


def case(office: Office, answer: Any) -> Any:
    line = office.harness.run(office.learning.cases.one("default", answer["decision_id"]))
    return None if line is None else case_of(line, "default")


def test_a_case_has_what_was_declared_and_came_from_the_user(office: Office) -> None:
    """The arguments that the user named, the agent, and what was decided; no name of a person."""
    found = case(office, office.send(amount=7, note="for the party"))

    assert found.features.args["to"] == "a@corp.example"
    assert found.features.args["amount"] == 7
    assert (found.features.agent, found.tool) == ("clerk", "send")
    assert (found.base.effect, found.effect) == (Effect.ALLOW, Effect.ALLOW)
    assert "ada" not in strictjson.canonical(dict(found.features.args))
    refused = case(office, office.send(env="test", amount=350))
    assert (refused.base.effect, refused.base.soft) == (Effect.DENY, False)
    assert case(office, office.send(amount=450)).effect is Effect.ASK


def test_what_nobody_named_is_withheld(office: Office) -> None:
    """Without a session nobody can tell where a value came from, so none is kept."""
    body = {
        "call_id": "c1",
        "tool": "send",
        "args": {"to": "x@evil.example", "env": "prod", "amount": 5, "force": True},
    }
    found = case(office, office.harness.check(body).json())

    assert found.features.args["to"] == Withheld()
    assert found.features.args["force"] is True


def test_calls_that_are_decided_as_one_are_cases_too(office: Office) -> None:
    """Each with what policies said of it, also where another one keeps all of them back."""
    args = {"to": "a@corp.example", "env": "prod", "amount": 5}
    calls = [
        {"call_id": f"b{amount}", "tool": "send", "args": {**args, "env": env, "amount": amount}}
        for env, amount in (("prod", 5), ("test", 350))
    ]
    body = {"calls": calls, "atomic": True}
    answer = office.harness.request("POST", "/v1/check/batch", json=body)
    assert answer.status_code == 200, answer.text
    first, second = (case(office, one) for one in answer.json()["decisions"])

    assert (first.base.effect, first.effect) == (Effect.ALLOW, Effect.DENY)
    assert (second.base.effect, second.effect) == (Effect.DENY, Effect.DENY)


def test_some_calls_are_no_cases(office: Office) -> None:
    """Not those that were to run for nobody, that were not valid, or of tools that are unknown."""
    told = {"call_id": "c1", "tool": "send", "args": {"to": "a@b.example", "env": "prod"}}
    whole = {**told, "args": {**told["args"], "amount": 1}}  # type: ignore[dict-item]  # an object
    bodies = [{**whole, "dry_run": True}, told, {**whole, "tool": "erase"}]

    assert [case(office, office.harness.check(one).json()) for one in bodies] == [None] * 3


def test_where_policies_only_observe_the_case_keeps_what_they_would(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """What memory learns from is what people wrote, and not that it was let pass meanwhile."""
    folder = tmp_path_factory.mktemp("observing")
    (folder / "policies").mkdir()
    until = '[[bind]]\npolicy = "office"\nobserve_until = 2026-12-31\n'
    (folder / "policies" / "bindings.toml").write_text(until)
    observing = Office(folder, POLICY)
    try:
        answer = observing.send(env="test", amount=350)
        found = case(observing, answer)
        rule = 'rule m_a: ask send approver role "security";'
        told: dict[str, Any] = {"rules": [{"side": "deny", "level": "ask"}], "soften": []}
        told["narrow"] = f"overlay narrow version 1;\n\n{rule}\n"
        content = {"tenant": "default", "seq": 1, "told": told, "digest": digest_of(told)}
        observing.install(content)
        asked = observing.send(env="test", amount=350)
    finally:
        observing.close()

    assert (answer["effect"], answer["would"]) == ("allow", "deny")
    assert (asked["effect"], asked["would"]) == (
        "ask",
        "deny",
    )  # what was learned asks all the same
    assert (found.base.effect, found.effect) == (Effect.DENY, Effect.DENY)


@pytest.mark.parametrize(
    ("effect", "policies", "base"),
    [
        (Effect.ASK, ("memory_a",), Effect.ALLOW),
        (Effect.ASK, ("memory_a", "office"), Effect.ASK),
        (Effect.ASK, ("office",), Effect.ASK),
        (Effect.ASK, (), Effect.ASK),
        (Effect.DENY, ("memory_a",), Effect.DENY),
    ],
)
def test_what_memory_alone_asked_about_people_allowed(
    effect: Effect, policies: tuple[str, ...], base: Effect
) -> None:
    """So that memory never learns from itself."""
    reasons = tuple(Reason(ReasonCode.RULE, effect, policy=name) for name in policies)
    verdict = Verdict(effect, ReasonCode.RULE, reasons)

    assert base_of(verdict, frozenset({"memory_a"})) is base


def test_what_cannot_stand_beside_the_policies_is_left_out(office: Office) -> None:
    """A signed overlay that is no policy: people's policies decide as before, and it is told."""
    learned = office.learning.learned
    told = {"rules": [{"side": "deny"}], "narrow": "overlay narrow version 1;\nnonsense"}
    learned.held["broken"] = {"tenant": "broken", "seq": 1, "told": told}
    try:
        office.harness.reload()
        metrics = office.harness.request("GET", "/metrics").text
        effect = office.send()["effect"]
    finally:
        del learned.held["broken"]
    office.harness.reload()

    assert "drawbar_memory_refused 1.0" in metrics
    assert effect == "allow"
    assert "drawbar_memory_refused 0.0" in office.harness.request("GET", "/metrics").text


def test_the_settings_of_memory_are_checked() -> None:
    """A role that no key could have, or a domain that is none, stops the start."""
    for wrong in ({"approver": "two words"}, {"internal": ["https://a.b"]}, {"refresh_s": 1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            MemorySettings.model_validate(wrong)
