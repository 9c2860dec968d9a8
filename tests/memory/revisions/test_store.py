"""What was in force is kept once, word by word, and nothing of it ever changes."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from memory.records.signer import FileSigner
from memory.revisions import store as storing
from memory.revisions.revision import File, NoRevision, RevisionFault, Texts
from memory.revisions.store import Keeper, Revisions
from memory.tables import revisions, revisions_in_force
from tests.memory.conftest import Store

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
SIGNER = FileSigner(Ed25519PrivateKey.from_private_bytes(b"k" * 32))


def texts(*written: str) -> Texts:
    """Return policies that were read from some texts, with a file that no digest covers."""
    files = tuple(File(f"{n}.bar", text) for n, text in enumerate(written))
    beside = File("bindings.toml", "# nothing is bound\n")
    return Texts((*files, beside), tuple(one.name for one in files))


async def keep(
    store: Store, kept: Texts, writer: str = "w_one", number: int = 1, now: datetime = NOW
) -> str:
    """Keep policies as a gateway does that takes them up; return their digest."""
    await Keeper(store.database, SIGNER, writer).keep(kept, kept.digest(), number, now)
    return kept.digest()


async def counted(store: Store) -> list[int]:
    """Return how many revisions there are, and how often any was taken up."""
    async with store.database.read() as connection:
        tables = (revisions, revisions_in_force)
        counts = [select(func.count()).select_from(table) for table in tables]
        return [(await connection.execute(one)).scalar_one() for one in counts]


def test_what_is_kept_reads_back_word_by_word(store: Store) -> None:
    """Line ends, marks and letters that no text column takes are as they were, as is the time."""
    kept = texts("policy a\r\n", "\ufeff\x00 \u2028 \U0001f600", "")
    digest = store.run(keep(store, kept))

    found = store.run(Revisions(store.database).get(digest))
    assert (found.texts, found.at, found.writer) == (kept, NOW, "w_one")


def test_the_same_policies_are_kept_once_and_noted_each_time(store: Store) -> None:
    """The first writer stands with the text; every later one with the time it took them up."""
    digest = store.run(keep(store, texts("a")))
    store.run(keep(store, texts("a"), "w_two", 3, NOW + timedelta(hours=1)))

    assert store.run(counted(store)) == [1, 2]
    found = store.run(Revisions(store.database).get(digest))
    assert (found.writer, found.at) == ("w_one", NOW)
    taken = store.run(Revisions(store.database).in_force([digest], 10))[digest]
    assert [one.name for one in taken] == [f"3:{digest[:19]}", f"1:{digest[:19]}"]


def test_gateways_that_store_one_revision_at_once_all_succeed(store: Store) -> None:
    """Whoever comes second finds it kept: one row, and a time for each."""

    async def work() -> None:
        await asyncio.gather(*(keep(store, texts("a" * 10_000), f"w_{n}") for n in range(6)))

    store.run(work())
    assert store.run(counted(store)) == [1, 6]


def test_an_attempt_whose_end_nobody_saw_is_repeated_in_peace(store: Store) -> None:
    """The same writer stores the same under the same number once more."""
    store.run(keep(store, texts("a")))
    store.run(keep(store, texts("a"), now=NOW + timedelta(seconds=3)))

    assert store.run(counted(store)) == [1, 1]


def test_what_cannot_be_what_was_read_is_not_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts of another digest, two texts of one file, and more than is bearable."""
    keeper = Keeper(store.database, SIGNER, "w_one")
    twice = Texts((File("a.bar", "x"), File("a.bar", "y")), ("a.bar",))
    with pytest.raises(RevisionFault, match="not those that the policies were read from"):
        store.run(keeper.keep(texts("a"), texts("b").digest(), 1, NOW))
    with pytest.raises(RevisionFault, match="a file changed while"):
        store.run(keeper.keep(twice, twice.digest(), 1, NOW))
    monkeypatch.setattr(storing, "MOST_BYTES", 25)
    with pytest.raises(RevisionFault, match="cannot be kept"):
        store.run(keep(store, texts("a" * 26)))

    assert store.run(counted(store)) == [0, 0]


def test_pages_go_from_the_newest_to_the_oldest_without_a_gap(store: Store) -> None:
    """Revisions of the same moment too are on one page each."""
    for n in range(5):
        store.run(keep(store, texts(str(n)), number=n, now=NOW + timedelta(hours=n // 2)))
    kept, seen, cursor = Revisions(store.database), [], None
    while True:
        found, cursor = store.run(kept.page(2, cursor))
        seen += [(one.at, one.digest) for one in found]
        if cursor is None:
            break

    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5


def test_a_revision_is_found_by_every_name_it_has(store: Store) -> None:
    """By its digest, the beginning of it, or as records say; by nothing that fits two or none."""
    digest = store.run(keep(store, texts("a")))
    kept = Revisions(store.database)
    for name in (digest, digest[7:], digest[7:13], f"12:{digest[:19]}"):
        assert store.run(kept.get(name)).digest == digest
    for name in ("f00", "%", "sha256:", "3:sha256:000000000000", digest + "0", "_" * 12):
        with pytest.raises(NoRevision):
            store.run(kept.get(name))
