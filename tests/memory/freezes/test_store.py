"""Who is frozen, as the store keeps it while several freeze and thaw at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from memory.database import Database, add_once
from memory.freezes import store as freezes_store
from memory.freezes.store import Freeze, Freezes, Kind, Whom
from memory.records.act import os_user
from memory.records.acts import WantedActs, page
from tests.memory.conftest import Store

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER, LAST = NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)
BOT = Whom("acme", Kind.AGENT, "bot")


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
def test_a_freeze_that_crosses_a_thaw_is_stored(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thawed after it was found that somebody is frozen: what is answered is what is kept."""
    other = Database(store.database.url)
    mine, theirs = Freezes(store.database), Freezes(other)
    crossed: list[bool] = []

    async def crossing(connection: Any, table: Any, row: Any) -> bool:
        added = await add_once(connection, table, row)
        if not added and not crossed:
            crossed.append(await theirs.thaw(BOT, NOW, os_user()) is not None)
        return added

    async def work() -> None:
        await mine.freeze(BOT, "first", NOW, os_user())
        monkeypatch.setattr(freezes_store, "add_once", crossing)
        made = await mine.freeze(BOT, "second", NOW, os_user())

        assert crossed == [True]
        assert [(one.id, one.reason) for one in await mine.all()] == [(made.id, "second")]
        await other.close()

    store.run(work())


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
def test_a_thaw_waits_for_the_operator_who_takes_a_freeze_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it thaws is what was answered last, and not what was there before."""
    other = Database(store.database.url)
    mine, theirs = Freezes(store.database), Freezes(other)
    frozen = Freezes._frozen
    thaws: list[asyncio.Task[Freeze | None]] = []

    async def crossing(self: Freezes, connection: Any, whom: Whom) -> Any:
        found = await frozen(self, connection, whom)
        thaws.append(asyncio.create_task(theirs.thaw(whom, LAST, os_user())))
        await asyncio.wait(thaws, timeout=1.0)
        return found

    async def work() -> None:
        await mine.freeze(BOT, "its own", NOW, os_user(), "acme")
        monkeypatch.setattr(Freezes, "_frozen", crossing)
        made = await mine.freeze(BOT, "taken over", LATER, os_user())
        thawed = await asyncio.wait_for(thaws[0], 60)
        acts = (await page(store.database, WantedActs())).found

        assert thawed is not None
        assert (thawed.id, await mine.all()) == (made.id, [])
        assert [one.what for one in acts] == ["agent.thawed", "agent.frozen", "agent.frozen"]
        await other.close()

    store.run(work())
