"""Revisions of memory: signed, announced, an act of somebody, and never more than fifty."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select, update

from memory.induction.revision import digest_of
from memory.learning import revisions as module
from memory.learning.revisions import MemoryFault, MemoryRevisions
from memory.records.act import Actor, By
from memory.records.acts import WantedActs, page
from memory.records.signer import FileSigner
from memory.tables import announcements, memory_revisions
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
SIGNER = FileSigner(KEY)
GATEWAY = Actor(By.GATEWAY, "w_1")


def content(seq: int, tenant: str = "acme", words: str = "overlay narrow version 1;") -> Any:
    told = {"narrow": words, "rules": [], "head": seq}
    return {"tenant": tenant, "seq": seq, "digest": digest_of(told), "told": told}


@pytest.fixture
def kept(store: Store) -> MemoryRevisions:
    return MemoryRevisions(store.database, SIGNER, {SIGNER.key_id: KEY.public_key()})


def test_the_newest_of_each_tenant_is_read_as_it_was_signed(
    store: Store, kept: MemoryRevisions
) -> None:
    """Stored once, announced to every gateway, and an act that says who had it made."""
    for seq, tenant in ((1, "acme"), (2, "acme"), (2, "acme"), (7, "other")):
        store.run(kept.put(content(seq, tenant), GATEWAY, NOW))

    assert store.run(kept.numbers()) == {"acme": 2, "other": 7}
    assert store.run(kept.newest("acme")) == content(2)
    assert store.run(kept.get("acme", 1)) == content(1)
    assert store.run(kept.newest("nobody")) is None
    assert [one.seq for one in store.run(kept.listed("acme"))] == [2, 1]
    acts = store.run(page(store.database, WantedActs("acme"), 10)).found
    assert [(one.what, one.by) for one in acts] == [("memory.refreshed", "gateway")] * 2

    async def announced() -> Any:
        async with store.database.read() as connection:
            return (await connection.execute(select(announcements.c.topic))).scalars().all()

    assert store.run(announced()) == ["policies"]


def test_the_oldest_go(
    store: Store, kept: MemoryRevisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each tenant so many stay, and another tenant's are left alone."""
    monkeypatch.setattr(module, "KEPT", 3)
    store.run(kept.put(content(1, "other"), GATEWAY, NOW))
    for seq in range(1, 6):
        store.run(kept.put(content(seq), GATEWAY, NOW))

    assert [one.seq for one in store.run(kept.listed("acme"))] == [5, 4, 3]
    assert [one.seq for one in store.run(kept.listed("other"))] == [1]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("content", "{}"),
        ("content", "nonsense"),
        ("signature", "AAAA"),
        ("key", "ed25519:other"),
        ("digest", "0" * 64),
        ("seq", 9),
        ("tenant", "thief"),
    ],
)
def test_what_was_changed_is_refused_and_the_one_before_is_found(
    store: Store, kept: MemoryRevisions, column: str, value: Any
) -> None:
    """Another text, signature, key, digest, number or tenant than was signed is no revision."""
    for seq in (1, 2):
        store.run(kept.put(content(seq), GATEWAY, NOW))

    async def change() -> None:
        row = memory_revisions.c.seq == 2
        async with store.database.write() as connection:
            await connection.execute(update(memory_revisions).where(row).values({column: value}))

    store.run(change())
    tenant = "thief" if column == "tenant" else "acme"
    with pytest.raises(MemoryFault):
        store.run(kept.newest(tenant))
    assert store.run(kept.last_good("acme")) == content(1)


def test_a_text_that_is_not_its_digests_is_refused(store: Store, kept: MemoryRevisions) -> None:
    """Also where a trusted key signed it: whoever signs cannot give one name to two texts."""
    other = {**content(1), "told": content(1, words="overlay narrow version 2;")["told"]}
    store.run(kept.put(other, GATEWAY, NOW))

    with pytest.raises(MemoryFault, match="its digest was made of"):
        store.run(kept.newest("acme"))


def test_what_a_trusted_key_signed_for_something_else_is_refused(
    store: Store, kept: MemoryRevisions
) -> None:
    """The key signs other things too: such a text is a fault of this revision, and of no other."""
    store.run(kept.put(content(1), GATEWAY, NOW))
    told = '{"checkpoint":7}'
    row = {"tenant": "acme", "seq": 2, "digest": "0" * 64, "at": NOW, "key": SIGNER.key_id}
    row |= {"content": told, "signature": SIGNER.sign(told.encode())}

    async def add() -> None:
        async with store.database.write() as connection:
            await connection.execute(insert(memory_revisions).values(row))

    store.run(add())
    with pytest.raises(MemoryFault, match="cannot be read"):
        store.run(kept.newest("acme"))
    assert store.run(kept.last_good("acme")) == content(1)


def test_of_two_who_store_the_same_revision_one_did(store: Store, kept: MemoryRevisions) -> None:
    """It is one act, however close together they come."""

    async def both() -> None:
        await asyncio.gather(*(kept.put(content(1), GATEWAY, NOW) for _ in range(2)))

    store.run(asyncio.wait_for(both(), 60))
    assert len(store.run(page(store.database, WantedActs("acme"), 10)).found) == 1
