"""An ask becomes an approval of exactly one call, and an approval one allowed call."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from memory.approvals.approval import StoredApproval
from memory.keys import Scope
from memory.sessions import events
from memory.tables import approvals
from tests.app.approvals.people import RULES, People


def said(answer: dict[str, object]) -> tuple[object, object]:
    return answer["effect"], answer["reason"]


def test_an_approved_call_runs_once(people: People) -> None:
    """Asked, approved, allowed for one time; the same once more is asked anew."""
    first = people.ask()
    approval = first["approval"]
    assert approval["status"] == "pending"
    assert approval["needs"] == [{"kind": "any", "role": None, "status": "pending"}]
    assert approval["url"] == f"/approvals/{approval['id']}"

    people.say("approve", approval["id"])
    again = people.ask(approval=approval["id"])
    assert said(again) == ("allow", "approved")
    assert again["approval"] is None
    assert again["reasons"][0]["rule"] == "large"
    assert again["reasons"][0]["detail"] == f"{approval['id']} by boss"

    reused = people.ask(approval=approval["id"])
    assert said(reused) == ("ask", "rule")
    assert reused["approval"]["id"] != approval["id"]


def test_what_was_used_says_by_which_decision(people: People) -> None:
    """Who looks later finds the decision that let the call through, and there the approval."""
    approval = people.approved()
    allowed = people.ask(approval=approval)

    seen = people.look(approval).json()
    assert (seen["status"], seen["used_by"]) == ("used", allowed["decision_id"])
    (record,) = (one for one in people.gateway.records() if one.id == seen["used_by"])
    assert record.reason == "approved"
    assert approval in record.reasons[0]["detail"]


@pytest.mark.parametrize(
    "change",
    [
        {"args": {"recipient": "Ada", "amount": 501}},
        {"args": {"recipient": "Eve", "amount": 500}},
        {"args": {"recipient": "Ada", "amount": 500, "note": ""}},
        {"server": "bank"},
        {"session": "s2"},
        {"context": {"channel": "phone"}},
    ],
)
def test_any_edit_makes_another_call(people: People, change: dict[str, Any]) -> None:
    """An approval lets through what was approved, and nothing like it."""
    approval = people.approved()

    edited = people.ask(approval=approval, **change)

    assert edited["effect"] == "ask"
    assert edited["approval"]["id"] != approval
    assert said(people.ask(approval=approval)) == ("allow", "approved")


def test_another_spelling_of_the_same_call_is_the_same(people: People) -> None:
    """The order of members and the notation of numbers make no other call."""
    approval = people.approved()

    assert said(people.ask(args={"amount": 500.0, "recipient": "Ada"}, approval=approval)) == (
        "allow",
        "approved",
    )


def test_another_principal_does_not_use_it(people: People) -> None:
    """The same call by another subject or another agent is asked about anew."""
    approval = people.approved()
    for other in ({"subject": "bob", "agent": "a1"}, {"subject": "ada", "agent": "a2"}):
        key = people.gateway.new_key([Scope.CHECK], **other)

        assert people.ask(key, approval=approval)["effect"] == "ask"


def test_another_key_of_the_same_principal_may_use_it(people: People) -> None:
    """The approval is the subject's and agent's, whichever of their keys comes back."""
    approval = people.approved()
    key = people.gateway.new_key([Scope.CHECK], subject="ada", agent="a1")

    assert said(people.ask(key, approval=approval)) == ("allow", "approved")


def test_it_is_over_after_its_time(people: People) -> None:
    """Approved or not, past its time an approval is asked for anew."""
    approval = people.approved()
    people.later(seconds=899)
    waiting = people.asked(args={"recipient": "Bob", "amount": 900})
    people.later(seconds=1)

    assert people.look(approval).json()["status"] == "expired"
    assert people.ask(approval=approval)["effect"] == "ask"
    people.later(seconds=900)
    answer = people.say("approve", waiting)
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_closed")


def test_a_rule_says_how_long(tmp_path: Path) -> None:
    """`expires` counts from the question."""
    people = People(tmp_path, "policy p version 1; rule r: ask pay expires 5m;")
    approval = people.approved()
    people.later(seconds=299)
    assert people.look(approval).json()["status"] == "approved"
    people.later(seconds=1)

    assert people.ask(approval=approval)["effect"] == "ask"
    people.gateway.close()


def test_policies_that_deny_now_deny(people: People) -> None:
    """A person's yes outdoes no rule: what is denied now is denied, and uses nothing up."""
    approval = people.approved()
    people.gateway.write("more.bar", "overlay more version 1; rule stop: deny pay;")
    people.gateway.reload()

    assert people.ask(approval=approval)["effect"] == "deny"
    assert people.look(approval).json()["status"] == "approved"


def test_a_new_rule_that_asks_asks_anew(people: People) -> None:
    """The approval is for the rules that asked, no others."""
    approval = people.approved()
    people.gateway.write("more.bar", "overlay more version 1; rule also: ask pay;")
    people.gateway.reload()

    asked = people.ask(approval=approval)
    assert asked["effect"] == "ask"
    assert asked["approval"]["id"] != approval


@pytest.mark.parametrize(
    ("rules", "effect"),
    [
        (RULES.replace("never: deny erase", "never: deny delete"), "allow"),
        (
            "# moved\n" + RULES.replace("when args.amount > 100", "when  args.amount   > 100"),
            "allow",
        ),
        (RULES.replace("> 100 because", "> 101 because"), "ask"),
        (RULES.replace("need a person", "need two people"), "ask"),
        (RULES.replace("rule large", "rule big"), "ask"),
    ],
)
def test_a_changed_rule_asks_anew_and_a_new_revision_alone_does_not(
    people: People, rules: str, effect: str
) -> None:
    """What counts is the rule that asks, as it is written, not what else is published."""
    approval = people.approved()
    people.gateway.write("bank.bar", rules)
    people.gateway.reload()

    assert people.ask(approval=approval)["effect"] == effect


def test_an_identical_call_attaches_to_the_one_that_waits(people: People) -> None:
    """Nobody is asked twice about one call; approved, it is told so, and used by its name alone."""
    approval = people.asked()

    assert people.asked(call_id="c2") == approval
    people.say("approve", approval)
    told = people.ask(call_id="c3")
    assert (told["effect"], told["approval"]["status"]) == ("ask", "approved")
    assert said(people.ask(call_id="c3", approval=approval)) == ("allow", "approved")


def test_a_rejected_call_is_denied_in_the_words_of_the_person(people: People) -> None:
    """The agent reads why; asking again, also without the name, changes nothing."""
    approval = people.asked()
    people.say("reject", approval, comment="Not to Ada.")

    denied = people.ask(approval=approval)
    assert said(denied) == ("deny", "rejected")
    assert denied["message"] == "Denied: a person rejected this call: Not to Ada."
    assert denied["retryable"] is False
    assert said(people.ask()) == ("deny", "rejected")
    people.later(seconds=901)
    assert people.ask()["effect"] == "ask"


def test_what_cannot_be_opened_allows_nothing(people: People) -> None:
    """Changed bytes in the store are a recorded deny, not a yes, and 503 to who looks."""
    approval = people.approved()

    async def spoil() -> None:
        async with people.gateway.gateway.database.write() as connection:
            await connection.execute(update(approvals).values(answers=b"x" * 60))

    people.gateway.run(spoil())

    assert said(people.ask(approval=approval)) == ("deny", "fault")
    assert people.look(approval).status_code == 503
    assert "fault" in {one.reason for one in people.gateway.records()}


def test_a_status_that_was_written_by_hand_approves_nothing_new(people: People) -> None:
    """Who writes `approved` into the store, or moves a yes to another call, has said nothing."""
    approval = people.asked()
    yes = people.approved(args={"recipient": "Bob", "amount": 200})

    async def forge(row: str, **values: object) -> None:
        async with people.gateway.gateway.database.write() as connection:
            change = update(approvals).where(approvals.c.id == row).values(values)
            await connection.execute(change)

    def of(row: str, name: str) -> object:
        return select(approvals.c[name]).where(approvals.c.id == row).scalar_subquery()

    people.gateway.run(forge(approval, status="approved"))
    assert people.ask(approval=approval)["effect"] == "ask"
    people.gateway.run(forge(approval, answers=of(yes, "answers")))
    assert said(people.ask(approval=approval)) == ("deny", "fault")
    people.gateway.run(forge(yes, digest=of(approval, "digest")))
    assert said(people.ask(approval=yes)) == ("deny", "fault")


@pytest.mark.parametrize("name", ["apr_0", "x" * 128, "apr_01JD00000000000000000000000"])
def test_a_forged_approval_is_none(people: People, name: str) -> None:
    """What was never asked for approves nothing."""
    assert people.ask(approval=name)["effect"] == "ask"


def test_one_that_waits_allows_nothing(people: People) -> None:
    """Coming back too early is asked about, by the same approval."""
    approval = people.asked()

    assert people.asked(approval=approval) == approval


def test_a_call_that_is_allowed_anyway_uses_nothing_up(people: People) -> None:
    """An approval is needed where rules ask, and left alone where they allow."""
    approval = people.approved()
    people.gateway.write("bank.bar", "policy bank version 1; rule all: allow pay;")
    people.gateway.reload()

    assert said(people.ask(approval=approval)) == ("allow", "rule")
    assert people.look(approval).json()["status"] == "approved"


def test_a_dry_run_asks_nobody(people: People) -> None:
    """It says `ask`, makes no approval, and uses none."""
    dry = people.ask(dry_run=True)
    assert (dry["effect"], dry["approval"]) == ("ask", None)
    approval = people.approved()

    assert people.ask(approval=approval, dry_run=True)["effect"] == "ask"
    assert people.look(approval).json()["status"] == "approved"


def test_changed_arguments_are_approved_with_the_call(tmp_path: Path) -> None:
    """The approval binds what was asked for and what would run; both must be the same again."""
    rules = "policy p version 1; rule r: ask pay with set(args.fee, {fee}) approver any;"
    people = People(tmp_path, rules.format(fee=1))
    can: dict[str, Any] = {"supports": {"changed_args": True}}
    approval = people.approved(**can)
    shown = people.look(approval).json()["shown"]
    assert (shown["args"].get("fee"), shown["changed"]["fee"]) == (None, 1)

    allowed = people.ask(approval=approval, **can)
    assert said(allowed) == ("allow", "approved")
    assert allowed["args"] == {"recipient": "Ada", "amount": 500, "fee": 1}
    people.gateway.close()


def test_people_are_asked_so_often_and_no_more(tmp_path: Path) -> None:
    """Past the budget of a session and tool it is a deny; other tools and sessions go on."""
    rules = "policy p version 1; default ask;"
    people = People(tmp_path, rules, ask_budget=2)
    for amount in (1, 2):
        approval = people.asked(session="s1", args={"amount": amount})
        people.say("reject", approval)

    over = people.ask(session="s1", args={"amount": 3})
    assert said(over) == ("deny", "ask_budget")
    assert "too often" in over["message"]
    assert people.ask(session="s1", tool="mail")["effect"] == "ask"
    assert people.ask(session="s2", args={"amount": 3})["effect"] == "ask"
    people.gateway.close()


def test_without_a_session_those_count_that_still_wait(tmp_path: Path) -> None:
    """Who names no session fills the queue as far as the budget, and goes on when it empties."""
    people = People(tmp_path, "policy p version 1; default ask;", ask_budget=2)
    waiting = [people.asked(args={"amount": amount}) for amount in (1, 2)]
    assert said(people.ask(args={"amount": 3})) == ("deny", "ask_budget")
    people.say("approve", waiting[0])

    assert people.ask(args={"amount": 3})["effect"] == "ask"
    people.gateway.close()


def test_what_a_person_approved_is_known_afterwards_also_after_a_restart(tmp_path: Path) -> None:
    """`from approved` holds for this argument of this tool with this value, in this session."""
    rules = """policy p version 1;
    rule known: allow pay when args.recipient from approved;
    rule unknown: ask pay when not args.recipient from approved;"""
    people = People(tmp_path, rules)
    approval = people.asked(session="s1")
    people.say("approve", approval)
    assert said(people.ask(session="s1", approval=approval)) == ("allow", "approved")

    for _ in range(2):
        other: dict[str, Any] = {"args": {"recipient": "Ada", "amount": 7}, "call_id": "c2"}
        assert said(people.ask(session="s1", **other)) == ("allow", "rule")
        assert people.ask(session="s2", **other)["effect"] == "ask"
        eve: dict[str, Any] = {"args": {"recipient": "Eve", "amount": 500}, "call_id": "c3"}
        assert people.ask(session="s1", **eve)["effect"] == "ask"
        agent = people.agent
        people.gateway.close()
        people = People(tmp_path, rules)
        people.agent = agent
    people.gateway.close()


@pytest.mark.parametrize("more", [{}, {"session": "s1"}])
def test_a_fault_behind_a_yes_uses_nothing_up(
    people: People, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    """Where the approved call cannot be reserved it is denied, and the yes is good for later."""
    approval = people.approved(**more)

    def fails(*_told: Any) -> Any:
        raise ArithmeticError

    monkeypatch.setattr(events, "let", fails)
    assert said(people.ask(approval=approval, **more)) == ("deny", "fault")
    monkeypatch.undo()

    assert people.look(approval).json()["status"] == "approved"
    assert said(people.ask(approval=approval, **more)) == ("allow", "approved")


def test_whoever_listens_hears_of_each_new_approval_once(people: People) -> None:
    """After it was stored, and not again where somebody asks for the same."""
    heard: list[StoredApproval] = []
    people.gateway.gateway.approving.listeners.append(heard.append)
    first = people.asked()
    assert people.asked() == first
    people.ask(dry_run=True, args={"amount": 900})
    second = people.asked(args={"amount": 901})

    assert [one.id for one in heard] == [first, second]
    metrics = people.gateway.request("GET", "/metrics").text
    assert 'drawbar_approvals_total{status="pending"} 2.0' in metrics
    people.say("approve", first)
    people.ask(approval=first)
    metrics = people.gateway.request("GET", "/metrics").text
    for status in ("approved", "used"):
        assert f'drawbar_approvals_total{{status="{status}"}} 1.0' in metrics
    assert 'drawbar_approval_wait_seconds_count{status="approved"} 1.0' in metrics


def test_an_answer_names_what_the_record_names(people: People) -> None:
    """The words for the agent, and nothing of an approval, where the call is not asked about."""
    allowed = people.ask(args={"amount": 5})
    denied = people.ask(tool="erase", args={})

    assert (allowed["approval"], denied["approval"]) == (None, None)


def test_roles_of_a_key_are_roles_of_its_subject(tmp_path: Path) -> None:
    """Fixed in the key, they count in its calls, and are bound: with others it is another call."""
    rules = """policy p version 1;
    rule teller: ask pay when "teller" in subject.roles;
    rule other: deny pay when not "teller" in subject.roles;"""
    people = People(tmp_path, rules)
    teller = people.role("teller", subject="t", scopes=[Scope.CHECK])
    both = people.role("teller", "chief", subject="t", scopes=[Scope.CHECK])
    approval = people.approved(teller)

    assert people.ask()["effect"] == "deny"
    assert people.ask(both, approval=approval)["effect"] == "ask"
    assert people.ask(teller, approval=approval)["effect"] == "allow"
    people.gateway.close()
