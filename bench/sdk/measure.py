"""Measures a check over a Unix socket: the client's own share, and the whole with a gateway.

In each round every way of asking has its turn, so what else the machine does falls on all of
them; each is held against a bare round trip of as many bytes over the same kind of socket, in the
same round. Ends with 3 if a goal is missed.
"""

import argparse
import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench import gateways, reporting
from bench.parts import DONE, MISSED
from bench.sdk import answering
from drawbar import AsyncClient, Client

GOAL_US: Final = 200.0
ARGS: Final = {"recipient": "GB29NWBK60161331926819", "amount": 50}
POLICY: Final = "policy bank version 1;\nrule small: allow pay when args.amount <= 100;\n"
ALONE, BARE, MANY = "constant answer", "a bare round trip", 64 * 1024
Times = list[float]


@dataclass(slots=True)
class Row:
    """One way of asking, and the seconds that it took in each round."""

    against: str
    what: str
    ask: Callable[[int], Times]
    goal: float | None = None
    rounds: list[Times] = field(default_factory=list)


def bare(path: str, sent: bytes) -> Callable[[int], Times]:
    """Send a question that is already written, and take what comes back unread."""

    def ask(times: int) -> Times:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.connect(path)

            def once() -> None:
                line.sendall(sent)
                came = line.recv(MANY)
                while not _whole(came):
                    came += line.recv(MANY)

            return _timed(once, times)

    return ask


def _whole(came: bytes) -> bool:
    head, _, body = came.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 OK\r\n"):
        raise gateways.Refused(f"not answered: {came[:300]!r}")
    return len(body) == int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])


def blocking(path: str, key: str, call_id: str | None) -> Callable[[int], Times]:
    """Ask with the blocking client."""

    def ask(times: int) -> Times:
        with Client(uds=path, key=key, timeout=60) as client:
            return _timed(lambda: _let(client.check("pay", ARGS, call_id=call_id)), times)

    return ask


def looping(path: str, key: str, call_id: str | None) -> Callable[[int], Times]:
    """Ask with the client of asyncio."""

    async def asked(times: int) -> Times:
        async with AsyncClient(uds=path, key=key, timeout=60) as client:
            _let(await client.check("pay", ARGS, call_id=call_id))
            took = []
            for _ in range(times):
                began = time.perf_counter()
                decision = await client.check("pay", ARGS, call_id=call_id)
                took.append(time.perf_counter() - began)
                _let(decision)
            return took

    return lambda times: asyncio.run(asked(times))


def _timed(once: Callable[[], None], times: int) -> Times:
    once()  # the connection is opened before anything is measured
    took = []
    for _ in range(times):
        began = time.perf_counter()
        once()
        took.append(time.perf_counter() - began)
    return took


def _let(decision: object) -> None:
    if not decision:
        raise gateways.Refused(f"not allowed: {decision}")


@contextmanager
def constant(folder: Path) -> Iterator[str]:
    """Run the server of one answer, in a process of its own."""
    path = str(folder / "constant")
    command = [sys.executable, "-m", "bench.sdk.answering", path]
    with subprocess.Popen(command, cwd=reporting.ROOT, stdout=subprocess.PIPE) as process:
        try:
            if not process.stdout or not process.stdout.readline():
                raise gateways.Refused("the server of one answer did not start")
            yield path
        finally:
            process.terminate()


def rows(folder: Path, opened: ExitStack) -> list[Row]:
    """Start all servers, and return the ways of asking them."""
    path = opened.enter_context(constant(folder))
    sent = _question(answering.CALL_ID, "drw_" + "x" * 40)
    found = [
        Row(ALONE, BARE, bare(path, sent)),
        Row(ALONE, "`Client`", blocking(path, "drw_" + "x" * 40, answering.CALL_ID), GOAL_US),
        Row(ALONE, "`AsyncClient`", looping(path, "drw_" + "x" * 40, answering.CALL_ID), GOAL_US),
    ]
    (folder / "policies").mkdir()
    (folder / "policies" / "bank.bar").write_text(POLICY, "utf-8")
    for audit in ("group", "async"):
        uds, against = str(folder / audit), f'gateway, `audit = "{audit}"`'
        settings = {"uds": uds, "audit": audit}
        served = opened.enter_context(gateways.serving(folder / "policies", settings, folder))
        found += [
            Row(against, BARE, bare(uds, _question("c1", served.key))),
            Row(against, "`Client`", blocking(uds, served.key, None), GOAL_US),
            Row(against, "`AsyncClient`", looping(uds, served.key, None), GOAL_US),
        ]
    return found


def _question(call_id: str, key: str) -> bytes:
    body = b'{"call_id":"%s","tool":"pay","args":{"recipient":"%s","amount":50}}' % (
        call_id.encode(),
        str(ARGS["recipient"]).encode(),
    )
    head = (
        f"POST /v1/check HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def told(found: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| against | asked by | p50, us | best round | p99 | best round | times bare | goal |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    bares = {row.against: [_share(one, 0.5) for one in row.rounds] for row in found if _bare(row)}
    for row in found:
        halves = [_share(one, 0.5) for one in row.rounds]
        highs = [_share(one, 0.99) for one in row.rounds]
        pairs = zip(halves, bares[row.against], strict=True)
        ratio = statistics.median(half / empty for half, empty in pairs)
        middle, high = statistics.median(halves), statistics.median(highs)
        yield (
            f"| {row.against} | {row.what} | {middle:.0f} | {min(halves):.0f} | {high:.0f} |"
            f" {min(highs):.0f} | {ratio:.1f} | {_verdict(row)} |"
        )


def missed(found: Sequence[Row]) -> bool:
    """Tell whether the median of a row is over its goal."""
    return any(_verdict(row).endswith("missed") for row in found)


def _verdict(row: Row) -> str:
    if row.goal is None:
        return ""
    middle = statistics.median(_share(one, 0.5) for one in row.rounds)
    return f"p50 at most {row.goal:.0f}: {'held' if middle <= row.goal else 'missed'}"


def _bare(row: Row) -> bool:
    return row.what == BARE


def _share(seconds: Times, share: float) -> float:
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)] * 1e6


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.sdk", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=500, help="in each round, of each row")
    wanted = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name, ExitStack() as opened:
        found = rows(Path(name), opened)
        for at in range(wanted.rounds):
            for row in (*found[at % len(found) :], *found[: at % len(found)]):
                row.rounds.append(row.ask(wanted.calls))
    machine: dict[str, Any] = reporting.machine()
    print(f"{machine['cores']} cores, load {machine['load1']} at the end")
    print(*told(found), sep="\n", flush=True)
    return MISSED if missed(found) else DONE
