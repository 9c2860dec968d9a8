"""What a PostgreSQL does to sessions when it fails, or when a gateway in it does."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as on
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dsl.model import Cause
from memory.database import Database
from memory.records.log import RecordLog, Unrecorded
from memory.sessions import events
from memory.sessions.sessions import Turn
from tests.memory.proxy import Proxy
from tests.memory.sessions.conftest import SessionsIn
from tests.memory.sessions.test_faults import ADA, EVE, NOW, known, let, turn


def test_what_could_not_be_committed_did_not_happen(in_postgres: SessionsIn) -> None:
    """A commit that fails leaves no reservation, no word and no session in memory either."""
    held = in_postgres.gateway()

    def fail(_connection: object) -> None:
        raise OSError("gone")

    async def work() -> tuple[bool, list[str], tuple[int, int]]:
        on.listen(in_postgres.database.engine.sync_engine, "commit", fail)
        with pytest.raises(OSError, match="gone"):
            async with turn(held, in_postgres) as one:
                one.take(events.said("u1", NOW, "hello"))
        on.remove(in_postgres.database.engine.sync_engine, "commit", fail)
        async with turn(held, in_postgres, owner=EVE) as one:
            hers = one.take(events.said("u1", NOW, "mine"))
        return hers, await hers_only(), await in_postgres.counted()

    async def hers_only() -> list[str]:
        async with turn(held, in_postgres, owner=EVE) as one:
            return list(one.session.texts) if one.session is not None else []

    assert in_postgres.run(work()) == (True, ["mine"], (1, 1))


def test_without_a_session_and_a_window_no_turn_is_waited_for(in_postgres: SessionsIn) -> None:
    """A decision that is alone with nothing holds no connection while it is recorded."""
    held = in_postgres.gateway()

    async def work() -> tuple[int, int]:
        async with held.turn(ADA, None, {}, NOW) as one:
            one.take(let(1))
            busy = in_postgres.database.engine.pool.status()
            assert "checked out connections: 0" in busy.lower()
            async with in_postgres.database.write() as connection:
                await held.left(one).store(connection)
        return await in_postgres.counted()

    assert in_postgres.run(work()) == (0, 1)


def test_a_gateway_that_stands_still_keeps_others_waiting_no_longer(
    in_postgres: SessionsIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that does not end loses its lock, and then cannot store what it decided."""
    monkeypatch.setattr("memory.sessions.locks.IDLE_MS", 100)
    still, other = in_postgres.gateway(), in_postgres.gateway()

    async def stand() -> None:
        async with turn(still, in_postgres) as one:
            one.take(events.said("u1", NOW, "late"))
            monkeypatch.setattr("memory.sessions.locks.IDLE_MS", 60_000)
            async with asyncio.timeout(20), turn(other, in_postgres) as another:
                another.take(events.said("u2", NOW, "in time"))

    async def work() -> list[str]:
        with pytest.raises(DBAPIError):
            await stand()
        return await known(still, in_postgres)

    assert in_postgres.run(work()) == ["in time"]


def test_the_log_lets_go_of_a_connection_that_is_dead(
    in_postgres: SessionsIn, postgres: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection on which nothing moves refuses its batch, and the next one is stored."""
    monkeypatch.setattr("memory.records.log.STORE_S", 0.3)
    address = in_postgres.database.url.replace(str(postgres.pgdata), str(tmp_path))
    held = in_postgres.gateway()

    async def work() -> tuple[bool, tuple[int, int]]:
        async with Proxy(Path(postgres.pgdata), tmp_path) as proxy:
            through = Database(address)
            assert await through.answers()
            log = RecordLog(through, 10)
            log.start()
            proxy.stand_still()
            with pytest.raises(Unrecorded):
                async with asyncio.timeout(10):
                    await log.append((), held._kept(a_turn()))
            unwell = not log.healthy
            monkeypatch.setattr("memory.records.log.STORE_S", 30)
            proxy.go_on()
            await log.append((), held._kept(a_turn()))
            await log.stop()
            counted = await in_postgres.counted()
            await through.close()
        return unwell, counted

    def a_turn() -> Turn:
        return Turn(ADA, "s1", None, Cause.NO_STATE, {}, happened=[events.said("u1", NOW, "x")])

    assert in_postgres.run(work()) == (True, (0, 1))


def test_a_store_that_refuses_to_be_asked_says_nothing_of_one_record(
    in_postgres: SessionsIn,
) -> None:
    """A PostgreSQL that takes no connections is unwell; it is not tried once a record."""
    log = RecordLog(in_postgres.database, 100)
    tries: list[object] = []

    async def work() -> None:
        name = in_postgres.database.engine.url.database
        await in_postgres.database.engine.dispose()
        on.listen(in_postgres.database.engine.sync_engine, "do_connect", lambda *a: tries.append(a))
        await _admin(in_postgres, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        log.start()
        turns = [Turn(ADA, "s1", None, Cause.NO_STATE, {}) for _ in range(20)]
        for number, one in enumerate(turns):
            one.happened.append(let(number))
        held = in_postgres.gateway()
        waits = [log.append((), held._kept(one)) for one in turns]
        results = await asyncio.gather(*waits, return_exceptions=True)
        assert {type(result) for result in results} == {Unrecorded}
        await log.stop()

    in_postgres.run(work())
    assert log.failed_at is not None
    assert len(tries) == 1


async def _admin(in_postgres: SessionsIn, statement: str) -> None:
    """Say something to the server from another of its databases."""
    url = in_postgres.database.engine.url.set(database="postgres")
    other = Database(url.render_as_string(hide_password=False))
    async with other.engine.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await free.execute(text(statement))
    await other.close()
