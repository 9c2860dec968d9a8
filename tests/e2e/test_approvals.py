"""Two gateways on one PostgreSQL: one yes is one call, whoever is asked and however many come."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from memory.database import Database, sqlite_url
from memory.keys import Keys, Scope
from tests.e2e.gateway_process import GatewayProcess
from tests.memory.conftest import new_database
from tests.memory.records.test_log import NOW

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
    assert seconds < 25  # it waits for 30


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


def test_who_waits_is_answered_when_the_gateway_stops(tmp_path: Path) -> None:
    """A stop does not wait for people: the call is answered as it stands, at once."""
    (tmp_path / "bank.bar").write_text(POLICY, "utf-8")

    async def work(gateway: GatewayProcess) -> tuple[dict[str, Any], float]:
        headers = {"Authorization": f"Bearer {gateway.key}"}
        async with httpx.AsyncClient(timeout=60, headers=headers) as client:
            body = {**BODY, "wait_s": 40}
            waits = asyncio.create_task(client.post(f"{gateway.address}/v1/check", json=body))
            await asyncio.sleep(1.5)
            began = time.monotonic()
            gateway.process.send_signal(signal.SIGTERM)
            answer = (await waits).json()
            return answer, time.monotonic() - began

    with GatewayProcess(tmp_path, "--port", "0", policies=tmp_path) as gateway:
        answer, seconds = asyncio.run(work(gateway))
        assert gateway.process.wait(30) == 0

    assert (answer["effect"], answer["approval"]["status"]) == ("ask", "pending")
    assert seconds < 30  # it waits for 40


MANY: Final = 40


def test_a_kill_leaves_an_approval_used_with_its_record_or_unused(tmp_path: Path) -> None:
    """Killed while forty calls come back: each approval is used with a record, or can be used."""
    (tmp_path / "bank.bar").write_text(POLICY, "utf-8")
    bodies = [{"call_id": f"c{n}", "tool": "pay", "args": {"n": n}} for n in range(MANY)]

    async def ask(gateway: GatewayProcess, boss: str) -> list[str]:
        """Ask for all, and let the person approve all."""
        found = []
        async with httpx.AsyncClient(timeout=60, base_url=gateway.address) as client:
            for body in bodies:
                headers = {"Authorization": f"Bearer {gateway.key}"}
                asked = await client.post("/v1/check", json=body, headers=headers)
                name = asked.json()["approval"]["id"]
                headers = {"Authorization": f"Bearer {boss}"}
                said = await client.post(f"/v1/approvals/{name}/approve", json={}, headers=headers)
                assert said.json()["status"] == "approved"
                found.append(name)
        return found

    async def come(gateway: GatewayProcess, key: str, names: list[str]) -> list[Any]:
        """Come back with all at once; what is not answered is None."""
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(timeout=60, headers=headers) as client:

            async def one(body: dict[str, Any], name: str) -> Any:
                address = f"{gateway.address}/v1/check"
                try:
                    answer = await client.post(address, json={**body, "approval": name})
                except httpx.HTTPError:
                    return None
                return answer.json()

            pairs = zip(bodies, names, strict=True)
            waits = [asyncio.create_task(one(*pair)) for pair in pairs]
            if gateway.process.poll() is None and gateway.key:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                gateway.process.send_signal(signal.SIGKILL)
            return await asyncio.gather(*waits)

    with GatewayProcess(tmp_path, "--port", "0", policies=tmp_path) as first:
        key = first.key
        boss = asyncio.run(_key_of_a_person(sqlite_url(tmp_path / "var")))
        names = asyncio.run(ask(first, boss))
        answered = asyncio.run(come(first, key, names))
    with GatewayProcess(tmp_path, "--port", "0", policies=tmp_path) as second:
        assert second.key == ""
        after = asyncio.run(come(second, key, names))
        headers = {"Authorization": f"Bearer {boss}"}
        seen = [httpx.get(f"{second.address}/v1/approvals/{n}", headers=headers) for n in names]
        headers = {"Authorization": f"Bearer {key}"}
        decisions = [
            httpx.get(f"{second.address}/v1/decisions/{one.json()['used_by']}", headers=headers)
            for one in seen
        ]

    allowed = [bool(one) and one["effect"] == "allow" for one in answered]
    again = [one["effect"] == "allow" for one in after]
    assert any(allowed)
    assert not any(one and other for one, other in zip(allowed, again, strict=True))
    assert {one.json()["status"] for one in seen} == {"used"}
    assert {one.json()["reason"] for one in decisions} == {"approved"}
