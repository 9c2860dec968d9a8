"""Laws of freezes at a sidecar: what its gateway froze is frozen there, and no bundle undoes it."""

import asyncio
import errno
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from app.approvals.waiting import settle_and_wait
from app.auth import Caller
from app.bundles import heard
from app.bundles.bundle import BundleFault
from app.bundles.interventions import Frozen
from app.cli.main import cli
from app.deciding.question import Question
from app.engine import Terms
from app.sources import bundle as source
from dsl.model import Decision, Effect, ReasonCode, Subject, ToolCall
from memory.announcing.listening import Announcements
from memory.freezes.store import Kind, Whom
from memory.keys import Scope
from memory.records.act import os_user
from memory.revisions.revision import File, Texts
from tests.app.bundles.making import content, forged
from tests.app.seats.passing import caller
from tests.app.sidecar.beside import STRICT, raw
from tests.app.sidecar.fleet import Fleet
from tests.harness import GatewayHarness, pay

BOT: dict[str, Any] = {"agent": {"id": "bot"}}


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    found = Fleet(tmp_path)
    yield found
    found.close()


def test_who_is_frozen_at_the_gateway_is_denied_at_the_sidecar(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Agents, subjects and tenants, in the words of the gateway and recorded alike; others go on.

    The policies are not looked at again for it, and a thaw lets all go on.
    """
    monkeypatch.setattr(source, "policies_of", lambda _: pytest.fail("policies were read again"))
    revision = fleet.sidecar.gateway.live.revision
    fleet.freeze(kind="agent", name="bot", reason="went wild")
    fleet.freeze(kind="subject", name="u1")
    fleet.freeze(kind="subject", name="u2", tenant="acme")
    fleet.carry()
    here, there = (one.check(pay(**BOT)).json() for one in (fleet.sidecar, fleet.gateway))
    record, other = fleet.sidecar.records()[0], fleet.gateway.records()[0]
    subjects = [fleet.said(call_id=f"c{one}", subject={"id": f"u{one}"}) for one in (1, 2)]

    assert (here["effect"], here["reason"], here["retryable"]) == ("deny", "frozen", False)
    assert here["message"] == there["message"]
    assert "the agent `bot` is frozen (frz_" in here["message"]
    assert (record.id, record.reason, record.agent) == (here["decision_id"], "frozen", "bot")
    assert record.reasons == other.reasons
    assert subjects == ["deny frozen", "allow rule"]  # u2 is somebody else here
    assert fleet.said(call_id="c4", agent={"id": "bot2"}) == "allow rule"
    assert "drawbar_frozen 3.0" in fleet.sidecar.request("GET", "/metrics").text

    fleet.freeze(kind="tenant", tenant="acme")
    acme = fleet.sidecar.new_key([Scope.CHECK, Scope.ASSERT_SUBJECT], tenant="acme")
    fleet.carry()
    assert fleet.sidecar.check(pay(), acme).json()["reason"] == "frozen"
    fleet.thaw(kind="agent", name="bot")
    fleet.carry()
    assert fleet.said(call_id="c5", **BOT) == "allow rule"
    assert fleet.sidecar.gateway.live.revision == revision


def test_a_bundle_tells_nobodys_name(fleet: Fleet) -> None:
    """A sidecar finds its own callers by a digest; it learns of nobody else, nor why they are."""
    freeze = fleet.freeze(kind="subject", name="carol", tenant="acme", reason="stole")
    glass = fleet.office.broken()
    raw = fleet.carry()
    told, file = raw.decode(), fleet.sidecar.mounted
    shown = CliRunner().invoke(cli, ["bundle", "show", str(file), "--format", "json"])

    assert not [word for word in ("carol", "stole", "acme") if word in told]
    assert (json.loads(shown.stdout)["frozen"], json.loads(shown.stdout)["glass"]) == (
        [freeze],
        [glass],
    )


def test_an_older_bundle_thaws_nobody(fleet: Fleet) -> None:
    """What lacks the freeze is refused as a whole: an earlier bundle, and one made by hand."""
    before = fleet.offered()
    fleet.freeze(kind="agent", name="bot")
    fleet.carry()
    frozen = content(fleet.offered())
    less = forged({**frozen, "frozen": {**frozen["frozen"], "ids": {}}})
    newer_policies = {**content(before), "number": frozen["number"] + 10**6}
    for one, why in (
        (before, "is older than what was heard"),
        (less, "is older than what was heard"),
        (forged(newer_policies), "is older than what was heard"),
        (raw(fleet.sidecar.mounted.parent, 2**52), "does not say who is frozen"),
        (raw(fleet.sidecar.mounted.parent, 2**52, STRICT), "does not say who is frozen"),
    ):
        fleet.sidecar.mount(one)
        fleet.sidecar.until(lambda why=why: why in fleet.sidecar.refused)  # type: ignore[misc]
        assert fleet.said(**BOT) == "deny frozen"
        fleet.carry()
        fleet.sidecar.until(lambda: fleet.sidecar.refused == "")


def _changed(told: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**told, "frozen": {**told["frozen"], **changes}}


def test_a_bundle_whose_freezes_cannot_be_read_is_refused_as_a_whole(fleet: Fleet) -> None:
    """Whatever is odd, missing or more than was agreed: nothing of such a bundle counts."""
    fleet.office.broken()
    told = content(fleet.carry())
    digest = fleet.sidecar.digest
    (glass,) = told["broken"]["glass"]
    named, name = "0" * 64, "frz_" + "0" * 26
    lacks = [{key: told[key] for key in told if key != one} for one in ("frozen", "broken")]
    odd = (
        *lacks,
        _changed(told, ids={"x": name}),
        _changed(told, ids={named: "frz"}),
        _changed(told, ids={named: 1}),
        _changed(told, ids=[named]),
        _changed(told, number=-1),
        _changed(told, number=2**60),
        _changed(told, number="1"),
        _changed(told, more=1),
        {**told, "format": 1},
        {**told, "format": 3},
        {**told, "broken": {**told["broken"], "glass": [{**glass, "until": "2026-01-01"}]}},
        {**told, "broken": {**told["broken"], "glass": [{**glass, "more": 1}]}},
    )
    for number, one in enumerate(odd, told["number"] + 1):
        refused = fleet.sidecar.gateway.metrics.bundles.labels("refused")
        before = refused._value.get()
        fleet.sidecar.mount(forged({**one, "number": number}))
        fleet.sidecar.until(lambda: refused._value.get() > before)  # noqa: B023 - awaited here
        assert fleet.sidecar.digest == digest, one
    assert "format" in fleet.sidecar.refused or "read" in fleet.sidecar.refused


def test_frozen_stays_frozen_over_a_restart_and_without_the_gateway(fleet: Fleet) -> None:
    """With nobody to ask, a sidecar that starts anew knows what it heard last, however old."""
    earlier = fleet.offered()
    fleet.freeze(kind="agent", name="bot")
    fleet.carry()
    fleet.restart()
    assert fleet.said(**BOT) == "deny frozen"
    assert fleet.said(call_id="c2") == "allow rule"
    fleet.sidecar.later(10_000)
    assert fleet.said(call_id="c3", **BOT) == "deny frozen"
    assert fleet.said(call_id="c4") == "deny stale_policy"
    fleet.restart(earlier)
    fleet.sidecar.until(lambda: "is older than what was heard" in fleet.sidecar.refused)
    assert fleet.said(call_id="c5", **BOT) == "deny frozen"


def test_a_freeze_holds_though_its_policies_are_refused(fleet: Fleet) -> None:
    """Who is frozen does not go on because a policy cannot be used here, nor after a restart."""
    fleet.freeze(kind="agent", name="bot")
    told = content(fleet.offered())
    text = told["files"][0]["text"].replace("policy bank", "policy bank nonsense")
    files = [{**told["files"][0], "text": text}, *told["files"][1:]]
    one = {**told, "number": told["number"] + 1, "files": files}
    one["digest"] = _digest(one)
    fleet.sidecar.mount(forged(one))
    fleet.sidecar.until(lambda: "cannot be used" in fleet.sidecar.refused)
    digest = fleet.sidecar.digest
    assert fleet.said(**BOT) == "deny frozen"
    fleet.restart()
    assert (fleet.said(call_id="c2", **BOT), fleet.said(call_id="c3")) == (
        "deny frozen",
        "allow rule",
    )
    assert fleet.sidecar.digest == digest


def _digest(told: dict[str, Any]) -> str:
    files = tuple(File(one["name"], one["text"]) for one in told["files"])
    return Texts(files, tuple(told["order"]), told["bindings"]).digest()


def test_a_clock_that_is_wrong_does_not_hold_a_freeze_back(fleet: Fleet) -> None:
    """A bundle from the future, or past its end, brings no policies; who is frozen is frozen."""
    fleet.sidecar.later(-290)
    fleet.office.wait(seconds=30)
    fleet.gateway.write("bank.bar", STRICT)
    fleet.gateway.reload()
    fleet.freeze(kind="agent", name="bot")
    fleet.sidecar.mount(fleet.offered())
    fleet.sidecar.until(lambda: "from the future" in fleet.sidecar.refused)
    assert fleet.said(**BOT) == "deny frozen"
    assert fleet.said(call_id="c2") == "allow rule"


def test_what_was_heard_and_cannot_be_read_lets_nobody_through(fleet: Fleet) -> None:
    """A file of what was heard that somebody changed may have named whoever calls now."""
    fleet.freeze(kind="agent", name="bot")
    fleet.carry()
    kept = fleet.sidecar.settings.data / heard.FILE
    kept.write_bytes(kept.read_bytes()[:-50] + b"x" * 50)
    fleet.restart()
    assert fleet.said(**BOT) == "deny no_policy"


def test_a_disk_that_is_full_or_fails_lets_nobody_through(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A freeze counts though it cannot be kept; while what was cannot be read, nobody passes."""
    fleet.freeze(kind="subject", name="u1")
    fleet.carry()
    with monkeypatch.context() as full:
        full.setattr(heard, "put_file", _full)
        fleet.freeze(kind="agent", name="bot")
        fleet.carry()
        assert fleet.said(**BOT) == "deny frozen"
        fleet.until_kept()

    opened, hindered = Path.open, True

    def open_(path: Path, *args: Any, **told: Any) -> Any:
        if hindered and path.name == heard.FILE:
            raise OSError(errno.EIO, "input/output error")
        return opened(path, *args, **told)

    monkeypatch.setattr(Path, "open", open_)
    fleet.restart()
    assert fleet.said(call_id="c2") == "deny no_policy"
    hindered = False
    fleet.sidecar.until(lambda: fleet.sidecar.gateway.live.revision is not None)
    assert fleet.said(call_id="c3", subject={"id": "u1"}) == "deny frozen"
    assert fleet.said(call_id="c4", **BOT) == "deny frozen"  # as the bundle that was taken up says


def _full(*_: object) -> None:
    raise BundleFault("no space left on device")


def test_a_kept_bundle_that_cannot_be_used_undoes_no_freeze(fleet: Fleet) -> None:
    """Without policies nothing is allowed, and what comes next must know who is frozen."""
    before = fleet.offered()
    fleet.freeze(kind="agent", name="bot")
    fleet.carry()
    kept = fleet.until_kept()
    kept.write_bytes(kept.read_bytes()[:-50] + b"x" * 50)
    fleet.restart(before)
    assert (fleet.said(**BOT), fleet.said(call_id="c2")) == ("deny frozen", "deny no_policy")
    assert "is older than what was heard" in fleet.sidecar.refused


def test_a_freeze_that_comes_while_a_call_waits_for_people_holds(fleet: Fleet) -> None:
    """It is looked at again where an allow leaves: they said yes, and the agent gets nothing."""
    sidecar, key = fleet.sidecar, caller(fleet.sidecar)
    call = ToolCall("c1", "pay", {"amount": 500}, None, Subject("u"), "bot")
    question = Question(call, Caller(key), "http", 50.0, Terms(wait_s=40))
    boss = sidecar.new_key([Scope.APPROVE], subject="boss")
    fleet.freeze(kind="agent", name="bot")

    async def stays() -> bool:
        return False

    async def held() -> Decision:
        waiting = asyncio.create_task(settle_and_wait(sidecar.gateway, question, stays))
        bearer = {"Authorization": f"Bearer {boss}"}
        async with asyncio.timeout(60):
            while not (found := await _waits(sidecar, bearer)):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.05)
            sidecar.mount(raw)
            while not (sidecar.gateway.freezing.carried() or nobody).ids:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        path = f"/v1/approvals/{found}/approve"
        said = await sidecar._client.post(path, json={}, headers=bearer)
        assert said.status_code == 200
        return await waiting

    raw, nobody = fleet.offered(), Frozen(0, {})
    decision = sidecar.run(held())
    assert (decision.effect, decision.verdict.code) == (Effect.DENY, ReasonCode.FROZEN)


async def _waits(sidecar: GatewayHarness, bearer: dict[str, str]) -> str | None:
    answer = await sidecar._client.get("/v1/approvals", headers=bearer)
    found = answer.json()["approvals"]
    return found[0]["id"] if found else None


def test_a_gateway_that_does_not_know_who_is_frozen_offers_no_bundle(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a sidecar would take what it has for the newest; it goes on with that for a while."""

    async def gone(_self: Announcements) -> None:
        raise OperationalError("select", None, Exception("gone"))

    answer = fleet.gateway.request("GET", "/v1/bundle")
    tag = {"If-None-Match": answer.headers["etag"]}
    with monkeypatch.context() as patched:
        patched.setattr(Announcements, "silent_s", lambda _self: 11.0)
        patched.setattr(Announcements, "look", gone)
        unknown = fleet.gateway.request("GET", "/v1/bundle", headers=tag)

    assert unknown.status_code == 503
    assert fleet.gateway.request("GET", "/v1/bundle", headers=tag).status_code == 304


def test_an_own_freeze_of_the_sidecar_holds_beside_those_of_the_gateway(fleet: Fleet) -> None:
    """`drawbar freeze` on a sidecar's folder works as ever, whoever else is thawed elsewhere."""
    gateway = fleet.sidecar.gateway
    whom = Whom("default", Kind.AGENT, "bot")
    fleet.sidecar.run(gateway.freezes.freeze(whom, "", gateway.now(), os_user()))
    fleet.sidecar.run(gateway.freezing.read())
    fleet.freeze(kind="agent", name="bot")
    fleet.carry()
    assert fleet.said(**BOT) == "deny frozen"
    fleet.thaw(kind="agent", name="bot")
    fleet.carry()
    assert fleet.said(call_id="c2", **BOT) == "deny frozen"
