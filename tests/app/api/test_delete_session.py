"""A session that was deleted is over for good, and what was said in it is gone; counters stay."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from memory.keys import Scope
from memory.sessions.sealed import SealedByVault
from memory.tables import evidence, session_events
from tests.harness import ALL_SCOPES, GatewayHarness

POLICY = """\
policy bank version 1;
source read as trusted;
rule pays: allow pay, read, wire;
rule day: deny pay when count(pay within 1d per subject) >= 2;
rule total: deny wire when sum(pay: past.args.amount within 1d per agent) >= 10;
rule tenant: deny wire when last(read within 1d per tenant).result.secret? == "pass";
"""
SECRET = "C01-X00-T47"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path, POLICY)
    opened.key = opened.new_key(ALL_SCOPES, subject="ada", agent="a")
    yield opened
    opened.close()


def check(gateway: GatewayHarness, tool: str, call_id: str, session: str = "s1") -> Any:
    body = {"call_id": call_id, "tool": tool, "args": {"amount": 5}, "session": session}
    return gateway.check(body)


def observe(gateway: GatewayHarness, *events: Any, session: str = "s1") -> Any:
    body = {"session": session, "events": list(events)}
    return gateway.request("POST", "/v1/observe", json=body)


def fill(gateway: GatewayHarness) -> None:
    """Let a session say, pay, read and be narrowed."""
    observe(gateway, {"type": "user", "id": "u1", "text": f"my secret is {SECRET}"})
    for name in ("p1", "p2"):
        assert check(gateway, "pay", name).json()["effect"] == "allow"
    assert check(gateway, "read", "r1").json()["effect"] == "allow"
    result = {"type": "result", "id": "e1", "call_id": "r1", "result": {"secret": SECRET}}
    assert observe(gateway, result).json()["events"][0]["effect"] == "allow"
    text = "overlay task version 1; rule t: deny x;"
    assert gateway.request("PUT", "/v1/sessions/s1/overlay", json={"text": text}).status_code == 200


def delete(gateway: GatewayHarness, name: str = "s1", key: str | None = None) -> int:
    return int(gateway.request("DELETE", f"/v1/sessions/{name}", key).status_code)


def test_its_name_is_refused_for_good(gateway: GatewayHarness) -> None:
    """410 on any use, in the words of a deny; also after a restart, and however often deleted."""
    fill(gateway)

    assert [delete(gateway), delete(gateway)] == [204, 204]

    asked = check(gateway, "pay", "p9")
    assert (asked.status_code, asked.json()["effect"]) == (410, "deny")
    assert asked.json()["code"] == "session_deleted"
    assert check(gateway, "pay", "p1").status_code == 410
    user = {"type": "user", "id": "u9", "text": "hello"}
    text = "overlay task version 1; rule t: deny x;"
    for used in (
        observe(gateway, user),
        gateway.request("GET", "/v1/sessions/s1"),
        gateway.request("POST", "/v1/sessions", json={"session": "s1"}),
        gateway.request("PUT", "/v1/sessions/s1/overlay", json={"text": text}),
    ):
        assert used.status_code == 410
    assert delete(gateway) == 204


def test_it_takes_the_scope_admin_and_a_session(gateway: GatewayHarness) -> None:
    """Nobody else ends a session; one that never was is not found, and its name stays free."""
    fill(gateway)
    others = [scope for scope in ALL_SCOPES if scope is not Scope.ADMIN]

    assert delete(gateway, key=gateway.new_key(others, subject="ada", agent="a")) == 403
    assert delete(gateway, "nobody") == 404
    assert check(gateway, "read", "r1", "nobody").json()["effect"] == "allow"
    assert delete(gateway, key=gateway.new_key([Scope.ADMIN])) == 204
    eve = gateway.new_key(ALL_SCOPES, subject="eve")
    body = {"call_id": "x", "tool": "read", "args": {}, "session": "s1"}
    assert gateway.check(body, eve).status_code == 403


def test_what_counts_beyond_it_stays(gateway: GatewayHarness) -> None:
    """Limits per subject, agent and tenant are what they were: nobody gets free by deleting."""
    fill(gateway)
    before = [check(gateway, tool, tool, "s2").json()["reasons"][0] for tool in ("pay", "wire")]
    assert [one["rule"] for one in before] == ["day", "total"]
    delete(gateway)

    def still(asked: GatewayHarness) -> None:
        told = [check(asked, tool, tool, "s2").json()["reasons"][0] for tool in ("pay", "wire")]
        assert told == before

    still(gateway)
    again = _again(gateway)
    still(again)
    again.close()


def test_a_result_that_is_gone_is_unknown_and_not_absent(gateway: GatewayHarness) -> None:
    """A refusal that rests on a destroyed result applies by unknown, also with a `?`."""
    assert check(gateway, "read", "r1").json()["effect"] == "allow"
    result = {"type": "result", "id": "e1", "call_id": "r1", "result": {"secret": "pass"}}
    observe(gateway, result)
    assert check(gateway, "wire", "w1", "s2").json()["reasons"][0]["by"] == "true"
    delete(gateway)

    def unknown(asked: GatewayHarness) -> None:
        denied = check(asked, "wire", "w1", "s2").json()
        first = denied["reasons"][0]
        assert (denied["effect"], first["rule"], first["by"]) == ("deny", "tenant", "unknown")

    unknown(gateway)
    again = _again(gateway)
    unknown(again)
    again.close()


def test_what_was_said_and_given_back_is_destroyed(gateway: GatewayHarness) -> None:
    """No row is left that holds words of the user, a result or a rule, sealed or not."""
    fill(gateway)
    check(gateway, "read", "r2", "s2")
    rows = _rows(gateway)
    assert {"said", "narrowed", "came"} <= {one["kind"] for one in rows}

    delete(gateway)

    left = {one["id"]: one for one in _rows(gateway)}
    assert {one["kind"] for one in left.values()} == {"let", "came", "closed"}
    sealed = gateway.gateway.sessions._sealed
    came, paid = gateway.run(sealed.events([left["e1"], left["let p1"]]))
    assert dict(came.body) == {"call_id": "r1", "failed": False}
    assert dict(paid.body) == {
        "call_id": "p1",
        "server": None,
        "tool": "pay",
        "args": {"amount": 5},
    }
    assert _kinds_of_evidence(gateway) <= {"arguments", "facts"}


def test_no_call_goes_through_once_the_answer_is_given(gateway: GatewayHarness) -> None:
    """Asked and deleted at once: whatever is answered after the deletion is no allow."""
    order: list[tuple[str, Any]] = []

    async def ask(number: int) -> None:
        body = {"call_id": f"c{number}", "tool": "read", "args": {}, "session": "s1"}
        answer = await gateway._client.post(
            "/v1/check", json=body, headers={"Authorization": f"Bearer {gateway.key}"}
        )
        order.append(("check", answer.json()["effect"]))

    async def end() -> None:
        await asyncio.sleep(0.02)
        path, headers = "/v1/sessions/s1", {"Authorization": f"Bearer {gateway.key}"}
        answer = await gateway._client.delete(path, headers=headers)
        order.append(("delete", answer.status_code))

    async def both() -> None:
        await ask(999)
        await asyncio.gather(end(), *(ask(number) for number in range(40)))

    gateway.run(both())
    at = order.index(("delete", 204))
    assert "allow" in {effect for _, effect in order[:at]}
    assert {effect for _, effect in order[at + 1 :]} <= {"deny"}


def _again(gateway: GatewayHarness) -> GatewayHarness:
    """Return the same gateway after a restart."""
    folder, key = gateway.policies.parent, gateway.key
    gateway.run(gateway.gateway.close())
    again = GatewayHarness(folder, None)
    again.key = key
    return again


def _rows(gateway: GatewayHarness) -> list[Any]:
    async def work() -> list[Any]:
        query = select(session_events).where(session_events.c.session == "s1")
        async with gateway.gateway.database.read() as connection:
            return list((await connection.execute(query)).mappings())

    return gateway.run(work())


def _kinds_of_evidence(gateway: GatewayHarness) -> set[str]:
    async def work() -> set[str]:
        query = select(evidence.c.kind).where(evidence.c.session == "s1")
        async with gateway.gateway.database.read() as connection:
            return set((await connection.execute(query)).scalars())

    return gateway.run(work())


def test_a_session_whose_words_nobody_can_open_is_deleted_too(gateway: GatewayHarness) -> None:
    """Where the subject's key was destroyed, what is left tells of calls alone, and stays so."""
    fill(gateway)
    sealed = gateway.gateway.sessions._sealed
    assert isinstance(sealed, SealedByVault)
    vault = sealed._vault
    gateway.run(vault.destroy("default", "ada", who="test", note="asked to"))
    gateway.gateway.sessions.forget()

    assert [delete(gateway), delete(gateway)] == [204, 204]

    assert check(gateway, "pay", "p9").status_code == 410
    assert {one["kind"] for one in _rows(gateway)} == {"let", "closed"}
    assert check(gateway, "pay", "q1", "s2").json()["effect"] == "deny"
