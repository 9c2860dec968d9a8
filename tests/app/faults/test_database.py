"""A write that is given up at whichever of its waits leaves an SQLite store to the others."""

import asyncio
import itertools
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from memory.database import Database, sqlite_url
from tests.app.faults.stepping import FAULTS, Clock, Fault, Points

ENDS: Final = [one for one in FAULTS if not one.late_s]


@pytest.mark.parametrize("fault", ENDS, ids=lambda one: one.name)
def test_what_was_given_up_leaves_the_store_unlocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """Also while somebody holds the fault, and with it a cursor that nobody closed."""
    points = Points(Clock(monkeypatch), lambda: False)
    database = Database(sqlite_url(tmp_path))
    held: list[object] = []

    async def write() -> None:
        async with database.write() as connection:
            await connection.execute(text("DELETE FROM api_keys"))
            await connection.execute(text("SELECT 1 UNION SELECT 2"))

    def unlocked() -> bool:
        with closing(sqlite3.connect(tmp_path / "drawbar.db", timeout=10)) as other:
            return other.execute("DELETE FROM api_keys") is not None

    async def work() -> None:
        points.watch(asyncio.get_running_loop())
        for at in itertools.count():
            held.append(await points.tried(write(), fault, at))
            assert unlocked()
            if not points.happened:
                break
        await database.close()

    with asyncio.Runner() as runner:
        runner.run(database.migrate())
        runner.run(work())
    assert len(held) > 10
