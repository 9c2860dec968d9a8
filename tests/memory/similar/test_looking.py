"""Similar calls out of a store: each tenant's own, and only what can still be opened."""

import asyncio
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert

from memory.evidence.evidence import Evidence, Piece
from memory.evidence.kind import Kind
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.induction.case import Features
from memory.learning.packing import packed
from memory.similar import looking, reading
from memory.similar.index import Index
from memory.similar.looking import Looked, Similar, Wanted
from memory.tables import evidence
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW

HOUR = timedelta(hours=1)


class Kept:
    """A store with calls in it, and what compares them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.clock = 0.0
        self.vault = Vault(
            store.database, FileMaster(b"m" * 32), now=lambda: NOW, clock=lambda: self.clock
        )
        self._evidence = Evidence(store.database, self.vault, {Kind.FEATURES: timedelta(days=90)})
        self.similar = Similar(store.database, self.vault)

    def put(self, decision: str, args: Mapping[str, Any], **more: Any) -> None:
        at: datetime = more.get("at", NOW - HOUR)
        told = {
            "tool": "send",
            "features": packed(Features(args=args)),
            "base": ["allow", False],
            "effect": "allow",
        }

        async def work() -> None:
            key = await self.vault.key(more.get("tenant", "acme"), more.get("subject", "ada"))
            rows = self._evidence.rows(key, [Piece(Kind.FEATURES, told, decision)], at)
            async with self.store.database.write() as connection:
                await connection.execute(insert(evidence), rows)

        self.store.run(work())

    def look(self, *decisions: str, **more: Any) -> Looked:
        given: dict[str, Any] = {
            "tenant": "acme",
            "decisions": decisions,
            "reported": (),
            "left_out": decisions,
            "limit": 10,
        }
        return self.store.run(self.similar.look(Wanted(**{**given, **more}), self.now))

    def names(self, *decisions: str, **more: Any) -> list[str]:
        return [one.case.decision_id for one in self.look(*decisions, **more).calls]


def calls(kept: Kept) -> None:
    kept.put("d_1", {"to": "ana@corp.example", "note": "lunch on friday"})
    kept.put("d_2", {"to": "ben@corp.example", "note": "lunch on friday"})
    kept.put("d_3", {"to": "x@evil.example", "note": "wire it now"})
    kept.put("d_4", {"to": "y@evil.example", "note": "wire it now"}, subject="eva")
    kept.put("d_5", {"to": "y@evil.example", "note": "wire it now"}, tenant="other")


def test_the_most_alike_come_first_and_nobody_elses(store: Store) -> None:
    """With its score, its text, and how many calls have its arguments; of its own tenant alone."""
    kept = Kept(store)
    calls(kept)
    kept.put("d_6", {"to": "y@evil.example", "note": "wire it now"}, at=NOW - 2 * HOUR)
    found = kept.look("d_3")
    first = found.calls[0]

    assert [one.case.decision_id for one in found.calls] == ["d_4", "d_1", "d_2"]
    assert (first.times, first.call) == (2, 'send note="wire it now" to="y@evil.example"')
    assert 0.7 < first.score < 1
    assert 0 <= found.calls[1].score < 0.6
    assert (found.known, found.looked_at, found.complete) == (True, 5, True)
    assert kept.names("d_3", limit=1) == ["d_4"]
    assert kept.names("d_3", "d_1", limit=2) == ["d_4", "d_2"]
    assert kept.look("d_5") == Looked(known=False, looked_at=5, complete=True)
    assert kept.names("d_5", tenant="other") == []
    assert kept.look("d_3", tenant="nobody").known is False


def test_what_is_erased_vanishes_with_its_vector(store: Store) -> None:
    """At once where it is erased, elsewhere as soon as that is heard of, and for a whole tenant."""
    kept = Kept(store)
    calls(kept)
    assert kept.names("d_3")[0] == "d_4"
    shelf = kept.similar._shelves["acme"]
    store.run(kept.vault.destroy("acme", "eva", who="tester"))

    assert kept.similar.held == 0  # before anybody looks again
    assert kept.names("d_3") == ["d_1", "d_2"]
    assert kept.similar._shelves["acme"] is not shelf
    assert kept.look("d_4").known is False
    elsewhere = Vault(store.database, FileMaster(b"m" * 32), now=lambda: NOW)
    store.run(elsewhere.destroy("acme", who="tester"))
    kept.clock += 10
    assert kept.look("d_3") == Looked(known=False, looked_at=0, complete=True)
    assert kept.similar.held == 0


def test_what_is_erased_while_calls_are_taken_in_is_not_among_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made of it before the erasure was heard of goes, and it is begun anew."""
    monkeypatch.setattr(reading, "PAGE", 1)
    kept = Kept(store)
    calls(kept)
    seen = list[str]()
    opened = reading.Reading._page

    async def page(self: Any, tenant: str, query: Any, now: datetime) -> Any:
        found = await opened(self, tenant, query, now)
        names = [one.case.decision_id for one in found.calls]
        seen.extend(names)
        if "d_4" in names:
            await kept.vault.destroy("acme", "eva", who="tester")
        return found

    monkeypatch.setattr(reading.Reading, "_page", page)
    found = kept.look("d_3")

    assert "d_4" in seen
    assert [one.case.decision_id for one in found.calls] == ["d_1", "d_2"]
    assert (found.looked_at, kept.similar.held) == (3, 3)


def test_what_is_past_its_days_is_not_found_nor_held(store: Store) -> None:
    """Also where its row still waits for the sweep."""
    kept = Kept(store)
    calls(kept)
    kept.put("d_6", {"note": "wire it now"}, at=NOW - timedelta(days=89))
    assert "d_6" in kept.names("d_3")
    kept.now += timedelta(days=2)

    assert "d_6" not in kept.names("d_3")
    assert kept.similar.held == 4
    kept.similar.forget()
    assert "d_6" not in kept.names("d_3")


def test_calls_that_come_later_are_found_and_those_of_the_last_minute_are_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each once, page by page, also where many have one moment."""
    monkeypatch.setattr(reading, "PAGE", 2)
    kept = Kept(store)
    kept.put("d_0", {"note": "a0"}, at=NOW - HOUR)
    kept.now -= 2 * HOUR
    assert kept.look("d_0") == Looked(known=False, looked_at=0, complete=True)
    kept.now += 2 * HOUR
    for number in range(1, 5):
        kept.put(f"d_{number}", {"note": f"a{number}"}, at=NOW - HOUR)
    assert kept.look("d_0").looked_at == 5
    for number in range(5, 10):
        kept.put(f"d_{number}", {"note": f"a{number}"}, at=NOW)
    assert kept.look("d_0").looked_at == 5
    kept.now += HOUR
    assert kept.look("d_0").looked_at == 10
    assert kept.look("d_0").looked_at == 10
    assert sorted(kept.names("d_0")) == [f"d_{number}" for number in range(1, 10)]


def test_calls_that_were_reported_are_found_however_old_they_are(store: Store) -> None:
    """Beside the newest, once; alone where no others are wanted; and named with those alike."""
    kept = Kept(store)
    calls(kept)
    kept._evidence = Evidence(store.database, kept.vault, {Kind.FEATURES: timedelta(days=900)})
    kept.put("d_old", {"to": "z@evil.example", "note": "wire it now"}, at=NOW - timedelta(days=400))
    kept.put("d_new", {"to": "y@evil.example", "note": "wire it now"}, at=NOW)
    reported = ("d_old", "d_4", "d_new", "d_erased")
    found = kept.look("d_3", reported=reported)

    assert [one.case.decision_id for one in found.calls][:2] == ["d_new", "d_old"]
    assert sorted(found.calls[0].reported) == ["d_4", "d_new"]
    assert [one.reported for one in found.calls[2:]] == [[], []]
    assert kept.names("d_3", reported=reported, only_reported=True) == ["d_new", "d_old"]
    assert kept.names("d_3", reported=reported, left_out=("d_3", "d_new"))[0] == "d_4"


def test_of_too_many_that_were_reported_the_newest_are_found_at_every_look(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there was no room for takes no other's place at the next look."""
    monkeypatch.setattr("memory.similar.shelf.MOST_REPORTED", 2)
    kept = Kept(store)
    calls(kept)
    reported = ("d_1", "d_2", "d_3", "d_4")  # as people said it, one after the other
    for _ in range(2):
        found = kept.names("d_3", reported=reported, only_reported=True, left_out=())
        assert sorted(found) == ["d_3", "d_4"]


def test_what_takes_long_is_done_beside_decisions(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many great calls are compared and put in order, and much is let go of, on no event loop."""
    threads: list[tuple[str, threading.Thread]] = []

    def noting(where: Any, name: str) -> None:
        work = getattr(where, name)

        def noted(*given: Any) -> Any:
            threads.append((name, threading.current_thread()))
            return work(*given)

        monkeypatch.setattr(where, name, noted)

    noting(looking, "_middle")
    noting(looking, "_scored")
    noting(Index, "_keep")
    kept = Kept(store)
    calls(kept)
    kept.put("d_6", {"note": "wire it now"}, at=NOW - timedelta(days=89))
    kept.look("d_3")
    kept.now += timedelta(days=2)
    kept.look("d_3")

    assert {name for name, _ in threads} == {"_keep", "_middle", "_scored"}
    assert threading.main_thread() not in {thread for _, thread in threads}


def test_what_cannot_be_taken_in_in_time_is_told_and_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look takes more in; none waits for all of it."""
    monkeypatch.setattr(reading, "PAGE", 1)
    kept = Kept(store)
    calls(kept)
    moments = count()
    clock = lambda: float(next(moments))  # noqa: E731 - each look at it is a second
    kept.similar = Similar(store.database, kept.vault, clock=clock)
    monkeypatch.setattr(looking, "FILL_S", 3.0)
    sizes = [(one.looked_at, one.complete) for one in (kept.look("d_3") for _ in range(6))]

    assert sizes[0][0] < 4
    assert not sizes[0][1]
    assert sizes[-1] == (4, True)


def test_what_was_broken_off_is_begun_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a store that fails or somebody who waits no longer: no call is there twice after it."""
    monkeypatch.setattr(reading, "PAGE", 1)
    kept = Kept(store)
    calls(kept)
    read, fails = reading.Reading._page, iter((0, 0, 1, 0, 0, 2))

    async def page(self: Any, tenant: str, query: Any, now: datetime) -> Any:
        what = next(fails, 0)
        if what:
            raise OSError("the disk is gone") if what == 1 else asyncio.CancelledError
        return await read(self, tenant, query, now)

    monkeypatch.setattr(reading.Reading, "_page", page)
    for wrong in (OSError, asyncio.CancelledError):
        with pytest.raises(wrong):
            kept.look("d_3")
        assert kept.similar.held == 0
    assert (kept.look("d_3").looked_at, kept.similar.held) == (4, 4)
    assert [one.times for one in kept.look("d_3").calls] == [1, 1, 1]


def test_there_is_room_for_so_many_calls_of_all_tenants(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was asked about longest ago goes first, and everything when nobody looks any more."""
    kept = Kept(store)
    calls(kept)
    monkeypatch.setattr(looking, "MOST_HELD", 4)
    assert kept.names("d_3")
    kept.look("d_5", tenant="other")
    assert list(kept.similar._shelves) == ["other"]
    monkeypatch.setattr(looking, "MOST_HELD", 5)
    kept.names("d_3")
    kept.look("d_5", tenant="other")
    assert (list(kept.similar._shelves), kept.similar.held) == (["acme", "other"], 5)
    monkeypatch.setattr(looking, "MOST_TENANTS", 1)
    kept.names("d_3")
    assert list(kept.similar._shelves) == ["acme"]
    monkeypatch.setattr(looking, "IDLE_S", 0.0)
    kept.names("d_3")

    async def turn() -> None:
        for _ in range(500):
            if not kept.similar.held:
                return
            await asyncio.sleep(0.01)

    store.run(turn())
    assert kept.similar.held == 0
