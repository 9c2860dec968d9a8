"""A request that carries `Idempotency-Key` is done once."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from memory.idempotency.answers import KEPT, Place
from memory.keys import Scope
from memory.tables import idempotency
from tests.harness import GatewayHarness, pay

OPEN = "/v1/sessions"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHarness]:
    harness = GatewayHarness(tmp_path_factory.mktemp("idempotency"))
    yield harness
    harness.close()


def post(
    gateway: GatewayHarness, name: str, body: Any, path: str = OPEN, key: str | None = None
) -> httpx.Response:
    return gateway.request("POST", path, key, json=body, headers={"Idempotency-Key": name})


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_request_sent_again_is_answered_alike_and_done_once(gateway: GatewayHarness) -> None:
    """The same key and body give the same answer, though the gateway would choose another name."""
    first, again = post(gateway, "a1", {}), post(gateway, "a1", {})

    assert again.content == first.content
    assert again.status_code == first.status_code == 200
    assert "drawbar-replayed" not in first.headers
    assert again.headers["drawbar-replayed"] == "true"
    assert post(gateway, '"a1"', {}).content == first.content
    assert post(gateway, "a2", {}).json()["session"] != first.json()["session"]


def test_a_key_belongs_to_one_request(gateway: GatewayHarness) -> None:
    """Another body or another path is refused, and nothing of it is done."""
    post(gateway, "b1", {"session": "b"})

    assert code(post(gateway, "b1", {"session": "bb"})) == (422, "idempotency_key_reused")
    other = post(gateway, "b1", {"session": "b"}, "/v1/freezes")
    assert code(other) == (422, "idempotency_key_reused")
    assert gateway.request("GET", "/v1/sessions/bb").status_code == 404


def test_another_api_key_and_another_tenant_have_names_of_their_own(
    gateway: GatewayHarness,
) -> None:
    """What one caller names is nobody else's, and no answer to it is ever theirs."""
    scopes = (Scope.ASSERT_SESSION, Scope.CHECK)
    mine = post(gateway, "c1", {}).json()
    others = [gateway.new_key(scopes), gateway.new_key(scopes, tenant="acme")]

    for key in others:
        answer = post(gateway, "c1", {}, key=key)
        assert answer.status_code == 200
        assert answer.json()["session"] != mine["session"]


def test_an_answer_with_a_secret_is_never_shown_again(gateway: GatewayHarness) -> None:
    """A key is made once; the answer to the second request does not hold it, nor does the store."""
    body = {"name": "once", "scopes": ["check"]}
    first, again = (post(gateway, "d1", body, "/v1/keys") for _ in range(2))

    assert first.status_code == 201
    assert code(again) == (409, "idempotency_shown_once")
    listed = gateway.request("GET", "/v1/keys").json()["keys"]
    assert sum(one["name"] == "once" for one in listed) == 1
    assert rows(gateway, "d1")[0].sealed is None


def test_what_is_kept_is_sealed(gateway: GatewayHarness) -> None:
    """Whoever reads the store learns no word of an answer."""
    post(gateway, "e1", {"session": "very-telling"})
    (row,) = rows(gateway, "e1")

    assert b"very-telling" not in row.sealed


def test_a_refused_request_leaves_its_key_free(gateway: GatewayHarness) -> None:
    """Nothing was done, so the request may be mended and sent with the same key."""
    assert code(post(gateway, "f1", {"join": 5})) == (422, "invalid_request")
    missing = post(gateway, "f2", {}, "/v1/approvals/apr_none/approve")

    assert missing.status_code == 404
    assert post(gateway, "f1", {}).status_code == 200
    assert rows(gateway, "f2") == []


def test_a_request_whose_outcome_nobody_knows_is_not_done_again(gateway: GatewayHarness) -> None:
    """One that is being done, or that ended in a fault, is refused with 409 until a day is over."""
    caller = gateway.run(gateway.gateway.ring.find(gateway.key))
    assert caller is not None
    place, now = Place("default", caller.id, "g1"), gateway.gateway.now
    post(gateway, "g0", {})
    (row,) = rows(gateway, "g0")
    gateway.run(gateway.gateway.answers.claim(place, row.asked, now()))

    assert code(post(gateway, "g1", {})) == (409, "idempotency_in_flight")
    before, gateway.gateway.now = now, lambda: before() + KEPT + timedelta(seconds=1)
    try:
        assert post(gateway, "g1", {}).status_code == 200
        gateway.run(gateway.gateway.answers.sweep(gateway.gateway.now()))
        assert rows(gateway, "g0") == []
        assert len(rows(gateway, "g1")) == 1
    finally:
        gateway.gateway.now = before


def test_a_fault_while_it_is_done_keeps_the_key_taken(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault may come after the deed: the request is not done twice."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(gateway.gateway.keys, "make", broken)
        body = {"name": "x", "scopes": ["check"]}
        assert post(gateway, "h1", body, "/v1/keys").status_code == 500

    assert code(post(gateway, "h1", body, "/v1/keys")) == (409, "idempotency_in_flight")


def test_of_two_at_once_one_is_done(gateway: GatewayHarness) -> None:
    """The other one is told to wait, or answered alike."""

    async def both() -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {gateway.key}", "Idempotency-Key": "i1"}
        sent = (gateway._client.post(OPEN, json={}, headers=headers) for _ in range(4))
        return list(await asyncio.gather(*sent))

    answers = gateway.run(both())

    assert len({one.json()["session"] for one in answers if one.status_code == 200}) == 1
    assert {one.status_code for one in answers} <= {200, 409}


@pytest.mark.parametrize("name", ["", "x" * 129, "a b", "\x7f"])
def test_a_key_that_is_none_is_refused(gateway: GatewayHarness, name: str) -> None:
    """It is not done as if there were no key."""
    assert code(post(gateway, name, {})) == (422, "invalid_request")


def test_decisions_are_known_by_their_call_id(gateway: GatewayHarness) -> None:
    """The header says nothing there: a decision is never answered from what was kept here."""
    first = post(gateway, "j1", pay(), "/v1/check").json()
    other = post(gateway, "j1", pay(tool="erase", call_id="c9"), "/v1/check").json()

    assert (first["effect"], other["effect"]) == ("allow", "deny")
    assert rows(gateway, "j1") == []


def test_without_the_store_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that cannot be noted is no key: 503, and the request was not carried out."""
    gateway = GatewayHarness(tmp_path)

    async def broken(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(gateway.gateway.answers, "claim", broken)
    assert post(gateway, "k1", {"session": "k"}).status_code == 503
    assert gateway.request("GET", "/v1/sessions/k").status_code == 404
    gateway.close()


def rows(gateway: GatewayHarness, name: str) -> list[Any]:
    async def read() -> list[Any]:
        query = select(idempotency).where(idempotency.c.name == name)
        async with gateway.gateway.database.read() as connection:
            return list((await connection.execute(query)).all())

    return gateway.run(read())


def test_which_tools_are_shown_is_never_told_from_memory(gateway: GatewayHarness) -> None:
    """It follows policies and freezes as they are now, so the header is taken for nothing."""
    body = {"tools": [{"name": "pay"}], "agent": {"id": "shown-bot"}}
    before = post(gateway, "tools1", body, "/v1/tools").json()["tools"]
    gateway.request("POST", "/v1/freezes", json={"kind": "agent", "name": "shown-bot"})
    after = post(gateway, "tools1", body, "/v1/tools")

    assert [one["name"] for one in before] == ["pay"]
    assert after.json()["tools"] == []
    assert "drawbar-replayed" not in after.headers
