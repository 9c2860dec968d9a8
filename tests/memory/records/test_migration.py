"""What was decided before there were chains is carried over into one."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from memory import migrating
from memory.database import Database, sqlite_url
from memory.records.chain import genesis, link_hash
from memory.records.record import DecisionRecord
from memory.records.store import Records
from tests.memory.conftest import Store
from tests.stores import empty_postgres

REASON = {
    "code": "rule",
    "effect": "deny",
    "policy": "p",
    "rule": "r",
    "by": "true",
    "cause": None,
    "path": None,
    "detail": None,
    "because": "it is said",
    "source": None,
}


@pytest.fixture(params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return a store as it was before, with three decisions."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path)
    else:
        url = empty_postgres(request.getfixturevalue("postgres"))
    database = Database(url)

    async def prepare() -> None:
        async with database.write() as connection:
            await connection.run_sync(_at_third)
            for number in range(3):
                await connection.execute(_INSERT, _row(number))
        await database.close()

    asyncio.run(prepare())
    opened = Store(url)
    yield opened
    opened.close()


def _at_third(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrating.folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0003")


_INSERT = text(
    "INSERT INTO decisions (id, tenant, at, edge, key_id, subject, call_id, tool, args_hmac,"
    " effect, reason, reasons, message, dry_run, engine)"
    " VALUES (:id, 'default', '2026-03-02 10:00:00+00:00', 'http', 'k_1', 'ada', 'c1', 'pay',"
    " 'hmac-sha256:0', 'deny', 'rule', :reasons, 'Denied.', false, 'drawbar/0')"
)


def _row(number: int) -> dict[str, str]:
    return {"id": f"d_{number}", "reasons": json.dumps([REASON])}


def test_what_was_decided_before_is_chained(old: Store) -> None:
    """Each old decision reads back as it was, and stands in the chain of its writer."""
    found: list[DecisionRecord] = old.run(Records(old.database).latest(10))

    async def chained() -> tuple[str, list[tuple[int, str, str]]]:
        async with old.database.read() as connection:
            row = (await connection.execute(text("SELECT * FROM writers"))).one()
            query = text("SELECT seq, hash, content FROM records ORDER BY seq")
            rows = [tuple(one) for one in await connection.execute(query)]
        return str(row.id), rows

    writer, rows = old.run(chained())
    assert [one.id for one in found] == ["d_2", "d_1", "d_0"]
    assert (found[0].rule, found[0].subject, found[0].phase) == ("p/r", "ada", "call")
    head = genesis(writer, "before", datetime(2026, 1, 1, tzinfo=UTC), "")
    for seq, found_hash, content in rows:
        head = link_hash(writer, seq, head, content)
        assert head == found_hash
