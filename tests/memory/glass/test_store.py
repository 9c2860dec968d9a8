"""Glass, as a store keeps it while several people break and end it at once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from memory.database import Database
from memory.glass import store as glass_store
from memory.glass.glass import Glass, GlassFault, NoGlass, NotYours, State, TooMuchGlass
from memory.glass.people import Confirming
from memory.glass.store import Glasses
from memory.ids import new_id
from memory.publishing.draft import Who
from memory.records.act import os_user
from memory.records.acts import WantedActs, page
from memory.tables import glass as table
from tests.memory.conftest import Store

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)
ROOT = b"r" * 32
ADA, BOB = Who("k_1", "ada"), Who("k_2", "bob")
SECOND = Confirming(BOB, NOW - timedelta(days=1))

UNREADABLE = (
    "",
    "[]",
    '{"record":"act"}',
    '{"record":"glass"}',
    "[" * 100_000,
)


def wanted(**members: Any) -> Glass:
    until, digest = NOW + timedelta(hours=1), "sha256:0"
    named = {"policy": "payments", "stand_in": "relief", "tenant": None, "reason": "fire"}
    made = Glass(
        id=new_id("gls", NOW),
        stand_in_digest=digest,
        asked_at=NOW,
        until=until,
        asked_by=ADA,
        **named,  # type: ignore[arg-type]  # each is a text or None
    )
    return replace(made, **members)


async def acts(store: Store) -> list[str]:
    found = (await page(store.database, WantedActs())).found
    return [one.what for one in reversed(found)]


def test_it_lasts_from_its_confirming_to_its_end_and_no_tick_longer() -> None:
    """What only waits is not broken; a clock that lies before the confirming is not believed."""
    tick = timedelta(microseconds=1)
    asked = wanted()
    broken = replace(asked, confirmed_at=SOON, confirmed_by=BOB)

    assert not asked.lasts(SOON)
    assert [broken.lasts(at) for at in (SOON - tick, SOON, broken.until - tick, broken.until)] == [
        False,
        True,
        True,
        False,
    ]
    assert [broken.covers(one) for one in ("default", "acme")] == [True, True]
    assert [replace(broken, tenant="acme").covers(one) for one in ("default", "acme")] == [
        False,
        True,
    ]


def test_two_people_break_it_and_one_ends_it(store: Store) -> None:
    """Each step has its act; what was confirmed is what was asked, and by whom."""
    glasses = Glasses(store.database, ROOT)

    async def work() -> None:
        asked = await glasses.ask(wanted(), NOW)
        waits = await glasses.get(asked.id)
        assert (waits.state(NOW), await glasses.broken()) == (State.ASKED, [])
        await glasses.confirm(waits, SECOND, SOON)
        (broken,) = await glasses.broken()
        assert broken.glass == replace(asked, confirmed_at=SOON, confirmed_by=BOB)
        assert (broken.state(SOON), broken.sealed) == (State.BROKEN, True)
        assert broken.glass.digest == asked.digest
        await glasses.end(broken, os_user(), SOON + timedelta(seconds=1))
        assert await glasses.broken() == []
        assert (await glasses.get(asked.id)).state(SOON) is State.ENDED
        assert await acts(store) == ["glass.asked", "glass.broken", "glass.ended"]

    store.run(work())


@pytest.mark.parametrize(
    "by",
    [
        Confirming(ADA, SECOND.key_made_at),
        Confirming(Who("k_3", "ada"), SECOND.key_made_at),
        Confirming(Who("k_1", "bob"), SECOND.key_made_at),
        Confirming(BOB, NOW),
    ],
    ids=["the same", "the same person", "the same key", "a key made for it"],
)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_one_person_breaks_nothing(store: Store, by: Confirming) -> None:
    """Neither by another key, nor by another name of the same key, nor by a key made since."""
    glasses = Glasses(store.database, ROOT)

    async def work() -> None:
        asked = await glasses.ask(wanted(), NOW)
        with pytest.raises(NotYours):
            await glasses.confirm(await glasses.get(asked.id), by, SOON)
        assert await glasses.broken() == []

    store.run(work())


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_waited_too_long_is_confirmed_no_more(store: Store) -> None:
    """Fifteen minutes to the second, and never beyond its own end."""
    glasses = Glasses(store.database, ROOT)

    async def work() -> None:
        asked = await glasses.get((await glasses.ask(wanted(), NOW)).id)
        brief = await glasses.get(
            (await glasses.ask(wanted(until=NOW + timedelta(minutes=2)), NOW)).id
        )
        for one, end in ((asked, timedelta(minutes=15)), (brief, timedelta(minutes=2))):
            assert one.state(NOW + end - timedelta(seconds=1)) is State.ASKED
            with pytest.raises(NoGlass):
                await glasses.confirm(one, SECOND, NOW + end)
        assert await glasses.broken() == []

    store.run(work())


def test_of_two_who_cross_one_alone_has_its_way(store: Store) -> None:
    """Confirmed and ended at once, also twice, at two gateways: it is ended, or never broken."""
    other = Database(store.database.url)
    mine, theirs = Glasses(store.database, ROOT), Glasses(other, ROOT)

    async def work() -> None:
        for _ in range(5):
            asked = await mine.get((await mine.ask(wanted(), NOW)).id)
            crossed = await asyncio.gather(
                mine.confirm(asked, SECOND, SOON),
                theirs.end(asked, os_user(), SOON),
                theirs.confirm(asked, SECOND, SOON),
                return_exceptions=True,
            )
            failed = [one for one in crossed if isinstance(one, BaseException)]
            assert all(isinstance(one, NoGlass) for one in failed), crossed
            assert len(failed) in (1, 2)
            assert (await mine.get(asked.glass.id)).stored is State.ENDED
        assert await mine.broken() == []
        await other.close()

    store.run(work())


def test_that_its_time_came_is_noted_once(store: Store) -> None:
    """Several gateways see it, and one of them leaves the act; nothing before its time."""
    other = Database(store.database.url)
    mine, theirs = Glasses(store.database, ROOT), Glasses(other, ROOT)

    async def work() -> None:
        asked = await mine.ask(wanted(), NOW)
        await mine.confirm(await mine.get(asked.id), SECOND, SOON)
        (broken,) = await mine.broken()
        early = await mine.lapse(broken, "w_1", asked.until - timedelta(seconds=1))
        both = await asyncio.gather(
            mine.lapse(broken, "w_1", asked.until), theirs.lapse(broken, "w_2", asked.until)
        )
        assert (early, sorted(both)) == (False, [False, True])
        assert (await mine.get(asked.id)).state(SOON) is State.OVER
        assert (await acts(store)).count("glass.over") == 1
        await other.close()

    store.run(work())


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_whoever_writes_to_the_store_breaks_nothing(store: Store) -> None:
    """A row counts by its seal: not with another end, person or state, nor under another key."""
    glasses = Glasses(store.database, ROOT)

    async def changed(name: str, **values: Any) -> State:
        async with store.database.write() as connection:
            await connection.execute(update(table).where(table.c.id == name).values(values))
        return (await glasses.get(name)).state(SOON)

    async def work() -> None:
        first = await glasses.ask(wanted(), NOW)
        assert await changed(first.id, status="broken") is State.VOID
        second = await glasses.ask(wanted(), NOW)
        longer = replace(second, until=NOW + timedelta(days=9))
        assert await changed(second.id, content=longer.content()) is State.VOID
        odd = await glasses.ask(wanted(), NOW)
        assert await changed(odd.id, seal="\N{LATIN SMALL LETTER E WITH ACUTE}") is State.VOID
        third = await glasses.ask(wanted(), NOW)
        assert await changed(third.id, until=NOW + timedelta(days=9)) is State.VOID
        with pytest.raises(GlassFault, match="changed"):
            await glasses.confirm(await glasses.get(second.id), SECOND, SOON)
        foreign = await Glasses(store.database, b"x" * 32).ask(wanted(), NOW)
        assert (await glasses.get(foreign.id)).state(SOON) is State.VOID
        with pytest.raises(GlassFault, match="only a gateway"):
            await Glasses(store.database).ask(wanted(), NOW)

    store.run(work())


@pytest.mark.parametrize("content", UNREADABLE)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_row_that_nobody_can_read_hinders_nobody(store: Store, content: str) -> None:
    """It is listed as void, with a key or without, and ended; all other glass is read as ever."""
    glasses = Glasses(store.database, ROOT)

    async def work() -> None:
        whole = await glasses.ask(wanted(), NOW)
        await glasses.confirm(await glasses.get(whole.id), SECOND, SOON)
        spoilt = await glasses.ask(wanted(), NOW)
        await glasses.confirm(await glasses.get(spoilt.id), SECOND, SOON)
        async with store.database.write() as connection:
            change = update(table).where(table.c.id == spoilt.id).values(content=content)
            await connection.execute(change)
        found = {one.glass.id: one for one in await glasses.broken()}
        assert (found[whole.id].sealed, found[spoilt.id].sealed) == (True, False)
        for reader in (glasses, Glasses(store.database)):
            states = {one.glass.id: one.state(SOON) for one in await reader.newest(9)}
            assert states == {whole.id: State.BROKEN, spoilt.id: State.VOID}
        await glasses.end(found[spoilt.id], os_user(), SOON)
        assert (await glasses.get(spoilt.id)).stored is State.ENDED

    store.run(work())


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_so_much_glass_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gateway holds it in memory; what lapsed or was ended makes room."""
    monkeypatch.setattr(glass_store, "MOST_OPEN", 2)
    glasses = Glasses(store.database, ROOT)

    async def work() -> None:
        first = await glasses.ask(wanted(), NOW)
        await glasses.ask(wanted(), NOW)
        with pytest.raises(TooMuchGlass):
            await glasses.ask(wanted(), NOW)
        await glasses.end(await glasses.get(first.id), os_user(), SOON)
        await glasses.ask(wanted(), NOW)
        await glasses.ask(wanted(), NOW + timedelta(minutes=16))

    store.run(work())
