"""Measures checks over a socket: `python -m bench.check`.

Every server takes its turn in each round, so what else the machine does meets all of them: what
one of them costs is told as a multiple of what another one does in the same round. The processor
is that of the server's process, of all of its threads.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from operator import truediv
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import uvicorn

from bench import gateways, path_goals
from bench.check.line import Asking, ask
from bench.check.served import POLICY
from bench.gateways import Refused
from bench.parts import MISSED

_ROWS: Final = {
    "constant": ("constant", "async", False),
    "idiomatic": ("idiomatic", "async", False),
    "short": ("short", "async", False),
    "ordinary, async": ("ordinary", "async", False),
    "whole, async": ("whole", "async", False),
    "whole, async, session": ("whole", "async", True),
    "whole, group": ("whole", "group", False),
}


@dataclass(slots=True)
class Row:
    """One server, and what each round of it came to."""

    name: str
    pid: int
    where: str
    asking: Asking
    busy_us: list[float] = field(default_factory=list)  # of the processor, for a check
    rates: list[float] = field(default_factory=list)
    p50_us: list[float] = field(default_factory=list)
    p99_us: list[float] = field(default_factory=list)

    async def round(self, clients: int, number: int) -> None:
        """Ask so many checks."""
        busy = processor_s(self.pid)
        made = await ask(self.where, self.asking, clients, number)
        waits = sorted(made.waits_us)
        self.busy_us.append((processor_s(self.pid) - busy) / number * 1e6)
        self.rates.append(number / made.took_s)
        self.p50_us.append(waits[number // 2])
        self.p99_us.append(waits[int(number * 0.99)])


def processor_s(pid: int) -> float:
    """Return the seconds of the processor that the threads of a process took, to the nanosecond."""
    told = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(one.read_text("ascii").split()[0]) for one in told) / 1e9


@contextmanager
def served(name: str, folder: Path, *, unix: bool) -> Iterator[Row]:
    """Run one server."""
    what, audit, sessions = _ROWS[name]
    data = folder / name.replace(", ", "-")
    command = [sys.executable, "-m", "bench.check.served", what, "--data", str(data)]
    command += ["--audit", audit]
    command += ["--uds", str(folder / f"{data.name}.sock")] if unix else []
    environment = {at: one for at, one in os.environ.items() if not at.startswith("DRAWBAR")}
    told_in = folder / f"{data.name}.log"
    with told_in.open("w") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env=environment, text=True
        )
    try:
        assert process.stdout is not None  # noqa: S101 - as it was opened
        line = next((one for one in process.stdout if one.startswith('{"where"')), None)
        if line is None:
            raise Refused(f"`{name}` did not start: {told_in.read_text('utf-8')[-500:]}")
        told = json.loads(line)  # it stands after what is told of the start
        yield Row(name, process.pid, told["where"], Asking(told["key"], sessions=sessions))
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def beside(checkout: Path, folder: Path, audit: str) -> Iterator[Row]:
    """Run `drawbar serve` of another version, from where it is checked out."""
    policies = folder / f"beside-{audit}"
    policies.mkdir()
    (policies / "bench.bar").write_text(POLICY, "utf-8")
    with gateways.serving(policies, {"audit": audit}, folder, root=checkout.resolve()) as gateway:
        port = str(urlsplit(gateway.address).port)
        yield Row(f"before, {audit}", gateway.pid, port, Asking(gateway.key, sessions=False))


async def measure(rows: Sequence[Row], options: argparse.Namespace) -> None:
    """Let every server have its turn, round by round."""
    for number in range(options.rounds + 1):
        turn = number % len(rows)
        for row in (*rows[turn:], *rows[:turn]):
            await row.round(options.clients, options.number)
        if not number:  # to get warm
            for row in rows:
                for one in (row.busy_us, row.rates, row.p50_us, row.p99_us):
                    one.clear()
        sys.stderr.write(f"round {number} of {options.rounds}\n")


def shown(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the table: medians of the rounds, and multiples within each round."""
    told = "processor, us", "times constant", "share of idiomatic", "a second", "p50, us", "p99"
    yield f"| server | {' | '.join(told)} |"
    yield f"|{' --- |' * (len(told) + 1)}"
    by_name = {row.name: row for row in rows}
    for row in rows:
        cells = [row.name, _middle(row.busy_us)]
        cells += [_multiple(row, by_name.get(other)) for other in ("constant", "idiomatic")]
        cells += [_middle(one) for one in (row.rates, row.p50_us, row.p99_us)]
        yield f"| {' | '.join(cells)} |"


def goals(by_name: Mapping[str, Row]) -> Iterator[tuple[str, float, bool]]:
    """Yield what was to be reached, what was measured, and whether that holds."""
    short, constant, idiomatic = (by_name.get(one) for one in ("short", "constant", "idiomatic"))
    whole = by_name.get("whole, async")
    if short is not None and constant is not None:
        share = statistics.median(map(truediv, short.rates, constant.rates))
        words = f"the share of a constant answer's rate, at least {path_goals.OF_BARE:.2f}"
        yield words, share, share >= path_goals.OF_BARE
    if short is not None and idiomatic is not None:
        share = statistics.median(map(truediv, short.busy_us, idiomatic.busy_us))
        words = f"its share of idiomatic FastAPI's processor, at most {path_goals.OF_FASTAPI:.2f}"
        yield words, share, share <= path_goals.OF_FASTAPI
    if whole is not None:
        busy, p50 = statistics.median(whole.busy_us), statistics.median(whole.p50_us)
        words = f"processor of a whole check, at most {path_goals.BUSY_US} us"
        yield words, busy, busy <= path_goals.BUSY_US
        words = f"p50 of a whole check, at most {path_goals.ALONE_US} us"
        yield words, p50, p50 <= path_goals.ALONE_US


def _middle(found: Sequence[float]) -> str:
    return f"{statistics.median(found):,.0f} ({min(found):,.0f} to {max(found):,.0f})"


def _multiple(row: Row, other: Row | None) -> str:
    if other is None:
        return ""
    each = [mine / theirs for mine, theirs in zip(row.busy_us, other.busy_us, strict=True)]
    return f"{statistics.median(each):.2f} ({min(each):.2f} to {max(each):.2f})"


def main() -> int:
    """Print a table; end with 3 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", choices=tuple(_ROWS), default=list(_ROWS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--number", type=int, default=2000, help="checks of a round and server")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--unix", action="store_true", help="over Unix sockets")
    parser.add_argument("--beside", type=Path, help="a checkout of another version")
    options = parser.parse_args()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, ExitStack() as closing:
        folder = Path(name)
        rows = [
            closing.enter_context(served(one, folder, unix=options.unix)) for one in options.rows
        ]
        if options.beside is not None:
            rows += [
                closing.enter_context(beside(options.beside, folder, audit))
                for audit in ("async", "group")
            ]
        loop = uvicorn.Config("").get_loop_factory()
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(measure(rows, options))
    for line in shown(rows):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after\n")
    reached = list(goals({row.name: row for row in rows}))
    for goal, found, held in reached:
        sys.stdout.write(f"{'held' if held else 'missed'}: {goal}: {found:,.2f}\n")
    return 0 if all(held for _, _, held in reached) else MISSED


if __name__ == "__main__":
    sys.exit(main())
