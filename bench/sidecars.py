"""Thousands of sidecars that ask one gateway for bundles, and what one of them weighs.

What is timed is a changed policy and a freeze.
"""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from app.bundles.making import new_key
from memory.database import Database, sqlite_url
from memory.keys import Keys, Scope

POLL_S: Final = 5.0
RULES: Final = 1_000
CHECKS: Final = 1_000
_PATIENCE_S: Final = 90.0
_SAME: Final = 304


@dataclass(slots=True)
class Seen:
    """What the pollers saw: answers by status, and when each saw another bundle."""

    statuses: dict[int, int] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    news: dict[int, float] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)


def policy(rules: int) -> str:
    """Return a policy with many rules, of which each looks at an argument."""
    lines = [
        f'rule r{n}: deny pay when args.recipient == "Eve {n}" reply "not {n}";'
        for n in range(rules - 1)
    ]
    return "\n".join(["policy bank version 1;", *lines, "rule small: allow pay;", ""])


def _serve(folder: Path, *arguments: str) -> tuple["subprocess.Popen[bytes]", str]:
    log = folder / "log"
    command = [sys.executable, "-m", "app.cli", "serve", "--data", "var", *arguments]
    with log.open("wb") as out:
        running = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and running.poll() is None:
        if found := re.search(r"Drawbar listens on (\S+)", log.read_text()):
            return running, found[1]
        time.sleep(0.05)
    raise SystemExit(log.read_text())


def _cpu(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid: int) -> float:
    """Return the memory that a process has resident."""
    told = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", told)[1]) / 1024  # type: ignore[index]


async def _poller(number: int, port: int, key: str, seen: Seen, stop: asyncio.Event) -> None:
    await asyncio.sleep(random.uniform(0, POLL_S))  # noqa: S311 - no secret
    line = None
    while not stop.is_set():
        try:
            line = line or await asyncio.open_connection("127.0.0.1", port)
            await _asked(number, key, seen, *line)
        except (OSError, asyncio.IncompleteReadError) as error:
            seen.lost[type(error).__name__] = seen.lost.get(type(error).__name__, 0) + 1
            line = None
        await asyncio.sleep(POLL_S * random.uniform(0.8, 1.2))  # noqa: S311 - no secret


async def _asked(
    number: int, key: str, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    tag = seen.tags.get(number)
    known = f"If-None-Match: {tag}\r\n" if tag else ""
    head = f"GET /v1/bundle HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n{known}\r\n"
    writer.write(head.encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    status = int(answer.split(" ", 2)[1])
    size = re.search(r"content-length: (\d+)", answer)
    await reader.readexactly(int(size[1]) if size and status != _SAME else 0)
    seen.statuses[status] = seen.statuses.get(status, 0) + 1
    found = re.search(r"etag: (\S+)", answer)
    if found and found[1] != tag:
        seen.tags[number] = found[1]
        seen.news[number] = time.monotonic()


async def _keys(folder: Path, many: int) -> tuple[str, ...]:
    """Make a key that may freeze, and one for each sidecar."""
    database = Database(sqlite_url(folder / "var"))
    await database.migrate()
    keys = Keys(database)
    now = datetime.now(UTC)
    made = [await keys.create(f"s{n}", [Scope.POLICY_READ], now) for n in range(many)]
    admin = await keys.create("operator", [Scope.ADMIN], now)
    await database.close()
    return admin, *made


async def polled(many: int, seconds: float) -> dict[str, Any]:
    """Let sidecars poll a gateway, change its policy, and say what it cost."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "policies").mkdir()
        (folder / "var").mkdir(mode=0o700)
        (folder / "policies" / "bank.bar").write_text(policy(RULES))
        (folder / "bundle.key").write_text(new_key()[0])
        (folder / "bundle.key").chmod(0o600)
        (folder / "drawbar.toml").write_text('bundle_key = "bundle.key"\n')
        keys = await _keys(folder, many)
        gateway, address = _serve(folder, "--port", "0", "--policies", "policies")
        try:
            return await _measured(gateway.pid, address, keys, seconds, folder)
        finally:
            gateway.kill()
            gateway.wait()


async def _measured(
    pid: int, address: str, made: tuple[str, ...], seconds: float, folder: Path
) -> dict[str, Any]:
    admin, *keys = made
    port, seen, stop = int(address.rpartition(":")[2]), Seen(), asyncio.Event()
    work = [asyncio.create_task(_poller(n, port, k, seen, stop)) for n, k in enumerate(keys)]
    await asyncio.sleep(3 * POLL_S)  # all have the first bundle
    first, cpu, began = len(seen.tags), _cpu(pid), time.monotonic()
    await asyncio.sleep(seconds)
    cores = (_cpu(pid) - cpu) / (time.monotonic() - began)
    text = policy(RULES).replace("not 1", "no 1")
    changed = await _noticed(seen, lambda: (folder / "policies" / "bank.bar").write_text(text))
    frozen = await _noticed(seen, lambda: _freeze(address, admin))
    stop.set()
    await asyncio.gather(*work, return_exceptions=True)
    return {
        "sidecars": len(keys),
        "had the first bundle": first,
        "cores of the gateway": round(cores, 3),
        "answers by status": dict(sorted(seen.statuses.items())),
        "connections lost": seen.lost,
        "until a changed policy was noticed": changed,
        "until a freeze was noticed": frozen,
        "resident memory of the gateway, MiB": round(rss_mib(pid), 1),
    }


async def _noticed(seen: Seen, change: Callable[[], object]) -> dict[str, Any]:
    """Change something, and return after how many seconds the sidecars had the bundle with it."""
    seen.news.clear()
    began = time.monotonic()
    await asyncio.to_thread(change)
    done = time.monotonic() - began
    await asyncio.sleep(4 * POLL_S)
    waits = sorted(at - began for at in seen.news.values())
    median, last = (waits[len(waits) // 2], waits[-1]) if waits else (None, None)
    return {"sidecars": len(waits), "change": done, "median": median, "last": last}


def _freeze(address: str, key: str) -> None:
    body = {"kind": "agent", "name": "bot"}
    told = {"Authorization": f"Bearer {key}"}
    httpx.post(f"{address}/v1/freezes", json=body, headers=told, timeout=30).raise_for_status()


def weight() -> dict[str, Any]:
    """Return what a sidecar has resident after some checks."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "policies").mkdir()
        (folder / "policies" / "bank.bar").write_text(policy(RULES))
        drawbar = [sys.executable, "-m", "app.cli", "bundle"]
        steps = (
            ("keygen", "key"),
            ("build", "policies", "-o", "b"),
            ("sign", "b", "--key", "key"),
        )
        for step in steps:
            subprocess.run([*drawbar, *step], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (folder / "drawbar.toml").write_text('[sidecar]\ntrust = ["key.pub"]\nbundle = "b"\n')
        running, _ = _serve(folder, "--sidecar")
        try:
            at_start = rss_mib(running.pid)
            _check(folder)
            return {
                "rules": RULES,
                "MiB at the start": round(at_start, 1),
                f"MiB after {CHECKS} checks": round(rss_mib(running.pid), 1),
            }
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait()


def _check(folder: Path) -> None:
    transport = httpx.HTTPTransport(uds=str(folder / "var" / "agent.sock"))
    key = (folder / "var" / "agent.key").read_text().strip()
    told = {"Authorization": f"Bearer {key}"}
    with httpx.Client(transport=transport, base_url="http://x", headers=told) as client:
        for number in range(CHECKS):
            args = {"recipient": "Ada", "amount": 50}
            body = {"call_id": f"c{number}", "tool": "pay", "args": args}
            answer = client.post("/v1/check", json=body)
            assert answer.json()["effect"] == "allow"  # noqa: S101 - else nothing was measured


def main() -> None:
    """Print both."""
    print(weight())
    print(asyncio.run(polled(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, 30.0)))


if __name__ == "__main__":
    main()
