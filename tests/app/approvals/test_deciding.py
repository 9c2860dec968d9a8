"""Who may answer an approval, and who never may."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from memory.keys import Scope
from memory.tables import api_keys
from tests.app.approvals.people import People

TWO = """policy p version 1;
rule large: ask pay approver role "treasury";
rule any: ask pay;"""
USER = "policy p version 1; rule mine: ask pay approver user;"
HOST = (Scope.CHECK, Scope.ASSERT_SUBJECT)


def code(answer: Any) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body.get("code", body.get("status"))


@pytest.fixture
def two(tmp_path: Path) -> Any:
    """Return a gateway whose rules need two people."""
    made = People(tmp_path, TWO)
    yield made
    made.gateway.close()


def test_without_the_scope_nobody_decides(people: People) -> None:
    """A key without `approve` is refused, also for a rejection."""
    approval = people.asked()
    for word in ("approve", "reject"):
        key = people.gateway.new_key([Scope.CHECK, Scope.AUDIT], subject="other")

        assert code(people.say(word, approval, key)) == (403, "missing_scope")
    assert (
        people.gateway.request("POST", f"/v1/approvals/{approval}/approve", "x").status_code == 401
    )


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_the_requester_never_decides(people: People, word: str) -> None:
    """Neither the key that asked, nor another of its subject; a stranger does."""
    asker = people.gateway.new_key([Scope.CHECK, Scope.APPROVE], subject="carl")
    approval = people.asked(asker)
    same = people.gateway.new_key([Scope.APPROVE], subject="carl")

    for key in (asker, same):
        assert code(people.say(word, approval, key)) == (403, "not_yours_to_decide")
    assert people.say(word, approval).status_code == 200


def test_who_asks_in_anothers_name_never_decides(people: People) -> None:
    """A host asks for Uma: neither her keys decide, nor the host's, nor another of its subject."""
    host = people.gateway.new_key([*HOST, Scope.APPROVE], subject="svc")
    uma: dict[str, Any] = {"subject": {"id": "uma"}, "agent": {"id": "a9"}}
    approval = people.asked(host, **uma)
    others = [people.gateway.new_key([Scope.APPROVE], subject=name) for name in ("svc", "uma")]

    for key in (host, *others):
        assert code(people.say("approve", approval, key)) == (403, "not_yours_to_decide")
    assert people.say("approve", approval).status_code == 200


def test_who_asks_again_for_the_same_has_asked(people: People) -> None:
    """A key that attaches to a waiting approval cannot then decide it."""
    approval = people.asked()
    sly = people.gateway.new_key([*HOST, Scope.APPROVE], subject="sly")
    as_ada: dict[str, Any] = {"subject": {"id": "ada"}, "agent": {"id": "a1"}}
    assert people.asked(sly, **as_ada) == approval

    assert code(people.say("approve", approval, sly)) == (403, "not_yours_to_decide")


def test_nobody_runs_a_call_on_their_own_yes(people: People) -> None:
    """Who approved a call and then comes with it is asked about anew; who asked goes through."""
    approval = people.asked()
    sly = people.gateway.new_key([*HOST, Scope.APPROVE], subject="sly")
    assert people.say("approve", approval, sly).status_code == 200
    as_ada: dict[str, Any] = {"subject": {"id": "ada"}, "agent": {"id": "a1"}}

    for key in (sly, people.gateway.new_key(HOST, subject="sly")):
        taken = people.ask(key, approval=approval, **as_ada)
        assert taken["effect"] == "ask"
        assert taken["approval"]["id"] != approval
    assert people.ask(approval=approval)["effect"] == "allow"


def test_each_need_takes_another_person(two: People) -> None:
    """One for the role, one for anybody: not by one key, not by one subject, in either order."""
    approval = two.asked()
    clerk = two.role("treasury", subject="clerk")
    again = two.role("treasury", subject="clerk")

    assert code(two.say("approve", approval, clerk)) == (200, "pending")
    assert code(two.say("approve", approval, clerk)) == (409, "already_answered")
    assert code(two.say("approve", approval, again)) == (409, "already_answered")
    assert two.ask(approval=approval)["effect"] == "ask"
    assert code(two.say("approve", approval)) == (200, "approved")
    assert two.ask(approval=approval)["reason"] == "approved"


def test_anybody_is_not_somebody_of_a_role(two: People) -> None:
    """A person without the role leaves the role's need open, and cannot fill it."""
    approval = two.asked()
    assert code(two.say("approve", approval)) == (200, "pending")
    plain = two.role("clerks", subject="cleo")

    assert code(two.say("approve", approval, plain)) == (403, "not_yours_to_decide")
    needs = {one["role"]: one["status"] for one in two.ask(approval=approval)["approval"]["needs"]}
    assert needs == {"treasury": "pending", None: "approved"}
    assert code(two.say("approve", approval, two.role("treasury", subject="t"))) == (
        200,
        "approved",
    )


def test_the_first_no_rejects(two: People) -> None:
    """One of two says no, or takes a yes back: it is over, whatever the other says."""
    approval = two.asked()
    clerk = two.role("treasury", subject="clerk")
    two.say("approve", approval, clerk)

    assert code(two.say("reject", approval, clerk, comment="I was wrong.")) == (200, "rejected")
    assert code(two.say("approve", approval)) == (409, "approval_closed")
    assert two.ask(approval=approval)["reason"] == "rejected"


def test_a_yes_can_be_taken_back_until_the_call_ran(people: People) -> None:
    """Whoever approved may reject after all; nobody else may, and nobody once it was used."""
    approval = people.approved()
    assert code(people.say("reject", approval, people.role(subject="late")))[0] == 409
    assert code(people.say("reject", approval, comment="Stop.")) == (200, "rejected")
    assert people.ask(approval=approval)["reason"] == "rejected"

    people.later(seconds=900)
    used = people.approved()
    assert people.ask(approval=used)["effect"] == "allow"
    assert code(people.say("reject", used)) == (409, "approval_closed")


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_what_is_decided_stays_decided(people: People, word: str) -> None:
    """A second answer to the same is refused, and so is one to what was used."""
    approval = people.asked()
    people.say(word, approval)
    later = people.role(subject="late")
    assert people.say("approve", approval).status_code == 409

    for again in ("approve", "reject"):
        assert code(people.say(again, approval, later)) == (409, "approval_closed")


def test_the_user_answers_with_a_key_that_no_agent_holds(tmp_path: Path) -> None:
    """`approver user` takes the call's own subject, by a key that cannot ask for decisions."""
    people = People(tmp_path, USER)
    approval = people.asked()
    of_ada = [
        people.gateway.new_key([Scope.APPROVE, scope], subject="ada")
        for scope in (Scope.CHECK, Scope.OBSERVE, Scope.OBSERVE_USER, Scope.ASSERT_SUBJECT)
    ]
    for key in (people.boss, *of_ada):
        assert code(people.say("approve", approval, key)) == (403, "not_yours_to_decide")

    hers = people.gateway.new_key([Scope.APPROVE], subject="ada")
    assert code(people.say("approve", approval, hers)) == (200, "approved")
    assert people.ask(approval=approval)["reason"] == "approved"
    people.gateway.close()


def test_the_user_fills_no_other_need(tmp_path: Path) -> None:
    """Where rules need the user and another person, it takes both."""
    people = People(tmp_path, USER + " rule other: ask pay approver any;")
    approval = people.asked()
    hers = people.gateway.new_key([Scope.APPROVE], subject="ada")
    assert code(people.say("approve", approval, hers)) == (200, "pending")
    more = people.gateway.new_key([Scope.APPROVE], subject="ada")

    assert code(people.say("approve", approval, more)) == (409, "already_answered")
    assert code(people.say("approve", approval)) == (200, "approved")
    people.gateway.close()


def test_another_tenant_sees_and_decides_nothing(people: People) -> None:
    """To a key of another tenant the approval does not exist, and its call is another."""
    approval = people.approved()
    foreign = people.gateway.new_key(
        [Scope.APPROVE, Scope.AUDIT, Scope.CHECK], subject="ada", agent="a1"
    )

    async def move() -> None:
        async with people.gateway.gateway.database.write() as connection:
            change = update(api_keys).where(
                api_keys.c.subject == "ada", api_keys.c.name == "tester"
            )
            await connection.execute(change.values(tenant="other"))

    people.gateway.run(move())

    assert code(people.look(approval, foreign)) == (404, "not_found")
    assert code(people.say("approve", approval, foreign)) == (404, "not_found")
    listed = people.gateway.request("GET", "/v1/approvals", foreign)
    assert listed.json()["approvals"] == []
    taken = people.ask(foreign, approval=approval)
    assert (taken["effect"], taken["approval"]["id"] == approval) == ("ask", False)


def test_of_many_who_answer_at_once_each_need_takes_one(two: People) -> None:
    """Ten people of the role and ten without it answer together: two yeses count, no more."""
    approval = two.asked()
    keys = [two.role("treasury", subject=f"t{n}") for n in range(10)]
    keys += [two.role(subject=f"p{n}") for n in range(10)]
    client = two.gateway._client

    async def one(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        path = f"/v1/approvals/{approval}/approve"
        return (await client.post(path, json={}, headers=headers)).status_code

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(one(key) for key in keys))

    statuses = two.gateway.run(all_of_them())

    assert statuses.count(200) == 2
    assert set(statuses) <= {200, 403, 409}
    seen = two.look(approval).json()
    assert seen["status"] == "approved"
    assert len({need["by"] for need in seen["needs"]}) == 2
