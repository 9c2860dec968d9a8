"""Two gateways on one PostgreSQL: one yes is one call, whoever is asked and however many come."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from memory.database import Database
from memory.keys import Keys, Scope
from tests.e2e.gateway_process import GatewayProcess
from tests.memory.conftest import new_database, postgres
from tests.memory.records.test_log import NOW

__all__ = ("postgres",)

POLICY: Final = 'policy bank version 1; rule ask: ask pay because "a person must look";'
RACERS: Final = 50
BODY: Final = {"call_id": "c1", "tool": "pay", "args": {"amount": 500}}


class Pair:
    """Two gateways on one store, an agent's key and a person's."""

    def __init__(self, one: GatewayProcess, two: GatewayProcess, boss: str) -> None:
        self.addresses = [one.address, two.address]
        self.agent, self.boss = one.key, boss

    async def check(self, client: httpx.AsyncClient, at: int, **members: Any) -> dict[str, Any]:
        """Ask one of the gateways for a decision."""
        headers = {"Authorization": f"Bearer {self.agent}", "Drawbar-Deadline-Ms": "30000"}
        address = self.addresses[at % 2]
        answer = await client.post(f"{address}/v1/check", json={**BODY, **members}, headers=headers)
        return dict(answer.json())

    async def approve(self, client: httpx.AsyncClient, at: int, approval: str) -> None:
        """Let the person say yes at one of the gateways."""
        path = f"{self.addresses[at]}/v1/approvals/{approval}/approve"
        headers = {"Authorization": f"Bearer {self.boss}"}
        answer = await client.post(path, json={}, headers=headers)
        assert answer.json()["status"] == "approved", answer.text

    async def look(self, client: httpx.AsyncClient, approval: str) -> dict[str, Any]:
        """Look at an approval."""
        path = f"{self.addresses[0]}/v1/approvals/{approval}"
        return dict(
            (await client.get(path, headers={"Authorization": f"Bearer {self.boss}"})).json()
        )


async def _key_of_a_person(url: str) -> str:
    database = Database(url)
    try:
        return await Keys(database).create("boss", [Scope.APPROVE], NOW, subject="boss")
    finally:
        await database.close()


@pytest.fixture(scope="module")
def pair(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Start two gateways on one database."""
    folder: Path = tmp_path_factory.mktemp("pair")
    (folder / "policies").mkdir()
    (folder / "policies" / "bank.bar").write_text(POLICY, "utf-8")
    url = new_database(postgres)
    config = folder / "drawbar.toml"
    config.write_text(f'database_url = "{url}"\n', "utf-8")
    options = ("--port", "0", "--config", str(config))
    folders = [folder / "one", folder / "two"]
    for one in folders:
        one.mkdir()
    policies = folder / "policies"
    with GatewayProcess(folders[0], *options, policies=policies) as first:
        (folders[1] / "var").mkdir(mode=0o700)
        secret = (folders[0] / "var" / "digest.key").read_bytes()
        (folders[1] / "var" / "digest.key").write_bytes(secret)
        with GatewayProcess(folders[1], *options, policies=policies) as second:
            yield Pair(first, second, asyncio.run(_key_of_a_person(url)))


@pytest.mark.parametrize("session", [None, "s1"])
def test_of_fifty_who_come_back_at_once_one_is_let_through(pair: Pair, session: str | None) -> None:
    """Half of them at each gateway, with a session and without: exactly one allow."""
    more = {} if session is None else {"session": session}

    async def work() -> list[dict[str, Any]]:
        limits = httpx.Limits(max_connections=RACERS)
        async with httpx.AsyncClient(timeout=60, limits=limits) as client:
            approval = (await pair.check(client, 0, **more))["approval"]["id"]
            await pair.approve(client, 1, approval)
            racing = (pair.check(client, at, approval=approval, **more) for at in range(RACERS))
            answers = await asyncio.gather(*racing)
            used = await pair.look(client, approval)
            (winner,) = (one for one in answers if one["effect"] == "allow")
            assert (used["status"], used["used_by"]) == ("used", winner["decision_id"])
            return answers

    answers = asyncio.run(work())

    effects = [one["effect"] for one in answers]
    others = [one for one in answers if one["effect"] not in ("allow", "ask")]
    assert (effects.count("allow"), effects.count("ask")) == (1, RACERS - 1), others


def test_a_yes_at_one_gateway_wakes_who_waits_at_the_other(pair: Pair) -> None:
    """What is decided at the second gateway is answered by the first soon after."""

    async def work() -> tuple[str, float]:
        async with httpx.AsyncClient(timeout=60) as client:
            asked = {"args": {"amount": 700}}
            waits = asyncio.create_task(pair.check(client, 0, wait_s=30, **asked))
            await asyncio.sleep(0.5)
            approval = (await pair.check(client, 1, **asked))["approval"]["id"]
            began = time.monotonic()
            await pair.approve(client, 1, approval)
            return (await waits)["effect"], time.monotonic() - began

    effect, seconds = asyncio.run(work())

    assert effect == "allow"
    assert seconds < 10  # half a second and the decision, on a machine that does nothing else


def test_a_caller_that_goes_away_runs_nothing(pair: Pair) -> None:
    """The connection breaks while the call is held: the approval is not used up by it."""
    asked = {"args": {"amount": 900}}

    async def work() -> tuple[str, str]:
        async with httpx.AsyncClient(timeout=60) as client:
            async with httpx.AsyncClient(timeout=1) as leaving:
                with contextlib.suppress(httpx.ReadTimeout):
                    await pair.check(leaving, 0, wait_s=30, **asked)
            approval = (await pair.check(client, 1, **asked))["approval"]["id"]
            await asyncio.sleep(1)
            await pair.approve(client, 0, approval)
            await asyncio.sleep(2)
            before = (await pair.look(client, approval))["status"]
            return before, (await pair.check(client, 1, approval=approval, **asked))["effect"]

    assert asyncio.run(work()) == ("approved", "allow")
