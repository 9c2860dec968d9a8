"""`drawbar sessions`: only a person moves sessions, or gives them up."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.settings import Settings
from app.wiring import Gateway
from memory.database import StoreError
from tests.harness import GatewayHarness
from tests.memory.redis_process import RedisProcess, one_redis, redis

__all__ = ("one_redis", "redis")

POLICY = """\
policy bank version 1;
rule pay: allow pay;
rule limit: deny pay when count(pay within 1d per subject) >= 1;
"""


@pytest.fixture
def anew(tmp_path: Path) -> Callable[..., str]:
    """Return the command, with its answer."""

    def run(*arguments: str, redis: RedisProcess | None = None, answer: str = "") -> str:
        environment = {} if redis is None else {"DRAWBAR_SESSION_STORE": redis.url}
        called = ["sessions", "anew", "--data", str(tmp_path / "data"), *arguments]
        return CliRunner().invoke(cli, called, input=answer, env=environment).output

    return run


def pay(gateway: GatewayHarness, call_id: str) -> str:
    body = {"call_id": call_id, "tool": "pay", "args": {}, "session": "s1"}
    return str(gateway.check(body).json()["effect"])


def refusal(folder: Path, **settings: Any) -> str:
    """Return why a gateway does not start."""
    found = Settings(data=folder / "data", policies=folder / "policies", **settings)
    with pytest.raises(StoreError) as caught:
        asyncio.run(Gateway(found).open())
    return str(caught.value)


def test_sessions_move_where_a_person_says_so(
    redis: RedisProcess, tmp_path: Path, anew: Callable[..., str]
) -> None:
    """Their counts begin at zero then, and not before."""
    first = GatewayHarness(tmp_path, POLICY)
    assert [pay(first, "c1"), pay(first, "c2")] == ["allow", "deny"]
    first.close()
    assert "kept in the database so far" in refusal(tmp_path, session_store=redis.url)
    assert "Aborted" in anew(redis=redis, answer="n\n")
    assert "begin anew" in anew("--yes", redis=redis)
    moved = GatewayHarness(tmp_path, POLICY, session_store=redis.url)
    assert [pay(moved, "c3"), pay(moved, "c4")] == ["allow", "deny"]
    moved.close()
    assert "kept in Redis" in refusal(tmp_path)


def test_a_running_gateway_keeps_them(tmp_path: Path) -> None:
    """Nobody takes sessions away from under a gateway on an embedded store."""
    running = GatewayHarness(tmp_path, POLICY)
    called = CliRunner().invoke(
        cli, ["sessions", "anew", "--yes", "--data", str(tmp_path / "data")]
    )
    assert "another gateway runs" in str(called.exception)
    running.close()


def test_readiness_tells_of_a_redis_that_lost_them(redis: RedisProcess, tmp_path: Path) -> None:
    """It is red, and calls are denied with a record that says so."""
    gateway = GatewayHarness(tmp_path, POLICY, session_store=redis.url)
    assert gateway.request("GET", "/readyz").status_code == 200
    assert pay(gateway, "c1") == "allow"
    redis.client().flushall()
    faults = gateway.request("GET", "/readyz").json()["faults"]
    assert faults == ["sessions_unavailable"]
    body = {"call_id": "c2", "tool": "pay", "args": {}, "session": "s1"}
    answer = gateway.check(body).json()
    assert (answer["effect"], answer["reason"]) == ("deny", "fault")
    gateway.close()
