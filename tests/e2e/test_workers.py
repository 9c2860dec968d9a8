"""Several processes behind one door: they share what gateways share, and are kept alive."""

import asyncio
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.e2e.gateway_process import PATIENCE_S, GatewayProcess
from tests.e2e.test_shared_limits import ATTEMPTS, LIMIT, POLICY, attempts
from tests.memory.conftest import new_database

WORKERS: Final = 2


@pytest.fixture
def port() -> int:
    """Return a port that is free, as those after it should be."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return min(int(probe.getsockname()[1]), 60_000)


@pytest.fixture
def served(postgres: Any, tmp_path: Path, port: int) -> Iterator[GatewayProcess]:
    """Serve by several workers."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "bank.bar").write_text(POLICY.format(per="subject"), "utf-8")
    config = tmp_path / "drawbar.toml"
    config.write_text(
        f'database_url = "{new_database(postgres)}"\nworkers = {WORKERS}\nworker_port = {port}\n'
    )
    options = ("--port", "0", "--config", str(config))
    with GatewayProcess(tmp_path, *options, policies=policies) as served:
        until(lambda: len(doors(port)) == WORKERS)
        yield served


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def doors(port: int) -> dict[int, float]:
    """Return the workers that answer at doors of their own, and the decisions of each."""
    found = {}
    for number in range(WORKERS):
        with suppress(httpx.TransportError):
            told = httpx.get(f"http://127.0.0.1:{port + number}/metrics", timeout=10).text
            lines = re.findall(r"^drawbar_decisions_total\{.*\} (\S+)$", told, re.MULTILINE)
            found[number] = sum(map(float, lines))
    return found


def children(of: int) -> list[int]:
    """Return the workers of a process; what else is below it is of Python."""
    found = Path(f"/proc/{of}/task/{of}/children").read_text().split()
    return [pid for pid in map(int, found) if b"spawn_main" in _command(pid)]


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def test_workers_share_limits_and_are_started_anew(served: GatewayProcess, port: int) -> None:
    """A limit is one limit; who is killed comes back, and meanwhile the other one answers."""
    answers = asyncio.run(attempts([served.address], served.key, 7, ATTEMPTS))
    each = doors(port)
    before = children(served.process.pid)
    os.kill(before[-1], signal.SIGKILL)
    served.wait_for("(a worker ended)")
    meanwhile = served.check(tool="read_mail").json()["effect"]
    until(lambda: len(doors(port)) == WORKERS)
    after = children(served.process.pid)
    code = served.stop()

    assert [one["effect"] for one in answers].count("allow") == LIMIT
    assert sum(each.values()) == ATTEMPTS
    assert all(each.values()), each
    assert meanwhile == "deny"
    assert len(after) == WORKERS
    assert len(set(before) & set(after)) == WORKERS - 1
    assert code == 0
    assert not any(map(_command, after))


def test_no_worker_outlives_who_started_it(served: GatewayProcess) -> None:
    """Nobody would start it anew, and nobody would stop it."""
    workers = children(served.process.pid)
    served.stop(signal.SIGKILL)

    assert len(workers) == WORKERS
    until(lambda: not any(map(_command, workers)))


def test_a_first_worker_that_cannot_start_is_the_end(
    postgres: Any, tmp_path: Path, port: int
) -> None:
    """It says why in one line, and no other one is started."""
    config = tmp_path / "drawbar.toml"
    config.write_text(
        f'database_url = "{new_database(postgres)}"\nworkers = {WORKERS}\nworker_port = {port}\n'
    )
    failing = GatewayProcess(tmp_path, "--port", "0", "--config", str(config))

    with socket.create_server(("127.0.0.1", port)), pytest.raises(AssertionError), failing:
        pass

    assert failing.process.wait(PATIENCE_S) == 1
    assert f"drawbar: cannot listen on port {port} of 127.0.0.1" in failing.printed()
