"""Killed at any moment, a gateway has kept every decision that it answered."""

import random
import signal
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.gateway_process import PATIENCE_S, GatewayProcess
from tests.e2e.test_serve import drawbar

KILLS = 20
CLIENTS = 4


def _ask(gateway: GatewayProcess, answered: set[str], stop: threading.Event, name: str) -> None:
    """Ask as fast as it goes, and note what was answered."""
    headers = {"Authorization": f"Bearer {gateway.key}"}
    with httpx.Client(base_url=gateway.address, headers=headers, timeout=5) as client:
        number = 0
        while not stop.is_set():
            number += 1
            args = {"recipient": "Ada", "amount": number % 300}
            body = {"call_id": f"{name}-{number}", "tool": "pay", "args": args}
            try:
                answer = client.post("/v1/check", json=body)
            except httpx.HTTPError:
                return
            if answer.status_code == 200:
                answered.add(answer.json()["decision_id"])


def _under_load(gateway: GatewayProcess, seconds: float, round_: int) -> set[str]:
    """Kill a gateway while clients ask it; return what it answered."""
    answered: set[str] = set()
    stop = threading.Event()
    clients = [
        threading.Thread(target=_ask, args=(gateway, answered, stop, f"r{round_}c{at}"))
        for at in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    until = time.monotonic() + PATIENCE_S
    while not answered and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(seconds)
    gateway.stop(signal.SIGKILL)
    stop.set()
    for client in clients:
        client.join()
    return answered


@pytest.mark.heavy
def test_killed_twenty_times_under_load_it_keeps_what_it_answered(tmp_path: Path) -> None:
    """No acknowledged decision is missing, and every chain verifies after each restart."""
    chance = random.Random(7)  # noqa: S311 - of moments, not of secrets
    answered, key = set[str](), ""
    for round_ in range(KILLS):
        with GatewayProcess(tmp_path, "--port", "0") as gateway:
            gateway.key = key = gateway.key or key
            new = _under_load(gateway, chance.uniform(0, 0.4), round_)
        assert new, "nothing was answered, so nothing was tried"
        answered |= new

    with GatewayProcess(tmp_path, "--port", "0") as last:
        last.stop()
    listed = drawbar("decisions", "--data", "var", "--limit", 10_000, cwd=tmp_path).stdout
    verified = drawbar("audit", "verify", "--data", "var", cwd=tmp_path)

    assert len(answered) < 10_000
    assert [one for one in answered if one not in listed] == []
    assert verified.returncode == 0, verified.stdout
    assert f"of {KILLS + 1} writers" in verified.stdout  # one of acts: the first key was made


def test_a_graceful_stop_leaves_nothing_beyond_its_last_checkpoint(tmp_path: Path) -> None:
    """What was recorded is covered by a signature once the gateway has stopped in order."""
    anchor = tmp_path / "elsewhere.jsonl"
    config = tmp_path / "drawbar.toml"
    config.write_text(f'checkpoint_anchor = "{anchor}"\n')
    for _ in range(2):
        with GatewayProcess(tmp_path, "--port", "0", "--config", str(config)) as gateway:
            if gateway.key:
                gateway.check()
            assert gateway.stop() == 0

    command = ("audit", "verify", "--data", "var", "--anchor", anchor)
    verified = drawbar(*command, cwd=tmp_path)

    assert verified.returncode == 0, verified.stdout
    said = "2 records of 2 writers, 1 checkpoints (1 of them anchored)"  # the first key, and a call
    assert verified.stdout.startswith(said)
    assert "all as they were written" in verified.stdout


def test_tampering_is_said_with_its_place(tmp_path: Path) -> None:
    """`audit verify` ends with 3 and names the record."""
    with GatewayProcess(tmp_path, "--port", "0") as gateway:
        decision = gateway.check().json()["decision_id"]
        gateway.check(call_id="c2")
        gateway.stop()
    with sqlite3.connect(tmp_path / "var" / "drawbar.db") as store:
        store.execute(
            "UPDATE records SET content = replace(content, 'allow', 'deny')"
            " WHERE seq = 1 AND kind = 'decision'"
        )

    verified = drawbar("audit", "verify", "--data", "var", "--format", "json", cwd=tmp_path)

    assert verified.returncode == 3
    assert decision in verified.stdout
    assert "it was changed" in verified.stdout
