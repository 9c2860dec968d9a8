"""A person sees the earlier calls that are like one; no decision does, and looks are recorded."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from app.learning.similar import Comparing
from guards.classifier.encoder.cosines import Encoder, cosine
from guards.training.export import export
from memory.keys import Scope
from tests.app.learning.office import Office, traffic
from tests.app.learning.test_undoing import acts, here, post
from tests.guards.encoder import tiny

PERSON = (Scope.POLICY_READ, Scope.POLICY_PUBLISH, Scope.AUDIT)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office in which people reported four calls, one of them of another kind."""
    opened = Office(tmp_path_factory.mktemp("office"))
    opened.learning.refreshing._compute = here
    opened.keep(traffic())
    opened.key = opened.harness.new_key(PERSON, name="lea", subject="lea")
    opened.wrong = [opened.send(to=f"{name}@evil.example")["decision_id"] for name in "abc"]
    for decision, who in zip(opened.wrong, opened.people, strict=True):
        opened.say(decision, who)
    opened.later(hours=1)
    opened.first = opened.learn()
    yield opened
    opened.close()


def get(office: Office, query: str, key: str | None = None) -> Any:
    return office.harness.request("GET", f"/v1/memory/similar?{query}", key or office.key)


def rule(office: Office) -> str:
    told = office.harness.request("GET", "/v1/memory/rules?level=ask", office.key).json()
    return str(told["rules"][0]["id"])


def test_calls_that_are_alike_are_shown_with_what_people_said(office: Office) -> None:
    """The most alike first, each with its score and text; who looked at which calls is an act."""
    first, second, third = office.wrong
    told = get(office, f"decision_id={first}&limit=3").json()
    near = told["calls"]

    assert (told["known"], told["complete"], told["looked_at"]) == (True, True, 253)
    assert told["by"] == "text"
    assert [one["decision_id"] for one in near][:2] in ([second, third], [third, second])
    assert near[0]["score"] > near[2]["score"]
    assert (near[0]["effect"], near[0]["base"], near[0]["soft"]) == ("allow", "allow", False)
    (said,) = near[0]["reports"]
    assert (said["label"], said["kind"], said["withdrawn"], said["held"]) == (
        "violation",
        "failure",
        False,
        False,
    )
    assert (near[2]["times"], near[2]["reports"]) == (250, [])
    assert near[2]["call"] == 'send amount=5 env="prod" to="a@corp.example"'
    ids = [one["decision_id"] for one in near]
    shown = ("api_key", first, {"note": "similar calls", "decisions": ids})
    assert acts(office, "evidence.shown")[0] == shown
    alone = get(office, f"decision_id={first}&reported=true").json()["calls"]
    assert {one["decision_id"] for one in alone} == {second, third}


def test_a_rule_is_shown_with_other_calls_than_its_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself and in its review: calls that people have not spoken of yet are near as well.

    However many reports it has, of which a review lists only so many.
    """
    monkeypatch.setattr("app.learning.queue._SHOWN", 1)
    name = rule(office)
    later = office.send(to="d@evil.example")["decision_id"]
    office.later(hours=1)
    told = get(office, f"rule_id={name}&limit=2").json()
    review = f"/v1/memory/reviews/{name}"
    seen = office.harness.request("GET", f"{review}?similar=2", office.key).json()

    assert told["calls"][0]["decision_id"] == later
    assert not {one["decision_id"] for one in told["calls"]} & set(office.wrong)
    assert seen["similar"] == told
    assert office.harness.request("GET", review, office.key).json()["similar"] is None


def test_only_whoever_may_read_policies_and_decisions_sees_it(office: Office) -> None:
    """Another tenant's calls are not there; nothing is recorded where nothing was shown."""
    first, before = office.wrong[0], len(acts(office, "evidence.shown"))
    for scopes in ([Scope.POLICY_READ], [Scope.AUDIT], [Scope.FEEDBACK]):
        key = office.harness.new_key(scopes, name="less", subject="less")
        assert get(office, f"decision_id={first}", key).status_code == 403
    reader = office.harness.new_key([Scope.POLICY_READ], name="reader", subject="reader")
    review = f"/v1/memory/reviews/{rule(office)}?similar=1"
    assert office.harness.request("GET", review, reader).status_code == 403
    theirs = get(office, f"decision_id={first}&tenant=acme")
    assert (theirs.status_code, theirs.json()["code"]) == (404, "not_found")
    for query in ("rule_id=m_aaaaaaaaaaaaaaaa", f"decision_id=d_{'0' * 26}"):
        assert get(office, query).status_code == 404
    for query in ("", f"decision_id={first}&limit=21", f"decision_id={first}&text=x"):
        assert get(office, query).status_code == 422
    assert len(acts(office, "evidence.shown")) == before


def test_nothing_is_shown_that_cannot_be_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks is stored first, or nobody sees anything."""

    async def refused(_self: Comparing, _about: str, _found: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Comparing, "_write_down", refused)
    answer = get(office, f"decision_id={office.wrong[0]}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_without_numpy_all_else_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says what to install; rules and reviews need nothing of it."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == "numpy" or "similar" in name.split("."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    answer = get(office, f"decision_id={office.wrong[0]}")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_installed")
    assert "drawbar-server[similar]" in answer.json()["detail"]
    review = f"/v1/memory/reviews/{rule(office)}"
    assert office.harness.request("GET", review, office.key).status_code == 200


def test_a_gateway_that_learns_loads_nothing_of_it() -> None:
    """Before somebody looks, neither numpy nor what compares calls is there."""
    program = (
        "import sys, app.main, app.api.central, app.learning.learning, app.learning.reviewing\n"
        "print([one for one in sys.modules if one == 'numpy' or 'similar' in one.split('.')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout == "[]\n"


def test_the_commands_print_similar_calls(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a decision, of a rule, in a review; names and texts steer no terminal."""
    run = office.command(monkeypatch)
    office.send(to="d@evil.example")
    office.later(hours=1)
    told = run("similar", office.wrong[0], "--reported")
    assert f"{office.wrong[1]}  allow  " in told
    assert "      violation (failure) 2026-" in told
    assert "the newest of 250" in run("similar", office.wrong[0])
    assert 'to="d@evil.example"' in run("similar", rule(office), "--limit", "1")
    assert 'to="d@evil.example"' in run("reviews", rule(office), "--similar", "1")
    assert '"looked_at"' in run("similar", rule(office), "--format", "json")
    run("reviews", "--similar", "1", code=2)


def test_an_encoder_puts_them_in_order_by_what_they_mean(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """As its vectors say, of the same calls; where it cannot be used the answer says why."""
    made = tmp_path_factory.mktemp("encoder")
    export(tiny.base(tmp_path_factory.mktemp("base"), labels=False), made, "vector", 64)
    office = Office(tmp_path_factory.mktemp("office"), memory={"encoder": made})
    try:
        office.key = office.harness.new_key(PERSON, name="lea", subject="lea")
        notes = ("pay the water bill", "send money to the user", "read mail")
        first, *others = [office.send(note=one)["decision_id"] for one in notes]
        office.later(hours=1)
        told = get(office, f"decision_id={first}").json()
        calls = [f'send amount=5 env="prod" note="{one}" to="a@corp.example"' for one in notes]
        query, *vectors = Encoder.load(made).embed(calls)
        scores = {cosine(query, one): name for one, name in zip(vectors, others, strict=True)}

        assert told["by"] == "meaning"
        order = [scores[one] for one in sorted(scores, reverse=True)]
        assert [one["decision_id"] for one in told["calls"]] == order
        assert told["calls"][0]["score"] == pytest.approx(max(scores), abs=0.002)
        (made / "encoder.json").unlink()
        del office.harness.app.state.similar
        answer = get(office, f"decision_id={first}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_usable")
        assert "`memory.encoder` cannot be used: " in answer.json()["detail"]
    finally:
        office.close()


def test_what_is_withdrawn_is_shown_as_that_and_what_is_erased_is_gone(office: Office) -> None:
    """A report that was taken back speaks for no call; an erased call leaves no vector behind."""
    first, second, third = office.wrong
    assert post(office, "withdraw", reporter="ben", reason="a slip").status_code == 200
    near = get(office, f"decision_id={first}").json()["calls"]
    (said,) = next(one["reports"] for one in near if one["decision_id"] == second)
    assert said["withdrawn"]
    alone = get(office, f"decision_id={first}&reported=true").json()["calls"]
    assert [one["decision_id"] for one in alone] == [third]
    held = office.harness.app.state.similar
    assert held.held > 200

    office.harness.run(office.gateway.vault.destroy("default", "ada", who="tester"))
    assert held.held == 0
    told = get(office, f"decision_id={first}").json()
    assert (told["known"], told["calls"]) == (False, [])
