"""What is published is in force at every gateway of the store, and nothing else is."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.policy.policies import EMPTY
from app.publishing import bench, checking
from memory.keys import Scope
from memory.records.signer import file_signer
from memory.revisions.verify import kept
from tests.app.publishing.conftest import EDITOR, Publishing
from tests.harness import POLICY, GatewayHarness, pay

OPEN = "policy bank version 1;\nrule a: allow pay;\n"

COPY = (
    "INSERT INTO publications SELECT 3, digest, at, key, content, signature"
    " FROM publications WHERE number = 1"
)


def test_a_draft_decides_once_it_is_published(desk: Publishing) -> None:
    """Nothing is in force before, a draft alone changes nothing, and the act says who did it."""
    assert desk.gateway.check(pay()).json()["reason"] == "no_policy"
    desk.draft("up", bank=OPEN)
    desk.gateway.reload()
    assert desk.gateway.check(pay()).json()["reason"] == "no_policy"

    made = desk.up()
    assert desk.gateway.check(pay()).json()["effect"] == "allow"
    assert (made["number"], made["subject"], made["before"]) == (1, "ada", None)
    assert desk.gateway.gateway.live.current.digest == made["digest"]
    acts = desk.gateway.request("GET", "/v1/acts?what=policy.published").json()["acts"]
    assert [one["about"] for one in acts] == [made["digest"]]
    keys = desk.gateway.request("GET", "/v1/keys").json()["keys"]
    editor = next(one["id"] for one in keys if one["name"] == "editor")
    assert [(one["by"], one["who"], one["subject"]) for one in acts] == [("api_key", editor, "ada")]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"bank": "policy bank version 1;\nrule a: allow"}, "the linter finds errors"),
        ({"bank": OPEN + "# lint: ignore BAR501\nrule b: allow get when args.a == 1;\n"},
         "the linter finds errors"),
        ({"bank": OPEN + 'test "no" { call pay(); expect deny; }\n'}, "tests fail"),
        ({"bank": OPEN, "other": OPEN}, "two policies are named `bank`"),
        ({"bank": "overlay bank version 1;\nrule a: deny pay;\n"}, "there is no policy in it"),
        ({}, "there is no policy in it"),
    ],
)  # fmt: skip
def test_what_is_broken_is_saved_and_never_published(
    desk: Publishing, files: dict[str, str], words: str
) -> None:
    """A mistake, a failing test, names that clash: refused with what it is, and nothing changes."""
    desk.up()
    answer = desk.publish("next", desk.draft("next", **files))

    assert answer.status_code == 422
    assert words in answer.json()["detail"], answer.text
    assert "/tmp" not in answer.text  # noqa: S108 - where the files lay for a moment is nobody's business
    assert desk.current() == 1
    assert desk.gateway.gateway.live.refused is None


def test_what_may_observe_is_said_by_admin_and_not_for_ever(desk: Publishing) -> None:
    """To let a policy observe needs `admin` beside, and a thousand years are refused for all."""
    admin = desk.gateway.new_key([*EDITOR, Scope.ADMIN])
    soon = (desk.gateway.gateway.now() + timedelta(days=2)).date()
    never = soon.replace(year=soon.year + 1000, day=1)
    wanted = ((soon, desk.key, 403), (never, desk.key, 422), (never, admin, 422))
    for until, key, status in (*wanted, (soon, admin, 201), (soon, desk.key, 201)):
        tag = desk.draft("seen", bank=OPEN)
        bound = {"text": f'[[bind]]\npolicy = "bank"\nobserve_until = {until}\n'}
        tag = desk.send("PUT", "/drafts/seen/files/bindings.toml", bound, tag).headers["etag"]
        answer = desk.publish("seen", tag, key=key)
        assert answer.status_code == status, (until, answer.text)
        desk.gateway.reload()


def test_what_observes_already_is_asked_of_what_is_published(
    desk: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that lags behind does not let a policy observe again because it did once."""
    admin = desk.gateway.new_key([*EDITOR, Scope.ADMIN])
    soon = (desk.gateway.gateway.now() + timedelta(days=2)).date()
    bound = {"text": f'[[bind]]\npolicy = "bank"\nobserve_until = {soon}\n'}

    def observing() -> str:
        tag = desk.draft("seen", bank=OPEN)
        path = "/drafts/seen/files/bindings.toml"
        return desk.send("PUT", path, bound, tag).headers["etag"]

    assert desk.publish("seen", observing(), key=admin).status_code == 201
    desk.gateway.reload()

    async def behind() -> None:
        """Take nothing up."""

    monkeypatch.setattr(desk.gateway.gateway.live, "reload", behind)
    assert desk.publish("up", desk.draft("up", bank=OPEN)).status_code == 201
    assert desk.publish("seen", observing()).status_code == 403
    first = desk.send("GET", "/publications").json()["publications"][-1]["digest"]
    back = {"expected": 2, "revision": first}
    assert desk.send("POST", "/publications", back).status_code == 403
    assert desk.send("POST", "/publications", back, key=admin).status_code == 201
    assert desk.publish("seen", observing()).status_code == 201  # it observes already


def test_a_lint_stops_nobody_from_publishing(
    desk: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may only read lints one draft after the other, and others publish meanwhile."""
    tag = desk.draft("up", bank=OPEN)
    goes_on = threading.Event()
    monkeypatch.setattr(bench, "WORK_S", 0.05)
    monkeypatch.setattr(checking, "lint", lambda *_args: goes_on.wait(60))
    try:
        lint = desk.send("POST", "/drafts/up/lint", {})
        monkeypatch.setattr(bench, "WORK_S", 60.0)
        monkeypatch.setattr(bench, "WAIT_S", 0.05)
        published = desk.publish("up", tag, 0)
    finally:
        goes_on.set()
    assert (lint.json()["code"], published.status_code) == ("too_slow", 201)


def test_a_state_that_was_never_read_is_refused_before_anything_is_looked_at(
    desk: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tag of the state that comes next does not let that one in which nobody looked at."""
    tag = desk.draft("up", bank=OPEN)
    ahead = tag.replace(".1", ".2")
    assert ahead != tag

    async def direct(work: Any) -> Any:
        found = work()
        async with desk.gateway.gateway.database.write() as connection:
            await connection.exec_driver_sql("UPDATE drafts SET version = 2")
        return found

    monkeypatch.setattr(desk.gateway.gateway.desk, "publishing", direct)
    assert (desk.publish("up", ahead, 0).status_code, desk.current()) == (412, 0)


def test_of_two_publishers_one_wins(desk: Publishing) -> None:
    """Whoever expected another publication is told, and no publication is lost or stands twice."""
    tags = {name: desk.draft(name, bank=OPEN + f"# {name}\n") for name in ("a", "b", "c")}
    client = desk.gateway

    async def both() -> list[int]:
        headers = {"Authorization": f"Bearer {desk.key}"}
        sent = [
            client._client.post(  # at the same time, which `request` cannot
                f"/v1/drafts/{name}/publish",
                json={"expected": 0},
                headers={**headers, "If-Match": tag},
            )
            for name, tag in tags.items()
        ]
        return sorted(one.status_code for one in await asyncio.gather(*sent))

    assert client.run(both()) == [201, 409, 409]
    assert desk.current() == 1
    assert desk.publish("b", tags["b"], expected=7).json()["code"] == "overtaken"


def test_a_draft_that_changed_meanwhile_is_not_published(desk: Publishing) -> None:
    """The state that was looked at is the one that is published."""
    old = desk.draft("up", bank=OPEN)
    new = desk.draft("up", bank=OPEN + "rule b: allow erase;\n")

    assert (desk.publish("up", old).status_code, desk.current()) == (412, 0)
    assert desk.publish("up", new).status_code == 201


def test_rolling_back_publishes_again(desk: Publishing) -> None:
    """The old revision is a new publication; what was never published is none to go back to."""
    first = desk.up(OPEN)
    second = desk.up(POLICY)
    assert second["before"] == first["digest"]
    body = {"expected": 2, "revision": first["digest"], "note": "it denied too much"}
    back = desk.send("POST", "/publications", body).json()["publication"]
    desk.gateway.reload()

    assert (back["number"], back["digest"]) == (3, first["digest"])
    assert (back["kind"], back["before"]) == ("rolled_back", second["digest"])
    assert desk.gateway.gateway.live.current.digest == first["digest"]
    seen = desk.send("GET", "/publications?limit=2").json()
    assert [one["number"] for one in seen["publications"]] == [3, 2]
    rest = desk.send("GET", f"/publications?cursor={seen['next']}").json()
    assert ([one["number"] for one in rest["publications"]], rest["next"]) == ([1], None)
    never = desk.send(
        "POST", "/publications", {**body, "expected": 3, "revision": "sha256:" + "0" * 64}
    )
    assert never.status_code == 404
    acts = desk.gateway.request("GET", "/v1/acts?what=policy.rolled_back").json()["acts"]
    assert acts[0]["details"]["note"] == "it denied too much"


def test_the_empty_revision_was_never_published(desk: Publishing) -> None:
    """A gateway that began without policies kept that; nobody brings it back as if it was."""
    desk.up()
    empty = EMPTY.digest
    answer = desk.send("POST", "/publications", {"expected": 1, "revision": empty})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_publishable")


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE revisions SET content = replace(content, '<= 100', '<= 1000')",
        "UPDATE revisions SET signature = 'AAAA'",
        "UPDATE revisions SET key = 'ed25519:0'",
        "UPDATE publications SET signature = 'AAAA'",
        "UPDATE publications SET number = 9 WHERE number = 2",
        "UPDATE publications SET digest = (SELECT digest FROM publications WHERE number = 1)",
        "UPDATE publications SET content = replace(content, 'ada', 'eve')",
        "UPDATE publications SET content = 'x' WHERE number = 2",
        "DELETE FROM publications WHERE number = 2",
        "DELETE FROM revisions",
        COPY,
    ],
)
def test_what_somebody_wrote_into_the_store_is_never_taken_up(desk: Publishing, harm: str) -> None:
    """Every change by hand leaves the policies in force as they are, and is told of."""
    desk.up(OPEN)
    desk.up(POLICY)
    before = desk.gateway.gateway.live.current
    desk.store(harm)
    desk.gateway.reload()

    assert desk.gateway.gateway.live.current is before
    assert desk.gateway.request("GET", "/readyz").json()["refused"] is True
    assert flaws(desk), "`drawbar revisions verify` says what it is"


def test_a_sound_store_has_no_flaws(desk: Publishing) -> None:
    """What was published and rolled back as it should be is found to be so."""
    first = desk.up(OPEN)
    desk.up(POLICY)
    desk.send("POST", "/publications", {"expected": 2, "revision": first["digest"]})
    assert (flaws(desk), desk.current()) == ([], 3)


def flaws(desk: Publishing) -> list[tuple[str, str]]:
    """Verify the store as `drawbar revisions verify` does."""
    gateway = desk.gateway.gateway

    async def work() -> list[tuple[str, str]]:
        async with gateway.database.read() as connection:
            return (await kept(connection, gateway.desk.published.keys))[1]

    return desk.gateway.run(work())


def test_who_starts_on_a_changed_store_denies(desk: Publishing, tmp_path: Path) -> None:
    """A gateway that finds what it cannot trust has no policy; publishing again mends it."""
    desk.up(POLICY)
    desk.store("UPDATE publications SET signature = 'AAAA'")
    desk.gateway.close()
    again = Publishing(GatewayHarness(tmp_path, None, policy_source="store"))
    try:
        assert again.gateway.check(pay()).json()["reason"] == "no_policy"
        again.up(POLICY + "# again\n")
        assert again.gateway.check(pay()).json()["effect"] == "allow"
    finally:
        desk.gateway = again.gateway


def test_only_keys_that_are_trusted_count(tmp_path: Path) -> None:
    """With `policy_keys`, what another key signed is not taken up, and none is made with it."""
    other = tmp_path / "other"
    other.mkdir()
    file_signer(other)
    harness = GatewayHarness(
        tmp_path, None, policy_source="store", policy_keys=(other / "audit.pub",)
    )
    try:
        desk = Publishing(harness)
        answer = desk.publish("up", desk.draft("up", bank=OPEN))
        assert (answer.status_code, answer.json()["code"]) == (409, "key_not_trusted")
    finally:
        harness.close()


def test_a_gateway_with_a_folder_publishes_nothing(gateway: GatewayHarness) -> None:
    """Nobody would take it up; drafts may be written there all the same."""
    desk = Publishing(gateway)
    answer = desk.publish("up", desk.draft("up", bank=OPEN))
    assert (answer.status_code, answer.json()["code"]) == (409, "not_from_store")


def test_publishing_needs_its_scope_and_the_operator(desk: Publishing) -> None:
    """All other scopes together do not publish, roll back, confirm or withdraw."""
    rest = [one for one in Scope if one not in (Scope.POLICY_PUBLISH, Scope.FEEDBACK)]
    key = desk.gateway.new_key(rest)
    tag = desk.draft("up", bank=OPEN)
    waits = "pub_" + "0" * 26
    sent: tuple[tuple[str, dict[str, object]], ...] = (
        ("/drafts/up/publish", {"expected": 0}),
        ("/publications", {"expected": 0, "revision": "1:sha256:000000"}),
        (f"/publications/{waits}/confirm", {"digest": "sha256:" + "0" * 64}),
        (f"/publications/{waits}/withdraw", {}),
    )
    for path, body in sent:
        assert desk.send("POST", path, body, tag, key).status_code == 403
        assert desk.send("POST", path, body, tag, "drw_wrong").status_code == 401
    assert desk.current() == 0


def test_a_clock_that_steps_back_changes_no_order(tmp_path: Path) -> None:
    """What counts is the number: a publication from the past follows the one before."""
    desk = Publishing(GatewayHarness(tmp_path, None, policy_source="store"))
    try:
        desk.up(POLICY)
        now = desk.gateway.gateway.now()
        desk.gateway.gateway.now = lambda: now - timedelta(days=400)
        key = desk.gateway.new_key(EDITOR, subject="ada")
        desk.key = key
        made = desk.up(OPEN)
        assert made["number"] == 2
        assert desk.gateway.gateway.live.current.digest == made["digest"]
    finally:
        desk.gateway.close()


def test_a_check_that_takes_too_long_is_given_up(
    desk: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publishing answers 503, and nothing else is looked at before the first look has ended."""
    tag = desk.draft("up", bank=OPEN)
    goes_on = threading.Event()
    monkeypatch.setattr(bench, "WORK_S", 0.05)
    monkeypatch.setattr(bench, "WAIT_S", 0.05)
    monkeypatch.setattr(checking, "fit", lambda *_args: goes_on.wait(60))
    codes = [desk.publish("up", tag, 0).json()["code"] for _ in range(2)]
    goes_on.set()

    assert codes == ["too_slow", "busy"]
    assert desk.current() == 0


def test_a_store_that_is_gone_publishes_nothing(desk: Publishing) -> None:
    """503, and what was in force stays."""
    desk.up()
    tag = desk.draft("up", bank=OPEN)
    desk.store("ALTER TABLE publications RENAME TO gone")
    answer = desk.publish("up", tag, 1)
    desk.gateway.reload()
    desk.store("ALTER TABLE gone RENAME TO publications")

    assert answer.status_code == 503
    assert desk.gateway.check(pay()).json()["effect"] == "allow"
    assert desk.current() == 1
