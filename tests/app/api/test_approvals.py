"""`/v1/approvals`: what is listed and shown, and to whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from memory.keys import Scope
from tests.app.approvals.people import People

RULES = """policy bank version 1;
source read_file as untrusted;
source contacts as trusted;
kind pay.recipient is name;
rule reads: allow read_file, contacts;
rule large: ask pay because "a person must look";
"""


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    made = People(tmp_path, RULES)
    yield made
    made.gateway.close()


def tell(people: People, *events: dict[str, object]) -> None:
    body = {"session": "s1", "events": list(events)}
    answer = people.gateway.request("POST", "/v1/observe", people.agent, json=body)
    assert answer.status_code == 200, answer.text


def test_people_see_the_call_and_where_its_values_come_from(people: People) -> None:
    """Arguments, levels and snippets, the rule and its because, exact numbers."""
    tell(people, {"type": "user", "id": "u1", "text": "Pay 1250.50 to whoever the bill names"})
    people.ask(call_id="r1", tool="read_file", args={"path": "bill.txt"}, session="s1")
    tell(
        people,
        {"type": "result", "id": "e1", "call_id": "r1", "result": "Please pay Mallory today."},
    )
    args = {"recipient": "Mallory", "amount": 1250.50, "note": "zzz-unseen", "more": ["x" * 300]}
    approval = people.asked(session="s1", args=args, context={"channel": "chat"})

    answer = people.look(approval)
    shown = answer.json()["shown"]
    assert "1250.5" in answer.text
    assert (shown["args"], shown["context"]) == (args, {"channel": "chat"})
    (rule,) = shown["rules"]
    assert (rule["policy"], rule["rule"], rule["because"]) == (
        "bank",
        "large",
        "a person must look",
    )
    assert shown["texts"][0]["text"].startswith("rule large:")
    origins = {one["path"]: one for one in shown["origins"]}
    assert origins["/recipient"]["levels"] == ["untrusted"]
    (snippet,) = origins["/recipient"]["snippets"]
    assert snippet == {"from": "read_file", "text": "Please pay Mallory today."}
    assert origins["/amount"]["levels"] == ["user"]
    assert origins["/amount"]["snippets"] == []  # it is written in another way
    assert (origins["/note"]["levels"], origins["/note"]["perhaps"]) == ([], [])
    assert origins["/more/0"]["levels"] is None


def test_people_see_what_is_different_from_the_last_one(people: People) -> None:
    """Against the call of the same tool that was approved and used last."""
    first = people.approved(args={"recipient": "Ada", "amount": 5, "tags": ["a", "b"]})
    people.ask(args={"recipient": "Ada", "amount": 5, "tags": ["a", "b"]}, approval=first)
    second = people.asked(args={"recipient": "Ada", "amount": 50, "cc": "Eve", "tags": ["a"]})

    shown = people.look(second).json()["shown"]
    assert shown["last"] == first
    assert {(one["path"], one["before"], one["now"]) for one in shown["difference"]} == {
        ("/amount", "5", "50"),
        ("/cc", None, '"Eve"'),
        ("/tags/1", '"b"', None),
    }
    assert people.look(people.asked(server="other", args={})).json()["shown"]["last"] is None


def test_who_asked_sees_that_it_waits_and_no_more(people: People) -> None:
    """The subject sees status and answers; what people are shown is for those who decide."""
    approval = people.asked()
    own = people.look(approval, people.agent)
    assert (own.status_code, own.json()["status"], own.json()["shown"]) == (200, "pending", None)

    for scopes in ([Scope.APPROVE], [Scope.AUDIT]):
        key = people.gateway.new_key(scopes, subject="x")
        assert people.look(approval, key).json()["shown"]["args"]["recipient"] == "Ada"


def test_others_find_nothing(people: People) -> None:
    """Another subject's key gets 404, one without any of the scopes 403, a made up id 404."""
    approval = people.asked()
    bob = people.gateway.new_key([Scope.CHECK], subject="bob")
    mute = people.gateway.new_key([Scope.FEEDBACK], subject="ada")

    assert people.look(approval, bob).status_code == 404
    assert people.look(approval, mute).status_code == 403
    assert people.look("apr_0").status_code == 404
    assert people.look(approval, "drw_wrong").status_code == 401


def test_lists_are_by_status_and_page(people: People) -> None:
    """Newest first, as many as asked, and on from there; each subject finds its own."""
    made = []
    for amount in range(5):
        people.later(seconds=1)
        made.append(people.asked(args={"amount": amount}))
    people.say("approve", made[0])
    people.say("reject", made[1])
    bob = people.gateway.new_key([Scope.CHECK], subject="bob")

    def listed(key: str, **wanted: object) -> tuple[list[str], str | None]:
        answer = people.gateway.request("GET", "/v1/approvals", key, params=wanted)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert [one["shown"] for one in body["approvals"]] == [None] * len(body["approvals"])
        return [one["id"] for one in body["approvals"]], body["next"]

    assert listed(people.boss) == (made[::-1], None)
    assert listed(people.agent) == (made[::-1], None)
    assert listed(bob) == ([], None)
    assert listed(people.boss, status="pending") == (made[:1:-1], None)
    assert listed(people.boss, status="approved") == (made[:1], None)
    assert listed(people.boss, status="rejected") == (made[1:2], None)
    assert listed(people.boss, limit=2) == (made[:2:-1], made[3])
    assert listed(people.boss, limit=2, before=made[3]) == (made[2:0:-1], made[1])
    people.later(seconds=900)
    assert listed(people.boss, status="pending") == ([], None)
    assert listed(people.boss, status="expired") == ([*made[:1:-1], made[0]], None)


@pytest.mark.parametrize(
    "path",
    [
        "?limit=0",
        "?limit=201",
        "?status=all",
        "?before=%00",
        "/%00",
        "/" + "x" * 41,
        "/apr_0?wait_s=51",
    ],
)
def test_what_cannot_be_meant_is_refused(people: People, path: str) -> None:
    """Outside of its bounds a question is 422, never a fault."""
    answer = people.gateway.request("GET", f"/v1/approvals{path}", people.boss)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    "body", [{"comment": "x" * 1001}, {"comment": 5}, {"more": 1}, {"comment": None, "by": "ada"}]
)
def test_an_answer_says_nothing_else(people: People, body: dict[str, object]) -> None:
    """Whose answer it is stands in the key alone."""
    path = f"/v1/approvals/{people.asked()}/approve"

    assert people.gateway.request("POST", path, people.boss, json=body).status_code == 422


def test_what_is_asked_is_sealed_in_the_store(people: People) -> None:
    """Neither arguments nor comments stand in the store in the clear."""
    approval = people.asked(args={"recipient": "a-private-name", "amount": 5})
    people.say("reject", approval, comment="another-private-word")
    folder = people.gateway.settings.data
    stored = b"".join(file.read_bytes() for file in folder.glob("drawbar.db*"))

    assert approval.encode() in stored
    assert b"a-private-name" not in stored
    assert b"another-private-word" not in stored


def test_a_store_that_fails_decides_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading, listing and answering are 503; asking is a deny; later all goes on."""
    approval = people.asked()
    database = people.gateway.gateway.database

    def broken() -> None:
        raise OperationalError("select", {}, OSError("gone"))

    people.look(approval, people.agent)  # keys are known for a moment
    people.look(approval)
    monkeypatch.setattr(database, "read", broken)
    assert people.look(approval).status_code == 503
    assert people.say("approve", approval).status_code == 503
    assert people.gateway.request("GET", "/v1/approvals", people.boss).status_code == 503
    refused = people.gateway.check({"call_id": "c1", "tool": "pay", "args": {}}, people.agent)
    assert (refused.status_code, refused.json()["effect"]) == (503, "deny")
    monkeypatch.undo()

    assert people.say("approve", approval).json()["status"] == "approved"
