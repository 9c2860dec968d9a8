"""A client that speaks for its user answers for nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from app.approvals.speaking import answer_for_user, names, speaks
from app.auth import Caller
from app.problems import Problem
from memory.approvals.approval import Status, StoredApproval
from memory.keys import ApiKey, Scope
from tests.app.approvals.people import AGENT, People
from tests.app.approvals.test_recorded import _of_kind as of_kind

USER: Final = """\
policy bank version 1;
rule large: ask pay when args.amount > 100 approver user;
rule both: ask pay when args.amount > 1000 approver role "treasury";
rule any: ask move;
"""


@pytest.fixture
def user(tmp_path: Path) -> Iterator[People]:
    made = People(tmp_path, USER)
    yield made
    made.gateway.close()


def key_of(people: People, secret: str | None = None) -> ApiKey:
    found = people.gateway.run(people.gateway.gateway.keys.find(secret or people.agent))
    assert found is not None
    return found


def says(
    people: People, approval: str, said: Status = Status.APPROVED, key: str | None = None
) -> StoredApproval:
    caller = Caller(key_of(people, key))
    return people.gateway.run(answer_for_user(people.gateway.gateway, caller, approval, said))


def refused(people: People, approval: str, key: str | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        says(people, approval, key=key)
    return caught.value


def test_the_users_yes_lets_the_call_through_once(user: People) -> None:
    """It is an answer like any other: recorded with who gave it, and used up by one call."""
    approval = user.asked()
    assert says(user, approval).stored is Status.APPROVED

    (answer,) = of_kind(user.gateway, "answer")
    assert (answer["need"], answer["subject"]) == ("user", "ada")
    assert answer["key_id"] == f"form:{key_of(user).id}"
    assert user.ask(approval=approval)["effect"] == "allow"
    assert user.ask(approval=approval)["effect"] == "ask"


def test_the_users_no_denies_the_call(user: People) -> None:
    """Also when it comes again without its handle."""
    approval = user.asked()
    assert says(user, approval, Status.REJECTED).stored is Status.REJECTED

    assert user.ask()["reason"] == "rejected"
    assert refused(user, approval).status_code == 409


def test_the_user_is_not_the_treasury(user: People) -> None:
    """Who answers for the user answers that need alone; the others go on waiting."""
    approval = user.asked(args={"recipient": "Ada", "amount": 5000})

    assert says(user, approval).stored is Status.PENDING
    assert refused(user, approval).status_code in (403, 409)
    treasurer = user.gateway.new_key([Scope.APPROVE], subject="tina", roles=["treasury"])
    assert user.say("approve", approval, treasurer).json()["status"] == "approved"


def test_where_no_user_is_needed_none_can_answer(user: People) -> None:
    """`approver any` means somebody who did not ask for it."""
    approval = user.asked(tool="move")

    assert refused(user, approval).status_code == 403
    assert user.ask(tool="move")["approval"]["status"] == "pending"


def test_another_key_cannot_answer_what_it_did_not_ask(user: People) -> None:
    """Also where it is of the same subject: another agent's user may be somebody else."""
    approval = user.asked()
    same = user.gateway.new_key(AGENT, subject="ada", agent="a2", name="second")
    other = user.gateway.new_key(AGENT, subject="bob", agent="a1", name="third")

    assert refused(user, approval, same).status_code == 404
    assert refused(user, approval, other).status_code == 404
    assert refused(user, "apr_nothing").status_code == 404


def test_an_answer_after_the_end_is_none(user: People) -> None:
    """Time alone ends a question."""
    approval = user.asked()
    user.later(hours=1)

    assert refused(user, approval).status_code == 409


def test_nobody_speaks_for_a_user_who_is_not_listed(user: People) -> None:
    """A key is listed by its id; the name of an agent that anybody may give a key is no client."""
    key = key_of(user)

    assert not speaks((), key)
    assert not speaks(("key:other", "client:a1", key.id, "a1", ""), key)
    assert speaks((f"key:{key.id}",), key)
    assert names(key) == {f"key:{key.id}"}
