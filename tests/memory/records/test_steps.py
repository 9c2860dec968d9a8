"""Steps: what happens along with a decision is stored with its record, or neither is."""

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.records.log import RecordLog, Unrecorded
from memory.records.steps import Overtaken
from memory.records.store import Records
from memory.tables import sessions
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW, a_record

MANY = 20


@dataclass(frozen=True)
class Close:
    """Closes a session that is open; of several, one alone finds it so."""

    async def take(self, connection: AsyncConnection) -> None:
        found = update(sessions).where(sessions.c.id == "s", sessions.c.closed_at.is_(None))
        if (await connection.execute(found.values(closed_at=NOW))).rowcount != 1:
            raise Overtaken("the session was closed already")


async def _open(store: Store) -> None:
    async with store.database.write() as connection:
        row = {"tenant": "t", "id": "s", "opened_at": NOW}
        await connection.execute(insert(sessions).values(row))


@pytest.mark.parametrize("at_once", [False, True])
def test_of_many_who_take_the_same_step_one_is_recorded(
    store: Store,
    at_once: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Records in one batch rest on the same thing: one has it, the others leave no record.

    Others of the batch are stored, and who takes a step waits also where nobody else does.
    """

    async def work() -> list[BaseException | None]:
        await _open(store)
        log = RecordLog(store.database, 100, at_once=at_once)
        log.start()
        waits = [log.append(a_record(), steps=[Close()]) for _ in range(MANY)]
        results = await asyncio.gather(*waits, log.append(a_record()), return_exceptions=True)
        assert log.healthy
        await log.stop()
        return results

    results = store.run(work())

    refused = [one for one in results if isinstance(one, Unrecorded)]
    assert len(refused) == MANY - 1
    assert {type(one.__cause__) for one in refused} == {Overtaken}
    assert len(store.run(Records(store.database).latest(100))) == 2
