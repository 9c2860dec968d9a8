"""With `four_eyes`, what one person publishes is in force once another confirmed exactly that."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from app.cli import reaching
from app.cli.main import cli
from memory.keys import Scope
from memory.tables import proposals
from tests.app.glass.breaking import InProcess
from tests.app.publishing.conftest import EDITOR, Publishing
from tests.harness import POLICY, GatewayHarness

OPEN = "policy bank version 1;\nrule a: allow pay;\n"


class Two(Publishing):
    """Ada writes and proposes, Bob may confirm, Eve wrote something before."""

    def __init__(self, gateway: GatewayHarness) -> None:
        super().__init__(gateway)
        self.ada_too = gateway.new_key(EDITOR, name="ada's other key", subject="ada")
        self.bob = gateway.new_key(EDITOR, name="bob", subject="bob")
        self.eve = gateway.new_key(EDITOR, name="eve", subject="eve")

    def propose(self, text: str = OPEN, writer: str | None = None) -> Any:
        answer = self.publish("up", self.draft("up", key=writer, bank=text))
        assert answer.status_code == 202, answer.text
        assert answer.json()["publication"] is None
        return answer.json()["proposal"]

    def confirm(self, made: Any, key: str, digest: str | None = None) -> tuple[int, str]:
        body = {"digest": digest or made["digest"]}
        answer = self.send("POST", f"/publications/{made['id']}/confirm", body, key=key)
        return answer.status_code, answer.json().get("code", "")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(GatewayHarness(tmp_path, None, policy_source="store", four_eyes=True))
    yield made
    made.gateway.close()


def test_it_takes_another_person(two: Two) -> None:
    """Neither another key of the same person nor who wrote the draft last; and not twice."""
    made = two.propose(writer=two.eve)
    assert (made["subject"], made["author"], two.current()) == ("ada", "eve", 0)
    for key in (two.key, two.ada_too, two.eve):
        assert two.confirm(made, key) == (403, "another_person")
    assert two.current() == 0
    assert two.confirm(made, two.bob)[0] == 201
    assert two.confirm(made, two.bob)[0] == 404
    (publication,) = two.send("GET", "/publications").json()["publications"]
    assert (publication["subject"], publication["confirmed_subject"]) == ("ada", "bob")
    two.gateway.reload()
    assert two.gateway.gateway.live.current.digest == made["digest"]
    acts = two.gateway.request("GET", "/v1/acts").json()["acts"]
    assert {"policy.proposed", "policy.published"} <= {one["what"] for one in acts}


def test_what_is_confirmed_is_what_was_seen(two: Two) -> None:
    """Another digest, a draft that goes on, a row changed by hand: nothing else gets in."""
    made = two.propose()
    assert two.confirm(made, two.bob, "sha256:" + "0" * 64) == (409, "other_digest")
    two.draft("up", key=two.eve, bank=POLICY)  # it is another draft now, and not what waits
    for harm in (
        "UPDATE proposals SET revision = replace(revision, 'allow pay', 'allow *')",
        "UPDATE proposals SET digest = 'sha256:1'",
    ):
        two.store(harm)
        assert two.confirm(made, two.bob)[0] in {404, 409}
    assert two.current() == 0


def test_the_second_person_sees_what_was_proposed(two: Two) -> None:
    """All of it word by word and what it changes, whatever becomes of the draft meanwhile."""
    made = two.propose()
    two.draft("up", key=two.eve, bank=POLICY)

    def look(key: str = two.bob) -> Any:
        return two.send("GET", f"/publications/proposals/{made['id']}", key=key)

    seen = look().json()
    assert {name: seen[name] for name in made} == made
    assert seen["files"] == [{"name": "bank.bar", "text": OPEN}]
    assert (seen["against"], "+rule a: allow pay;" in seen["diff"]) == (None, True)
    assert look(two.gateway.new_key([Scope.CHECK])).status_code == 403
    assert two.confirm(made, two.bob)[0] == 201
    assert look().status_code == 404  # it waits no more

    made = two.propose(POLICY)
    assert (
        look().json()["against"]
        == two.send("GET", "/publications").json()["publications"][0]["digest"]
    )
    assert "-rule a: allow pay;" in look().json()["diff"]
    two.store("UPDATE proposals SET revision = replace(revision, 'allow pay', 'allow *')")
    assert look().status_code == 409  # changed by hand, it is not shown as if it were signed


def test_two_people_publish_from_the_command_line(
    two: Two, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One pushes, the other reviews, confirms or withdraws; each command says the next."""
    monkeypatch.setattr(reaching, "Api", lambda _url, key: InProcess(two.gateway, key))
    (tmp_path / "drafted").mkdir()
    (tmp_path / "drafted" / "bank.bar").write_text(OPEN, "utf-8")

    def run(key: str, *words: str) -> Result:
        return CliRunner().invoke(cli, ["policy", *words], env={"DRAWBAR_KEY": key})

    said = run(two.key, "push", str(tmp_path / "drafted"), "--publish", "--note", "first").stdout
    _, name, digest = said.rpartition("drawbar policy ")[2].split()
    assert f"drawbar policy review {name}" in said
    assert f"{name}  {digest}  published by ada" in run(two.bob, "list").stdout
    reviewed = run(two.bob, "review", name)
    assert (reviewed.exit_code, "+rule a: allow pay;" in reviewed.stdout) == (3, True)
    assert digest in reviewed.stdout
    assert json.loads(run(two.bob, "review", name, "--format", "json").stdout)["digest"] == digest
    refused = run(two.key, "confirm", name, digest)
    assert "cannot confirm it" in str(refused.exception)
    assert "publication 1" in run(two.bob, "confirm", name, digest).stdout
    assert "published by ada and bob: first" in run(two.bob, "list").stdout

    again = run(two.bob, "rollback", digest).stdout
    _, name, _ = again.rpartition("drawbar policy ")[2].split()
    assert run(two.bob, "review", name).exit_code == 0  # no word differs
    assert run(two.key, "withdraw", name).stdout == f"{name} is withdrawn\n"
    assert "nothing waits under this name" in str(run(two.key, "confirm", name, digest).exception)


def test_what_was_overtaken_is_proposed_again(two: Two) -> None:
    """A second proposal for the same place is worth nothing once the first is in force."""
    first, second = two.propose(OPEN), two.propose(POLICY)
    assert two.confirm(first, two.bob)[0] == 201
    assert two.confirm(second, two.bob) == (409, "overtaken")
    assert two.current() == 1


def test_rolling_back_waits_too(two: Two) -> None:
    """An older revision may allow more; so it takes two as well."""
    made = two.propose(OPEN)
    two.confirm(made, two.bob)
    two.confirm(two.propose(POLICY), two.bob)
    two.gateway.reload()
    body = {"expected": 2, "revision": made["digest"]}
    answer = two.send("POST", "/publications", body)
    assert (answer.status_code, two.current()) == (202, 2)
    proposal = answer.json()["proposal"]
    assert two.confirm(proposal, two.key) == (403, "another_person")
    assert two.confirm(proposal, two.bob)[0] == 201
    assert two.send("GET", "/publications").json()["publications"][0]["kind"] == "rolled_back"


def test_what_waits_is_listed_withdrawn_and_over_after_a_while(two: Two) -> None:
    """A proposal that nobody confirmed in a week is none."""
    first, second = two.propose(OPEN), two.propose(POLICY)
    waits = two.send("GET", "/publications/proposals").json()["proposals"]
    assert [one["id"] for one in waits] == [second["id"], first["id"]]
    gone = two.send("POST", f"/publications/{first['id']}/withdraw", {}, key=two.bob)
    assert gone.status_code == 204
    assert two.confirm(first, two.bob)[0] == 404
    two.store("UPDATE proposals SET at = '2020-01-01 00:00:00.000000'")
    assert two.send("GET", "/publications/proposals").json()["proposals"] == []
    assert two.confirm(second, two.bob)[0] == 404


def test_confirming_alone_is_not_enough(two: Two) -> None:
    """Who confirms needs the scope to publish."""
    made = two.propose()
    rest = [one for one in Scope if one not in (Scope.POLICY_PUBLISH, Scope.FEEDBACK)]
    assert two.confirm(made, two.gateway.new_key(rest, subject="bob")) == (403, "missing_scope")


def test_the_texts_of_what_ended_are_kept_no_longer(two: Two) -> None:
    """What was published is kept as a revision, and what was withdrawn is nobody's concern."""
    first, second = two.propose(), two.propose()
    withdrawn = two.send("POST", f"/publications/{second['id']}/withdraw", {})
    assert withdrawn.is_success
    assert two.confirm(first, two.bob)[0] == 201

    async def kept() -> list[str]:
        async with two.gateway.gateway.database.read() as connection:
            return list((await connection.execute(select(proposals.c.revision))).scalars())

    assert two.gateway.run(kept()) == ["", ""]
