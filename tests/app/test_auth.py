"""Keys at the door."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import OperationalError

from app import auth
from memory.keys import Keys, Scope
from tests.harness import GatewayHarness, pay


def test_a_revoked_key_stops_working(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the moment for which keys are remembered, a revoked key is refused; another is not."""
    key = gateway.new_key([Scope.CHECK], name="leaked")
    assert gateway.check(pay(), key).status_code == 200
    stored = {one.name: one.id for one in gateway.run(gateway.gateway.keys.all())}
    gateway.run(gateway.gateway.keys.revoke(stored["leaked"], datetime.now(UTC)))
    monkeypatch.setattr(time, "monotonic", lambda: 1e12)

    assert gateway.check(pay(), key).status_code == 401
    assert gateway.check(pay()).status_code == 200


def test_unknown_secrets_are_not_remembered(gateway: GatewayHarness) -> None:
    """Guessing fills no memory."""
    for guess in range(50):
        gateway.check(pay(), f"drw_{guess}")

    assert len(gateway.gateway.ring._known) == 0


def test_remembered_keys_are_bounded(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of keys does not grow past its limit."""
    monkeypatch.setattr(auth, "CACHE_KEYS", 2)
    for _ in range(4):
        gateway.check(pay(), gateway.new_key([Scope.CHECK]))

    assert len(gateway.gateway.ring._known) == 2


def test_nobody_comes_in_while_the_store_cannot_be_asked(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that fails turns into 503 with `effect: deny`, counted; readiness shows it."""
    database = gateway.gateway.database
    whole = database.read

    def broken() -> None:
        raise OperationalError("select", {}, OSError("gone"))

    monkeypatch.setattr(database, "read", broken)
    refused = gateway.check(pay())
    ready = gateway.request("GET", "/readyz")
    monkeypatch.setattr(database, "read", whole)

    assert (refused.status_code, refused.json()["effect"]) == (503, "deny")
    assert refused.json()["code"] == "unavailable"
    assert (ready.status_code, ready.json()["faults"]) == (503, ["store_unavailable"])
    assert gateway.request("GET", "/readyz").status_code == 200
    assert gateway.check(pay()).json()["effect"] == "allow"
    text = gateway.request("GET", "/metrics").text
    assert 'drawbar_faults_total{edge="none",stage="authenticate"} 1.0' in text


def test_a_revoked_key_is_forgotten_as_soon_as_that_is_heard(gateway: GatewayHarness) -> None:
    """What somebody else revokes on the same store is announced, and the ring asks anew."""
    secret = gateway.new_key([Scope.CHECK], name="leaked")
    assert gateway.check(pay(), secret).status_code == 200
    elsewhere = Keys(gateway.gateway.database)
    (leaked,) = [one.id for one in gateway.run(elsewhere.all()) if one.name == "leaked"]

    gateway.run(elsewhere.revoke(leaked, datetime.now(UTC)))
    gateway.run(gateway.gateway.announcements.look())

    assert gateway.check(pay(call_id="c2"), secret).status_code == 401


def test_what_is_revoked_while_the_store_is_asked_is_not_remembered(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that was on its way when keys changed counts once, and not for the next request."""
    secret = gateway.new_key([Scope.CHECK])
    ring, find = gateway.gateway.ring, gateway.gateway.keys.find

    async def meanwhile(given: str) -> object:
        found = await find(given)
        await ring.forget()
        return found

    monkeypatch.setattr(gateway.gateway.keys, "find", meanwhile)

    assert gateway.check(pay(), secret).status_code == 200
    assert ring._remembered(secret) is None
