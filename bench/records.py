"""What recording costs: `python -m bench.records`.

Records as decisions leave them, into a real store: how many a second, what taking one in costs its
decision, how long an answer waits in `group`, and how long finding some of a million takes.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from dsl.model import Atom, Decision, Effect, Reason, ReasonCode, Subject, ToolCall, Verdict
from memory.database import Database, sqlite_url
from memory.ids import new_id
from memory.keys import ApiKey, Scope
from memory.records.log import RecordLog
from memory.records.query import Wanted, page
from memory.records.record import DecisionRecord, Recorder

NOW: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
KEY: Final = ApiKey("k_1", "default", "bench", "ada", None, frozenset([Scope.CHECK]), NOW)
RECORDER: Final = Recorder(b"k" * 32, "drawbar/bench")
CLIENTS: Final = 64
EACH: Final = 50


def a_record(number: int) -> DecisionRecord:
    """Return a record of a usual decision: one rule, and three questions."""
    at = NOW + timedelta(milliseconds=number)
    reason = Reason(
        ReasonCode.RULE,
        Effect.DENY,
        policy="banking",
        rule=f"rule_{number % 50}",
        because="nobody we trust named this recipient",
    )
    verdict = Verdict(Effect.DENY, ReasonCode.RULE, (reason,))
    about = {"policy": "banking", "kind": "iban", "tool": "send_money", "at": "/recipient"}
    atoms = (
        Atom("origins", about, {"untrusted": True}, "hmac-sha256:" + "0" * 64),
        Atom("saw", {"policy": "banking", "level": "untrusted"}, answer=True),
        Atom("past", {"per": "subject"}, {"executed": 3, "reserved": 1}),
    )
    decision = Decision(
        new_id("d", at), f"c{number}", verdict, "Denied.", "1:sha256:0", at, atoms=atoms
    )
    call = ToolCall(
        f"c{number}",
        "send_money",
        {"recipient": "DE89370400440532013000", "amount": number % 1000},
        subject=Subject(f"s{number % 1000}"),
        agent=f"a{number % 100}",
        session=f"x{number % 10_000}",
    )
    return RECORDER.record(call, decision, "http", KEY)


async def _sustained(database: Database, number: int) -> tuple[float, float, float]:
    """Return records a second, microseconds to take one in, and the processor's share of it all."""
    made = [a_record(one) for one in range(number)]
    log = RecordLog(database, number + 1, at_once=True)
    log.start()
    began, busy = time.perf_counter(), time.process_time()
    taking = 0.0
    for at, one in enumerate(made):
        before = time.perf_counter()
        await log.append(one)
        taking += time.perf_counter() - before
        if at % 200 == 0:
            await asyncio.sleep(0)  # as between requests
    await log.stop()
    took = time.perf_counter() - began
    share = (time.process_time() - busy) / took
    return number / took, taking / number * 1e6, share


async def _waits(database: Database) -> list[float]:
    """Return the milliseconds that answers wait in `group`, with all clients asking at once."""
    log = RecordLog(database, 10_000)
    log.start()
    waits: list[float] = []

    async def client(name: int) -> None:
        for one in range(EACH):
            record = a_record(name * EACH + one)
            before = time.perf_counter()
            await log.append(record)
            waits.append((time.perf_counter() - before) * 1e3)

    await asyncio.gather(*(client(name) for name in range(CLIENTS)))
    await log.stop()
    return sorted(waits)


QUERIES: Final = {
    "the newest": {},
    "a subject": {"subject": "s7"},
    "an agent": {"agent": "a7"},
    "a session": {"session": "x77"},
    "a tool": {"tool": "send_money"},
    "an effect": {"effect": "deny"},
    "an effect that never was": {"effect": "allow"},
    "a rule": {"rule": "banking/rule_7"},
    "a second": {"since": NOW + timedelta(seconds=5), "until": NOW + timedelta(seconds=6)},
}


async def _found(database: Database) -> list[tuple[str, float, int]]:
    """Return how long the first page of each query takes, at its slowest of five."""
    found = []
    await page(database, Wanted("default"), 50)  # a gateway has asked its store before
    for name, by in QUERIES.items():
        times, number = [], 0
        for _ in range(5):
            before = time.perf_counter()
            number = len((await page(database, Wanted("default", **by), 50)).found)  # type: ignore[arg-type]  # by name
            times.append((time.perf_counter() - before) * 1e3)
        found.append((name, max(times), number))
    return found


async def _measure(url: str, number: int, stored: int) -> None:
    database = Database(url)
    await database.migrate()
    rates = [await _sustained(database, number) for _ in range(3)]
    rate, taking, share = (statistics.median(column) for column in zip(*rates, strict=True))
    waits = await _waits(database)
    print(f"{database.engine.dialect.name}")
    print(
        f"  async: {rate:,.0f} records/s with {share:.2f} processors busy,"
        f" {taking:.1f} us to take one in"
    )
    p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(f"  group, {CLIENTS} clients: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    filled = 3 * number + CLIENTS * EACH
    while filled < stored:
        await _sustained(database, number)
        filled += number
    if stored:
        print(f"  of {filled:,} records, a page of 50, slowest of five:")
        for name, slowest, found in await _found(database):
            print(f"    {name}: {slowest:.1f} ms ({found} found)")
    await database.close()


def main(arguments: Sequence[str]) -> None:
    """Measure on an embedded store, or on the one whose address is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a SQLAlchemy address; an embedded store if none is given")
    parser.add_argument("--number", type=int, default=20_000, help="records of one run")
    parser.add_argument("--stored", type=int, default=1_000_000, help="records to find some in")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or sqlite_url(Path(folder))
        asyncio.run(_measure(url, given.number, given.stored))


if __name__ == "__main__":
    main(sys.argv[1:])
