"""The Python client and a gateway that is killed under it and comes back."""

import asyncio
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

from drawbar import AsyncClient, Client, Decision
from tests.e2e.gateway_process import PATIENCE_S, GatewayProcess

ARGS = {"recipient": "Ada", "amount": 5}


def _ask(client: Client, seen: list[Decision], stop: threading.Event) -> None:
    while not stop.is_set():
        seen.append(client.check("pay", ARGS))


async def _ask_in_a_loop(client: AsyncClient, seen: list[Decision], stop: threading.Event) -> None:
    while not stop.is_set():
        seen.append(await client.check("pay", ARGS))


def _in_a_loop(key: str, uds: str, seen: list[Decision], stop: threading.Event) -> None:
    async def main() -> None:
        async with AsyncClient(key=key, uds=uds, timeout=2) as client:
            await asyncio.gather(*(_ask_in_a_loop(client, seen, stop) for _ in range(3)))

    asyncio.run(main())


def _wait_for(what: str, seen: list[Decision], of: str) -> None:
    """Wait until a decision came that differs in its reason, counted from now on."""
    start, until = len(seen), time.monotonic() + PATIENCE_S
    while not any((one.reason == of) for one in seen[start:]):
        assert time.monotonic() < until, what
        time.sleep(0.01)


def test_killed_under_load_every_answer_is_a_decision_or_a_deny(tmp_path: Path) -> None:
    """No check raises or is made up: what was allowed is recorded, the rest is `unreachable`."""
    uds = str(tmp_path / "s")
    stop = threading.Event()
    seen: list[list[Decision]] = [[], []]
    with GatewayProcess(tmp_path, "--uds", uds) as gateway:
        key = gateway.key
        client = Client(key=key, uds=uds, timeout=2)
        threads = [threading.Thread(target=_ask, args=(client, seen[0], stop)) for _ in range(3)]
        threads.append(threading.Thread(target=_in_a_loop, args=(key, uds, seen[1], stop)))
        for thread in threads:
            thread.start()
        try:
            for one in seen:
                _wait_for("the first decisions", one, "rule")
            gateway.stop(signal.SIGKILL)
            for one in seen:
                _wait_for("denies while it is gone", one, "unreachable")
            with GatewayProcess(tmp_path, "--uds", uds):
                for one in seen:
                    _wait_for("decisions of the new one", one, "rule")
                stop.set()
                for thread in threads:
                    thread.join()
                _all_recorded(uds, key, [*seen[0], *seen[1]])
        finally:
            stop.set()
            client.close()


def _all_recorded(uds: str, key: str, seen: list[Decision]) -> None:
    """Hold every decision to what it may be, and some of the allowed ones to their record."""
    assert {(one.effect, one.reason) for one in seen} == {
        ("allow", "rule"),
        ("deny", "unreachable"),
    }
    allowed = [one for one in seen if one.allowed]
    transport = httpx.HTTPTransport(uds=uds)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(transport=transport, base_url="http://gateway", headers=headers) as plain:
        for one in allowed[:: max(1, len(allowed) // 20)]:
            found = plain.get(f"/v1/decisions/{one.decision_id}", timeout=PATIENCE_S)
            assert found.json()["call_id"] == one.call_id


@pytest.mark.parametrize("over", ["tcp", "unix"])
def test_a_stopped_gateway_is_found_again(tmp_path: Path, over: str) -> None:
    """A client outlives its gateway: connections of the old one are replaced without a word."""
    options = ("--uds", str(tmp_path / "s")) if over == "unix" else ("--port", "0")
    with GatewayProcess(tmp_path, *options) as gateway:
        client = Client(gateway.address, gateway.key, timeout=10)
        before = client.check("pay", ARGS)
        gateway.stop()
        gone = client.check("pay", ARGS)
        port = gateway.address.rpartition(":")[2]
    again = options if over == "unix" else ("--port", port)
    with GatewayProcess(tmp_path, *again):
        after = client.check("pay", ARGS)
    client.close()

    assert (before.effect, gone.effect, after.effect) == ("allow", "deny", "allow")
    assert gone.reason == "unreachable"
