"""How people are asked through a client; the oracle is what the tool was made to do."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.approvals.deciding import decide
from app.auth import Caller
from app.edges.mcp.asking import Instead
from app.edges.mcp.judge import Ruling
from app.edges.mcp.request_state import Bound, Carried, RequestStates
from dsl.model import Effect
from memory.approvals.approval import Status
from memory.keys import Scope
from tests.app.edges.mcp.desk import (
    BASE,
    BOTH,
    CANCEL,
    FORM,
    NO,
    URL,
    WENT,
    YES,
    Desk,
    back,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.gateway.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Desk]:
    """Return a client that does not speak for its user."""
    made = Desk(tmp_path, speaks=False)
    yield made
    made.gateway.close()


def params_of(question: Mapping[str, Any]) -> Mapping[str, Any]:
    (request,) = question["inputRequests"].values()
    assert request["method"] == "elicitation/create"
    return dict(request["params"])


def decides(desk: Desk, word: str, approval: str, role: str = "treasury") -> None:
    key = desk.gateway.new_key([Scope.APPROVE], subject="boss", roles=[role])
    answer = desk.gateway.request("POST", f"/v1/approvals/{approval}/{word}", key, json={})
    assert answer.status_code == 200, answer.text


def approvals(desk: Desk) -> list[dict[str, Any]]:
    found = desk.gateway.request("GET", "/v1/approvals")
    return list(found.json()["approvals"])


def test_an_approved_call_runs_exactly_once(desk: Desk) -> None:
    """However often its client comes back with the same answer."""
    question = desk.question()
    assert desk.ran == []

    assert desk.ruling(params=back(question, YES)).reason == "approved"
    assert desk.ran == [{"amount": 500}]
    again = desk.question(params=back(question, YES))
    assert desk.ran == [{"amount": 500}]
    assert again["requestState"] != question["requestState"]


def test_of_many_who_come_back_at_once_one_runs(desk: Desk) -> None:
    """One yes is one run; the others are asked about anew."""
    question = desk.question()

    async def many() -> list[Ruling | Instead]:
        calls = (desk.decide(desk.peer(), params=back(question, YES)) for _ in range(8))
        return await asyncio.gather(*calls)

    desk.gateway.run(many())
    assert desk.ran == [{"amount": 500}]


def test_a_declined_call_never_runs(desk: Desk) -> None:
    """It is rejected: also when its client comes back with a yes, or makes it again."""
    question = desk.question()

    for answer in (NO, YES):
        assert desk.ruling(params=back(question, answer)).reason == "rejected"
    assert desk.ruling().reason == "rejected"
    assert desk.ran == []
    assert [one["status"] for one in approvals(desk)] == ["rejected"]


@pytest.mark.parametrize(
    "answer",
    [
        CANCEL,
        {"action": "accept"},
        {"action": "accept", "content": None},
        {"action": "accept", "content": {}},
        {"action": "accept", "content": {"approve": "true"}},
        {"action": "accept", "content": {"approve": 1}},
        {"action": "accept", "content": {"approve": [True]}},
        {"action": "accept", "content": {"approve": None}},
        {"action": "accept", "content": {"Approve": True}},
        {"action": "accept", "content": {"approve": True, "more": True}},
        {"action": "ACCEPT", "content": {"approve": True}},
        {"action": "yes", "content": {"approve": True}},
        {"content": {"approve": True}},
        {"approve": True},
        [],
        "accept",
        True,
        None,
    ],
)
def test_whatever_is_no_clear_word_leaves_it_pending(desk: Desk, answer: object) -> None:
    """Only `accept` with a true `approve` is yes; nobody is asked a second time in one go."""
    question = desk.question()
    ruling = desk.ruling(params=back(question, answer))

    assert (ruling.effect, ruling.reason) == (Effect.ASK, "rule")
    assert desk.ran == []
    assert [one["status"] for one in approvals(desk)] == ["pending"]


def test_an_unticked_form_is_a_no(desk: Desk) -> None:
    """Who sends the form with the box off has said that it shall not run."""
    unticked = {"action": "accept", "content": {"approve": False}}

    assert desk.ruling(params=back(desk.question(), unticked)).reason == "rejected"
    assert desk.ran == []


def test_an_answer_without_its_state_is_none(desk: Desk) -> None:
    """What a client says counts only for what it was asked."""
    answered = {"inputResponses": {"drawbar": YES}}

    desk.question(params=answered)
    desk.question(params={**answered, "requestState": "1.forged"})
    assert desk.ran == []


def test_a_state_of_another_call_is_none(desk: Desk) -> None:
    """A yes to five hundred does not pay six hundred."""
    question = desk.question()

    desk.question(amount=600, params=back(question, YES))
    assert desk.ran == []
    assert {one["status"] for one in approvals(desk)} == {"pending"}


def test_a_state_of_another_caller_is_none(desk: Desk) -> None:
    """Also where the other one is of the same subject, and speaks for its user as well."""
    question = desk.question()
    scopes = (Scope.CHECK, Scope.OBSERVE, Scope.ASSERT_SESSION)
    secret = desk.gateway.new_key(scopes, subject="ada", agent="desk")
    other = desk.peer(judge=desk.judges(secret, speaks=True))

    desk.question(other, params=back(question, YES))
    assert desk.ran == []


def test_a_state_of_another_gateway_is_none(desk: Desk) -> None:
    """Another installation's key, and another gateway of the same installation."""
    asked = desk.question()
    (approval,) = (one["id"] for one in approvals(desk))
    principal = (desk.judge.principal,)
    bound = Bound("second", principal, "call", "bank/pay", {"amount": 500})
    carried = Carried(approval, form=True)
    for state in (
        desk.states.seal(bound, carried),
        RequestStates(lambda: b"s" * 32, lambda: desk.at).seal(
            Bound("main", principal, "call", "bank/pay", {"amount": 500}), carried
        ),
    ):
        desk.question(params=back({**asked, "requestState": state}, YES))
    assert desk.ran == []


def test_an_expired_state_is_none(desk: Desk) -> None:
    """Its approval has ended as well, and is asked for anew."""
    question = desk.question()
    desk.later(minutes=15)

    desk.question(params=back(question, YES))
    assert desk.ran == []


def test_a_question_outlives_a_restart(tmp_path: Path) -> None:
    """What was carried away is read by whoever has the data folder's key, and by nobody else."""
    before = Desk(tmp_path)
    question = before.question()
    before.gateway.close()
    after = Desk(tmp_path, before.secret)

    assert after.ruling(params=back(question, YES)).reason == "approved"
    assert after.ran == [{"amount": 500}]
    after.gateway.close()
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    other.question(params=back(question, YES))
    assert other.ran == []
    other.gateway.close()


def test_what_rules_deny_meanwhile_is_denied(desk: Desk) -> None:
    """A yes stands for the rules that asked, and for no others."""
    question = desk.question()
    desk.gateway.write("no.bar", "policy no version 1; rule no: deny bank/pay;\n")
    desk.gateway.reload()

    assert desk.ruling(params=back(question, YES)).reason == "rule"
    assert desk.ran == []


def test_a_changed_rule_asks_anew(desk: Desk) -> None:
    """The yes was to another rule; the new question gets a state of its own."""
    question = desk.question()
    rules = (desk.gateway.policies / "bank.bar").read_text().replace("> 100 ", "> 99 ")
    desk.gateway.write("bank.bar", rules)
    desk.gateway.reload()

    again = desk.question(params=back(question, YES))
    assert desk.ran == []
    assert desk.ruling(params=back(again, YES)).effect is Effect.ALLOW


def test_a_client_that_does_not_speak_for_its_user_gets_no_form(alone: Desk) -> None:
    """It could answer itself. It is shown the page instead, where it has one to show."""
    asked = params_of(alone.question(alone.peer(BOTH)))
    (one,) = approvals(alone)

    assert asked["mode"] == "url"
    assert asked["url"] == f"{BASE}/approvals/{one['id']}"
    assert alone.ruling(alone.peer(FORM)).effect is Effect.ASK
    assert alone.ruling(alone.peer({})).effect is Effect.ASK


def test_a_form_that_was_never_shown_is_not_answered(alone: Desk) -> None:
    """To come back from a page with a ticked box approves nothing, and declines nothing."""
    question = alone.question(alone.peer(URL))

    for answer in (YES, NO, WENT, CANCEL):
        assert alone.ruling(alone.peer(URL), params=back(question, answer)).effect is Effect.ASK
    assert alone.ran == []
    assert [one["status"] for one in approvals(alone)] == ["pending"]


def test_who_no_longer_speaks_for_its_user_is_not_heard(desk: Desk) -> None:
    """The setting is looked at when the answer comes, and not only when it was asked for."""
    question = desk.question()
    mute = desk.peer(judge=desk.judges(desk.secret, speaks=False))

    for answer in (YES, NO):
        assert desk.ruling(mute, params=back(question, answer)).effect is Effect.ASK
    assert desk.ran == []
    assert [one["status"] for one in approvals(desk)] == ["pending"]


def test_a_form_is_only_for_the_user(desk: Desk) -> None:
    """What the treasury must approve is decided on the page, also where the client has a form."""
    assert params_of(desk.question(desk.peer(BOTH), tool="move"))["mode"] == "url"
    assert desk.ruling(tool="move").effect is Effect.ASK
    assert desk.ran == []


def test_a_call_that_was_approved_on_the_page_runs_when_its_client_comes_back(alone: Desk) -> None:
    """Or when it is simply made again: once, either way."""
    question = alone.question(alone.peer(URL), tool="move")
    (one,) = approvals(alone)
    decides(alone, "approve", one["id"])

    assert (
        alone.ruling(alone.peer(URL), tool="move", params=back(question, WENT)).reason == "approved"
    )
    assert len(alone.ran) == 1
    alone.question(alone.peer(URL), tool="move", params=back(question, WENT))
    assert len(alone.ran) == 1


def test_a_call_that_was_approved_meanwhile_runs_when_it_is_made_again(desk: Desk) -> None:
    """A client that cannot be asked at all needs no handle."""
    assert desk.ruling(desk.peer({}), tool="move").effect is Effect.ASK
    (one,) = approvals(desk)
    decides(desk, "approve", one["id"])

    assert desk.ruling(desk.peer({}), tool="move").reason == "approved"
    assert desk.ruling(desk.peer({}), tool="move").effect is Effect.ASK
    assert len(desk.ran) == 1


def test_the_user_and_the_treasury_must_both_agree(desk: Desk) -> None:
    """The form answers for the user alone; until the other has, nothing runs."""
    question = desk.question(desk.peer(BOTH), amount=20_000)
    assert desk.ruling(amount=20_000, params=back(question, YES)).effect is Effect.ASK
    assert desk.ran == []

    (one,) = approvals(desk)
    decides(desk, "approve", one["id"])
    assert desk.ruling(amount=20_000, params=back(question, YES)).effect is Effect.ALLOW
    assert desk.ran == [{"amount": 20_000}]


def test_what_is_allowed_or_denied_asks_nobody(desk: Desk) -> None:
    """A question is put only where a rule asks."""
    assert desk.ruling(amount=5).effect is Effect.ALLOW
    assert desk.ruling(tool="erase").effect is Effect.DENY
    assert approvals(desk) == []


def test_a_form_shows_the_whole_call_and_nothing_steers_it(desk: Desk) -> None:
    """Every argument as it is decided; hidden, turning and line-breaking characters written out."""
    text = "Bob\u202eevil\n```\n**Approved by the treasury**<!--\x1b[2J\u2066"
    asked = params_of(desk.question(amount=500, note=text))

    assert asked["mode"] == "form"
    assert list(asked["requestedSchema"]["properties"]) == ["approve"]
    assert asked["requestedSchema"]["properties"]["approve"]["default"] is False
    assert '"amount":500' in asked["message"]
    assert "bank/pay" in asked["message"]
    assert "\\u{202e}" in asked["message"]
    assert not {char for char in asked["message"] if char in "\u202e\u2066\x1b\r"}
    head, fence, args, end, why = asked["message"].split("\n")
    assert (fence, end) == ("```", "```")
    assert args.startswith('{"amount":500,"note":"Bob')
    assert args.endswith('"}')
    assert "**" not in head + why


def test_a_call_that_no_form_can_show_is_for_the_page(desk: Desk) -> None:
    """A person must not approve what a form cannot show whole."""
    long = {"amount": 500, "note": "x" * 9_000}

    assert params_of(desk.question(desk.peer(BOTH), **long))["mode"] == "url"
    assert desk.ruling(desk.peer(FORM), **long).effect is Effect.ASK


def test_a_page_is_not_answered_in_the_client(desk: Desk) -> None:
    """Also where a form of the same client would count: it was not shown this one."""
    long = {"amount": 500, "note": "x" * 9_000}
    question = desk.question(desk.peer(BOTH), **long)

    for answer in (YES, NO):
        ruling = desk.ruling(desk.peer(BOTH), params=back(question, answer), **long)
        assert ruling.effect is Effect.ASK
    assert [one["status"] for one in approvals(desk)] == ["pending"]


def test_without_a_whole_address_there_is_no_page(tmp_path: Path) -> None:
    """A client cannot open `/approvals/...`, so it is told that the call is pending."""
    desk = Desk(tmp_path, speaks=False)
    desk.gateway.gateway.approving._base = ""

    assert desk.ruling(desk.peer(URL)).effect is Effect.ASK
    desk.gateway.close()


def test_an_older_client_is_asked_while_its_call_waits(desk: Desk) -> None:
    """With yes it runs, once; the question is the same form."""
    peer, way = desk.old(lambda *_: YES)

    assert desk.ruling(peer).reason == "approved"
    assert desk.ran == [{"amount": 500}]
    assert [one["mode"] for one in way.asked] == ["form"]


@pytest.mark.parametrize("answer", [NO, CANCEL, {}, None, WENT])
def test_an_older_client_that_does_not_say_yes_runs_nothing(desk: Desk, answer: Any) -> None:
    """A no, no word, no answer at all, or no way to ask."""
    peer, _ = desk.old(lambda *_: answer)

    assert desk.ruling(peer).effect is not Effect.ALLOW
    assert desk.ran == []


def test_a_state_is_nothing_to_an_older_client(desk: Desk) -> None:
    """Its revision has none, so what it sends under that name is no answer."""
    question = desk.question()
    peer, _ = desk.old(lambda *_: CANCEL)

    assert desk.ruling(peer, params=back(question, YES)).effect is Effect.ASK
    assert desk.ran == []


def test_an_older_client_is_led_to_the_page_and_told_when_it_is_done(alone: Desk) -> None:
    """The question carries an id, and the word that it is over carries the same."""

    def goes(_method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        assert params["elicitationId"] == params["url"].rpartition("/")[2]
        return WENT

    peer, way = alone.old(goes, URL)
    assert alone.ruling(peer, tool="move").effect is Effect.ASK
    assert way.told == []
    (one,) = approvals(alone)
    decides(alone, "approve", one["id"])
    peer, way = alone.old(goes, URL)
    assert alone.ruling(peer, tool="move").reason == "approved"
    assert way.asked == []
    assert len(alone.ran) == 1


def test_a_held_call_runs_when_people_approve_in_time(alone: Desk) -> None:
    """A client that cannot be asked waits; what nobody decides in time is pending."""
    boss = alone.gateway.new_key([Scope.APPROVE], subject="boss", roles=["treasury"])
    gateway = alone.gateway.gateway
    alone.wait_s = 30

    async def both() -> Ruling | Instead:
        made: asyncio.Queue[str] = asyncio.Queue()
        gateway.approving.listeners.append(lambda one: made.put_nowait(one.id))
        call = asyncio.create_task(alone.decide(alone.peer({}), tool="move"))
        key = await gateway.keys.find(boss)
        assert key is not None
        await decide(gateway, Caller(key), await made.get(), Status.APPROVED, None)
        return await call

    found = alone.gateway.run(both())
    assert isinstance(found, Ruling)
    assert found.reason == "approved"
    assert len(alone.ran) == 1
