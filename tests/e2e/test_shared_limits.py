"""Two gateways, one store: a limit is a limit, whoever is asked and however many ask."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.e2e.gateway_process import GatewayProcess
from tests.memory.conftest import new_database
from tests.memory.redis_process import DURABLE, RedisProcess, one_redis, redis

__all__ = ("one_redis", "redis")

LIMIT: Final = 25
CLIENTS: Final = 64
ATTEMPTS: Final = 250
MANY: Final = 1000
POLICY: Final = f"""\
policy bank version 1;
rule pay: allow pay;
rule limit: deny pay when count(pay within 1d per {{per}}) >= {LIMIT};
"""


async def attempts(
    addresses: list[str], key: str, sessions: int, number: int = MANY
) -> list[dict[str, Any]]:
    """Ask as many clients at once do, each gateway in turn; return the answers."""
    waiting = asyncio.Semaphore(CLIENTS)
    limits = httpx.Limits(max_connections=CLIENTS)
    headers = {"Authorization": f"Bearer {key}"}

    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60) as client:

        async def one(turn: int) -> dict[str, Any]:
            body = {
                "call_id": f"c{turn}",
                "tool": "pay",
                "args": {"n": turn},
                "session": f"s{turn % sessions}",
            }
            address = addresses[turn % len(addresses)]
            slow = {"Drawbar-Deadline-Ms": "30000"}
            async with waiting:
                answer = await client.post(f"{address}/v1/check", json=body, headers=slow)
            return dict(answer.json())

        return await asyncio.gather(*(one(turn) for turn in range(number)))


@contextmanager
def two_gateways(folder: Path, per: str, **settings: str) -> Iterator[list[GatewayProcess]]:
    """Run two gateways with the same settings, policies and digest key."""
    policies = folder / "policies"
    policies.mkdir()
    (policies / "bank.bar").write_text(POLICY.format(per=per), "utf-8")
    config = folder / "drawbar.toml"
    lines = (f'{name} = "{value}"\n' for name, value in settings.items())
    config.write_text("".join(lines), "utf-8")
    options = ("--port", "0", "--config", str(config))
    for name in ("one", "two"):
        (folder / name).mkdir()
    with GatewayProcess(folder / "one", *options, policies=policies) as one:
        (folder / "two" / "var").mkdir(mode=0o700)
        secret = (folder / "one" / "var" / "digest.key").read_bytes()
        (folder / "two" / "var" / "digest.key").write_bytes(secret)
        with GatewayProcess(folder / "two", *options, policies=policies) as two:
            yield [one, two]


@pytest.mark.parametrize(
    ("store", "per", "sessions", "number"),
    [
        ("postgres", "session", 1, ATTEMPTS),
        ("redis", "subject", 7, ATTEMPTS),
        *(
            pytest.param(store, per, sessions, MANY, marks=pytest.mark.heavy)
            for store in ("postgres", "redis")
            for per, sessions in (("subject", 7), ("session", 1))
        ),
    ],
)
def test_exactly_so_many_are_let_through(  # noqa: PLR0913, PLR0917 - each is one of many
    request: pytest.FixtureRequest,
    postgres: Any,
    tmp_path: Path,
    store: str,
    per: str,
    sessions: int,
    number: int,
) -> None:
    """Many attempts by 64 clients on two gateways: as many as the limit, not one more."""
    settings = {"database_url": new_database(postgres)}
    if store == "redis":
        settings["session_store"] = request.getfixturevalue("redis").url
    with two_gateways(tmp_path, per, **settings) as gateways:
        addresses = [one.address for one in gateways]
        answers = asyncio.run(attempts(addresses, gateways[0].key, sessions, number))

    effects = [answer["effect"] for answer in answers]
    assert effects.count("allow") == LIMIT, {answer["reason"] for answer in answers}
    assert {answer["reason"] for answer in answers} == {"rule"}


@pytest.mark.heavy
def test_a_redis_that_is_killed_on_the_way_lets_no_more_through(
    postgres: Any, tmp_path: Path
) -> None:
    """What is in doubt is refused; when it is back, the gateways go on and know every call."""
    process = RedisProcess(*DURABLE)
    settings = {"database_url": new_database(postgres), "session_store": process.url}

    async def killed(addresses: list[str], key: str) -> list[dict[str, Any]]:
        asking = asyncio.create_task(attempts(addresses, key, 7))
        client = process.client()
        while int(client.hget("drawbar:index", "number") or 0) < LIMIT // 2:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        process.kill()
        await asyncio.sleep(1)
        readiness = [httpx.get(f"{one}/readyz").json()["faults"] for one in addresses]  # noqa: ASYNC210
        assert readiness == [["sessions_unavailable"]] * 2
        process.start()
        return await asking

    with two_gateways(tmp_path, "subject", **settings) as gateways:
        addresses = [one.address for one in gateways]
        during = asyncio.run(killed(addresses, gateways[0].key))
        time.sleep(11)  # a lock that was held when it was killed runs out
        after = asyncio.run(attempts(addresses, gateways[0].key, 7))
        again = [httpx.get(f"{one}/readyz").json()["ready"] for one in addresses]
        counted = int(process.client().hget("drawbar:index", "number"))

    process.close()
    let = {answer["call_id"] for answer in [*during, *after] if answer["effect"] == "allow"}
    assert LIMIT // 2 <= len(let) <= LIMIT
    assert counted == LIMIT  # those in doubt are counted, so no place is left over
    assert {answer["reason"] for answer in after} == {"rule"}
    assert again == [True, True]


def test_a_gateway_that_starts_again_knows_what_was_counted(
    redis: RedisProcess, postgres: Any, tmp_path: Path
) -> None:
    """What was let through before is counted after."""
    settings = {"database_url": new_database(postgres), "session_store": redis.url}
    with two_gateways(tmp_path, "session", **settings) as gateways:
        one = gateways[0]
        for number in range(LIMIT - 1):
            assert one.check(call_id=f"c{number}", session="s").json()["effect"] == "allow"
        key = one.key  # it is printed once
        one.stop()
        with one:
            one.key = key
            effects = [
                one.check(call_id=f"d{number}", session="s").json()["effect"] for number in (1, 2)
            ]
    assert effects == ["allow", "deny"]
