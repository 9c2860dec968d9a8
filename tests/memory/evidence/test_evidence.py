"""Evidence opens as it was kept, for as long as is set, and whoever looks is written down."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from memory.database import sqlite_url
from memory.evidence import evidence as module
from memory.evidence.evidence import About, Evidence, Look, Opened, Piece
from memory.evidence.kind import Kind
from memory.evidence.lines import lines
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.sessions.store import Kept as Stored
from memory.tables import evidence
from tests.memory.conftest import Store

NOW = datetime(2026, 1, 2, tzinfo=UTC)
YEAR = timedelta(days=365)
ALL = dict.fromkeys(Kind, YEAR)
LOOK = Look("eve@host", "a complaint", NOW)
ABOUT = About("t", "d_1", "s1", "c1", "ada")


class Kept:
    """An evidence store, with a vault of its own."""

    def __init__(self, store: Store, keep: Mapping[Kind, timedelta] = ALL) -> None:
        self.store = store
        self.vault = Vault(store.database, FileMaster(b"r" * 32))
        self.evidence = Evidence(store.database, self.vault, keep)

    def put(self, *pieces: Piece, subject: str | None = "ada", now: datetime = NOW) -> None:
        """Keep some pieces."""
        key = self.store.run(self.vault.key("t", subject))
        rows = self.evidence.rows(key, pieces, now)

        async def work() -> None:
            async with self.store.database.write() as connection:
                await Stored(evidence=rows).store(connection)

        self.store.run(work())

    def get(self, about: About = ABOUT) -> list[Opened]:
        """Open what is kept of a decision."""
        return self.store.run(self.evidence.get(about, LOOK))

    def contents(self, about: About = ABOUT) -> list[Any]:
        """Open it, contents alone."""
        return [one.content for one in self.get(about)]

    def sweep(self, now: datetime) -> list[Mapping[str, int]]:
        """Delete what is past its time."""

        async def work() -> list[Mapping[str, int]]:
            return [gone async for gone in self.evidence.sweep(now)]

        return self.store.run(work())

    def rows(self) -> list[Any]:
        """Return what the store holds."""
        return self.store.run(_all(self.store, select(evidence)))


async def _all(store: Store, query: Any) -> list[Any]:
    async with store.database.read() as connection:
        return list((await connection.execute(query)).all())


def args(content: Any = "words", decision: str = "d_1") -> Piece:
    return Piece(Kind.ARGUMENTS, content, decision)


def test_what_is_kept_opens_as_it_was(store: Store) -> None:
    """Numbers stay exact, and what was kept first comes first."""
    kept, content = Kept(store), {"amount": Decimal("0.10"), "to": ["Ada", None, True]}
    kept.put(args(content))
    kept.put(Piece(Kind.FACTS, {"limit": 5}, "d_1"), now=NOW + timedelta(seconds=1))

    assert kept.contents() == [content, {"limit": 5}]
    assert [one.kind for one in kept.get()] == [Kind.ARGUMENTS, Kind.FACTS]


def test_the_result_of_a_decided_call_is_opened_with_it(store: Store) -> None:
    """It belongs to a call of a session; those of other calls and sessions stay closed."""
    kept = Kept(store)
    for session, call in (("s1", "c1"), ("s1", "c2"), ("s2", "c1")):
        kept.put(Piece(Kind.RESULT, f"{session} {call}", None, session, call))
    kept.put(Piece(Kind.MESSAGE, "said", None, "s1"))
    kept.put(args("other", "d_2"))

    assert kept.contents() == ["s1 c1"]
    assert kept.contents(About("t", "d_2", None, "c1", "ada")) == ["other"]
    assert kept.contents(About("u", "d_1", "s1", "c1", "ada")) == []


def test_nothing_of_it_is_clear_in_the_store(tmp_path: Path) -> None:
    """No file of the store holds a word of it."""
    store = Store(sqlite_url(tmp_path))
    Kept(store).put(args({"password": "correct-horse-battery"}))
    store.close()

    assert not [p for p in tmp_path.iterdir() if b"correct-horse" in p.read_bytes()]


def test_a_kind_that_is_not_kept_leaves_no_row(store: Store) -> None:
    """No time for a kind means that it is never stored; the others are."""
    kept = Kept(store, {Kind.FACTS: YEAR})
    kept.put(args(), Piece(Kind.FACTS, 1, "d_1"), Piece(Kind.MESSAGE, "m", "d_1"))

    assert [row.kind for row in kept.rows()] == ["facts"]


def test_each_kind_goes_at_its_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is past its time is deleted, batch by batch and counted; nothing else is."""
    monkeypatch.setattr(module, "SWEEP", 2)
    kept = Kept(store, {Kind.ARGUMENTS: YEAR, Kind.FACTS: timedelta(days=1)})
    for _ in range(5):
        kept.put(args(), Piece(Kind.FACTS, 1, "d_1"))

    assert kept.sweep(NOW + timedelta(days=1) - timedelta(seconds=1)) == []
    gone = kept.sweep(NOW + timedelta(days=1))
    assert [sum(one.values()) for one in gone] == [2, 2, 1]
    assert sum(map(Counter, gone), Counter()) == {"facts": 5}
    assert [row.kind for row in kept.rows()] == ["arguments"] * 5
    assert sum(len(one) for one in kept.sweep(NOW + YEAR)) == 3
    assert kept.rows() == []


def test_what_was_erased_is_said_to_be(store: Store) -> None:
    """The row stays until its time; of its content nothing is left, and of others all is."""
    kept = Kept(store)
    kept.put(args("ada's"))
    kept.put(args("bob's"), subject="bob")
    store.run(kept.vault.destroy("t", "ada", who="me"))
    kept.put(args("ada's new"), now=NOW + timedelta(seconds=1))

    assert sorted((one.content, one.gone) for one in kept.get() if one.gone is None) == [
        ("ada's new", None),
        ("bob's", None),
    ]
    assert [one.content for one in kept.get() if one.gone == module.ERASED] == [None]


def test_a_row_put_in_anothers_place_does_not_open(store: Store) -> None:
    """What is sealed for one row says nothing as another one: a swap is seen."""
    kept = Kept(store)
    kept.put(args("one", "d_1"), args("two", "d_2"))

    async def swap() -> None:
        async with store.database.write() as connection:
            one, two = (await connection.execute(select(evidence.c.sealed))).scalars()
            change = evidence.update().where(evidence.c.sealed == one).values(sealed=two)
            await connection.execute(change)

    store.run(swap())
    gone = [one.gone for name in ("d_1", "d_2") for one in kept.get(About("t", name, None, "", ""))]
    assert sorted(gone, key=str) == [None, module.UNREADABLE]


@pytest.mark.parametrize("column", ["decision", "session", "call_id"])
def test_what_is_moved_to_another_decision_does_not_open(store: Store, column: str) -> None:
    """Whoever can write the store cannot show what one call was as the evidence of another."""
    kept = Kept(store)
    kept.put(args("one", "d_1"))

    async def move() -> None:
        async with store.database.write() as connection:
            await connection.execute(evidence.update().values({column: "d_2"}))

    store.run(move())
    name = "d_2" if column == "decision" else "d_1"
    assert [one.gone for one in kept.get(About("t", name, None, "", ""))] == [module.UNREADABLE]


def test_who_looks_is_written_down_before_anything_is_opened(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where that cannot be written, nothing is opened."""
    kept = Kept(store)
    kept.put(args())
    kept.get()
    (line,) = store.run(lines(store.database))
    assert (line.act, line.who, line.note) == ("looked", "eve@host", "a complaint")
    assert (line.tenant, line.subject, line.decision) == ("t", "ada", "d_1")

    def refused() -> Any:
        raise OSError("the disk is full")

    monkeypatch.setattr(store.database, "write", refused)
    with pytest.raises(OSError, match="full"):
        kept.get()


@pytest.mark.parametrize("odd", [object(), b"bytes", NOW, Decimal("NaN"), {1: {2, 3}}])
def test_what_has_no_json_form_is_dropped_and_nothing_else(store: Store, odd: Any) -> None:
    """A value that nobody can write down takes no other one with it, nor the record."""
    kept = Kept(store)
    kept.put(args({"good": 1, "odd": odd, "list": [odd, 2]}))
    (content,) = kept.contents()

    assert (content["good"], content["list"][1]) == (1, 2)
    assert "dropped" in str(content["odd"])
