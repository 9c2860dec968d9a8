"""Publishing is one transaction: all of it or nothing, and one winner, on every store."""

import asyncio
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from memory.database import StoreError
from memory.publishing import publisher as publishing
from memory.publishing.draft import StaleDraft, Who
from memory.publishing.drafts import Drafts
from memory.publishing.proposals import Proposals
from memory.publishing.publication import (
    Kind,
    NoPublication,
    Overtaken,
    Publication,
    PublicationFault,
)
from memory.publishing.published import Published
from memory.publishing.publisher import Publisher, Wanted
from memory.records.signer import FileSigner
from memory.revisions.revision import File, Texts
from memory.revisions.store import Keeper
from memory.tables import announcements, publications, records, revisions
from tests.memory.conftest import Store

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
SIGNER = FileSigner(KEY)
TRUSTED = {SIGNER.key_id: KEY.public_key()}
ADA, BOB = Who("k_a", "ada"), Who("k_b", "bob")


def texts(word: str) -> Texts:
    return Texts((File("a.bar", word), File("bindings.toml", "")), ("a.bar",))


def wanted(word: str, expected: int) -> Wanted:
    return Wanted(texts(word).digest(), expected, Kind.PUBLISHED, "why", ADA, ADA)


async def publish(store: Store, word: str, expected: int) -> Publication:
    made = Publisher(store.database, SIGNER, "w_one", TRUSTED)
    row = await made.signed(texts(word), texts(word).digest(), NOW)
    return await made.publish(wanted(word, expected), row, NOW)


async def counted(store: Store) -> list[int]:
    """Return how much there is of each part of a publication."""
    async with store.database.read() as connection:
        tables = (revisions, publications, records)
        counts = [select(func.count()).select_from(table) for table in tables]
        found = [(await connection.execute(one)).scalar_one() for one in counts]
        told = await connection.execute(select(func.count()).select_from(announcements))
        return [*found, int(told.scalar_one())]


def test_what_is_published_reads_back_and_is_told_of(store: Store) -> None:
    """The text, who did it and why; an act in the chain, and an announcement."""
    store.run(publish(store, "one", 0))
    made = store.run(publish(store, "two", 1))
    released = store.run(Published(store.database, TRUSTED).newest())

    assert released is not None
    assert (released.publication, released.revision.texts) == (made, texts("two"))
    assert (made.number, made.before, made.subject) == (2, texts("one").digest(), "ada")
    assert store.run(counted(store)) == [2, 2, 2, 1]


def test_a_text_that_a_foreign_key_kept_first_is_published_all_the_same(store: Store) -> None:
    """Who trusts the publisher believes the revision then, under its one digest."""
    foreign = FileSigner(Ed25519PrivateKey.from_private_bytes(b"f" * 32))
    digest = texts("one").digest()
    store.run(Keeper(store.database, foreign, "w_far").keep(texts("one"), digest, 1, NOW))
    trusting = Published(store.database, TRUSTED)
    with pytest.raises(PublicationFault):
        store.run(trusting.revision(digest))

    store.run(publish(store, "one", 0))
    released = store.run(trusting.newest())
    assert released is not None
    assert (released.revision.key, released.revision.writer) == (SIGNER.key_id, "w_one")
    assert released.revision.texts == texts("one")
    store.run(Keeper(store.database, foreign, "w_far").keep(texts("one"), digest, 2, NOW))
    assert store.run(trusting.newest()) == released  # and nobody takes that away again
    assert store.run(counted(store))[0] == 1


def test_a_revision_of_a_trusted_key_is_not_written_anew(store: Store) -> None:
    """Who had it in force first stays on record where the signature holds."""
    digest = texts("one").digest()
    store.run(Keeper(store.database, SIGNER, "w_first").keep(texts("one"), digest, 1, NOW))
    store.run(publish(store, "one", 0))
    released = store.run(Published(store.database, TRUSTED).newest())

    assert released is not None
    assert released.revision.writer == "w_first"


def test_of_many_at_once_one_wins(store: Store) -> None:
    """Whoever comes second hears so, and leaves nothing."""

    async def race() -> list[object]:
        return await asyncio.gather(
            *(publish(store, word, 0) for word in "abcde"), return_exceptions=True
        )

    told = store.run(race())
    assert sum(isinstance(one, Publication) for one in told) == 1
    assert sum(isinstance(one, Overtaken) for one in told) == 4
    assert store.run(counted(store)) == [1, 1, 1, 1]


def test_what_cannot_be_recorded_is_not_published(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the act there is no publication, no revision and no word of it."""

    async def refuses(*_args: object) -> None:
        raise StoreError("not now")

    monkeypatch.setattr(publishing, "note", refuses)
    with pytest.raises(StoreError):
        store.run(publish(store, "one", 0))
    assert store.run(counted(store)) == [0, 0, 0, 0]


def test_two_who_write_one_state_do_not_both_win(store: Store) -> None:
    """Of many changes of one state of a draft one counts, and what it wrote stands whole."""
    drafts = Drafts(store.database)
    state = store.run(drafts.begin("a", [File("a.bar", "0")], ADA, NOW)).state

    async def write(number: int) -> object:
        files = [File(f"{name}.bar", str(number)) for name in "abc"]
        return await drafts.replace("a", state, files, ADA, NOW)

    async def race() -> list[object]:
        return await asyncio.gather(*map(write, range(5)), return_exceptions=True)

    told = store.run(race())
    assert sum(isinstance(one, StaleDraft) for one in told) == 4
    draft, files = store.run(drafts.get("a"))
    assert (draft.version, len(files), len({one.text for one in files})) == (2, 3, 1)


def test_what_waits_is_confirmed_once(store: Store) -> None:
    """Of many who confirm at once one publishes."""
    made = Publisher(store.database, SIGNER, "w_one", TRUSTED)
    proposals = Proposals(store.database, made)

    async def race() -> list[object]:
        row = await made.signed(texts("one"), texts("one").digest(), NOW)
        name = (await proposals.propose(wanted("one", 0), row, NOW)).id
        proposal, kept = await proposals.get(name, NOW)
        confirming = (proposals.confirm(proposal, kept, BOB, NOW) for _ in range(4))
        return await asyncio.gather(*confirming, return_exceptions=True)

    told = store.run(race())
    assert sum(isinstance(one, Publication) for one in told) == 1
    assert sum(isinstance(one, NoPublication) for one in told) == 3
    assert store.run(counted(store))[:3] == [1, 1, 2]
