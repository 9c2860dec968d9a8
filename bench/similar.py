"""Measures how fast similar calls are found, what room they take, and how good the short way is.

`python -m bench.similar` compares calls of a generated world, as memory keeps them: among 10,000
and 100,000 the time from a call to the nearest others (of the clock and of the processor), the room
that they take, how fast calls are taken in from a store and what a whole look takes then, and how
many of the ten nearest by the wide vectors are among those that the narrow ones name.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from sqlalchemy import insert

from bench.induction import drawn_case, kept
from bench.lifelong import traits
from bench.parts import DONE, MISSED
from memory.database import Database, sqlite_url
from memory.evidence.evidence import Evidence, Piece
from memory.evidence.kind import Kind
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.induction.case import Case
from memory.similar.hashed import WIDE, Hashed
from memory.similar.index import Index, Row
from memory.similar.looking import CANDIDATES, Similar, Wanted
from memory.similar.text import alike, parts
from memory.tables import evidence

GOALS_MS: Final = {10_000: 1.0, 100_000: 10.0}
CALLS: Final = 200
STORED: Final = 20_000
_COMPARED: Final = 10_000
_NEAREST: Final = 10
_AT_ONCE: Final = 1_000
_SHARE: Final = 95  # per cent
_SEED: Final = 7
_NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
_MIB: Final = 1 << 20


def main() -> int:
    """Measure all of it and return the exit code."""
    cases = drawn(max(GOALS_MS))
    found = [_retrieval(cases, many, goal) for many, goal in GOALS_MS.items()]
    print(f"of the {_NEAREST} nearest, {_among(cases[:_COMPARED]):.1%} are among the {CANDIDATES}")
    asyncio.run(_from_a_store(cases[:STORED]))
    return DONE if all(found) else MISSED


def drawn(many: int) -> list[Case]:
    """Draw calls, one each second."""
    random = Random(_SEED)  # noqa: S311 - a world, no secret
    of = traits.mix(random)
    made = (drawn_case(random, of, number) for number in range(many))
    return [replace(one, at=_NOW + timedelta(seconds=at)) for at, one in enumerate(made)]


def filled(cases: Sequence[Case]) -> Index:
    """Return an index of some calls."""
    index, hashed = Index(), Hashed()
    for at in range(0, len(cases), _AT_ONCE):
        some = cases[at : at + _AT_ONCE]
        end = _NOW + timedelta(days=365)
        rows = [Row(one.decision_id, one.at, end, alike(one)) for one in some]
        index.add(rows, hashed.vectors([parts(one) for one in some]))
    return index


def _retrieval(cases: Sequence[Case], many: int, goal: float) -> bool:
    """Measure from a call to the nearest others, and tell whether it is quick enough."""
    index, hashed = filled(cases[:many]), Hashed()

    def look(one: Case) -> None:
        index.nearest(hashed.vectors([parts(one)])[0], CANDIDATES, (one.decision_id,))

    asked = cases[:: len(cases) // CALLS][:CALLS]
    look(asked[0])
    clock, processor = _times(look, asked)
    wall, work = (_spread(one) for one in (clock, processor))
    print(f"among {many:,} calls: {wall} by the clock, {work} of the processor; goal {goal:g} ms")
    print(f"they take {index.size / _MIB:.0f} MiB")
    return _at(clock, _SHARE) <= goal


def _times(look: Callable[[Case], None], asked: Sequence[Case]) -> tuple[list[float], list[float]]:
    clock, processor = list[float](), list[float]()
    for one in asked:
        began, worked = time.perf_counter(), time.thread_time()
        look(one)
        clock.append((time.perf_counter() - began) * 1e3)
        processor.append((time.thread_time() - worked) * 1e3)
    return sorted(clock), sorted(processor)


def _spread(times: Sequence[float]) -> str:
    return f"{_at(times, 50):.2f} ms p50, {_at(times, _SHARE):.2f} ms p95"


def _at(times: Sequence[float], share: int) -> float:
    return times[len(times) * share // 100]


def _among(cases: Sequence[Case]) -> float:
    """Return what share of the nearest by the wide vectors the narrow ones name as well."""
    index, narrow, wide = filled(cases), Hashed(), Hashed(WIDE)
    whole = wide.vectors([parts(one) for one in cases])
    hits = 0
    for at in range(0, len(cases), len(cases) // CALLS):
        one = cases[at]
        near = index.nearest(narrow.vectors([parts(one)])[0], CANDIDATES, (one.decision_id,))
        scores = whole @ whole[at]
        scores[at] = -1
        best = {cases[place].decision_id for place in np.argsort(-scores)[:_NEAREST]}
        hits += len(best & {each.decision for each in near})
    return hits / (CALLS * _NEAREST)


async def _from_a_store(cases: Sequence[Case]) -> None:
    """Measure how fast calls are taken in from SQLite, and a look when they are."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder)))
        await database.migrate()
        vault = Vault(database, FileMaster(b"m" * 32))
        await _stored(database, vault, cases)
        similar = Similar(database, vault)
        now = _NOW + timedelta(days=1)
        began, worked = time.perf_counter(), time.process_time()
        while not (await _looked(similar, cases[0], now))[0]:
            print(f"{similar.held:,} of {len(cases):,} calls are taken in", file=sys.stderr)
        took, work = time.perf_counter() - began, time.process_time() - worked
        asked = cases[:: len(cases) // CALLS][:CALLS]
        worked = time.process_time()
        looks = sorted([(await _looked(similar, one, now))[1] for one in asked])
        whole = (time.process_time() - worked) * 1e3 / len(asked)
        await database.close()
    print(f"{len(cases):,} calls are taken in in {took:.1f} s, {work:.1f} s of the processor")
    each = f"{whole:.1f} ms of the processor each"
    print(f"a whole look among them: {_spread(looks)} by the clock, {each}")


async def _stored(database: Database, vault: Vault, cases: Sequence[Case]) -> None:
    evidences = Evidence(database, vault, {Kind.FEATURES: timedelta(days=365)})
    key = await vault.key("acme", "ada")
    for at in range(0, len(cases), _AT_ONCE):
        rows = [
            row
            for one in cases[at : at + _AT_ONCE]
            for row in evidences.rows(key, [_piece(one)], one.at)
        ]
        async with database.write() as connection:
            await connection.execute(insert(evidence), rows)


def _piece(one: Case) -> Piece:
    return Piece(Kind.FEATURES, kept(one), one.decision_id)


async def _looked(similar: Similar, one: Case, now: datetime) -> tuple[bool, float]:
    name = one.decision_id
    wanted = Wanted(tenant="acme", decisions=[name], reported=(), left_out=[name], limit=_NEAREST)
    began = time.perf_counter()
    found = await similar.look(wanted, now)
    return found.complete, (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    sys.exit(main())
