"""What was done to the gateway is found by auditors, and each act left exactly one record."""

import json
from pathlib import Path
from typing import Any

import pytest

from memory.keys import Scope
from memory.records import acting
from tests.command import drawbar
from tests.harness import ALL_SCOPES, GatewayHarness, pay
from tests.memory.redis_process import RedisProcess, one_redis, redis

__all__ = ("one_redis", "redis")


def acts(gateway: GatewayHarness, query: str = "", key: str | None = None) -> Any:
    answer = gateway.request("GET", f"/v1/acts{query}", key)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(*_: object) -> None:
    raise OSError("the disk is full")


def test_a_session_that_is_deleted_leaves_a_record_with_its_key(gateway: GatewayHarness) -> None:
    """Who deleted it is the key that was used; a refused deletion is no act."""
    assert gateway.check(pay(session="s1")).json()["effect"] == "allow"
    other = gateway.new_key([Scope.CHECK], name="clerk")
    assert gateway.request("DELETE", "/v1/sessions/s1", other).status_code == 403
    assert gateway.request("DELETE", "/v1/sessions/nobody").status_code == 404
    assert gateway.request("DELETE", "/v1/sessions/s1").status_code == 204

    (deleted,) = acts(gateway, "?what=session.deleted")["acts"]
    mine, _ = gateway.run(gateway.gateway.keys.all())
    assert (deleted["by"], deleted["who"], deleted["session"]) == ("api_key", mine.id, "s1")
    assert acts(gateway, f"?who={mine.id}")["acts"] == [deleted]


def test_they_are_listed_page_by_page_for_auditors(gateway: GatewayHarness) -> None:
    """Newest first, as the command beside the store lists them; nobody else sees any."""
    for name in ("one", "two"):
        gateway.new_key([Scope.CHECK], name=name)
    first = acts(gateway, "?limit=2")
    rest = acts(gateway, f"?limit=2&cursor={first['next']}")

    whole = [*first["acts"], *rest["acts"]]
    assert len(whole) == 3
    assert rest["next"] is None
    assert [one["id"] for one in whole] == sorted((one["id"] for one in whole), reverse=True)
    listed = drawbar("audit", "acts", "--format", "json", "--data", gateway.settings.data)
    assert [one["id"] for one in json.loads(listed.stdout)] == [one["id"] for one in whole]
    scopes = [one for one in ALL_SCOPES if one is not Scope.AUDIT]
    clerk = gateway.new_key(scopes)
    assert gateway.request("GET", "/v1/acts", clerk).status_code == 403
    assert gateway.request("GET", "/v1/acts", "drw_wrong").status_code == 401
    assert gateway.request("GET", "/v1/acts?what=key.stolen").status_code == 422


def test_a_session_is_not_deleted_where_that_cannot_be_recorded(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is a fault, and the session goes on with all that it holds."""
    assert gateway.check(pay(session="s1")).json()["effect"] == "allow"

    with monkeypatch.context() as patched:
        patched.setattr(acting, "_chain", refused)
        assert gateway.request("DELETE", "/v1/sessions/s1").status_code == 503

    assert gateway.request("GET", "/v1/sessions/s1").json()["calls"] == ["c1"]
    assert acts(gateway, "?what=session.deleted")["acts"] == []


def test_a_session_in_redis_is_recorded_before_it_is_deleted(
    redis: RedisProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two stores have no transaction in common: the record comes first, or nothing happens."""
    gateway = GatewayHarness(tmp_path, session_store=redis.url)
    assert gateway.check(pay(session="s1")).json()["effect"] == "allow"
    with monkeypatch.context() as patched:
        patched.setattr(acting, "_chain", refused)
        assert gateway.request("DELETE", "/v1/sessions/s1").status_code == 503
    assert gateway.request("GET", "/v1/sessions/s1").json()["calls"] == ["c1"]

    assert gateway.request("DELETE", "/v1/sessions/s1").status_code == 204
    assert gateway.request("GET", "/v1/sessions/s1").status_code == 410
    (deleted,) = acts(gateway, "?what=session.deleted")["acts"]
    assert deleted["session"] == "s1"
    gateway.close()
