"""Whether memory may soften: signed words of people, of which the newest counts."""

import asyncio
from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from dsl import strictjson
from memory.learning.revisions import MemoryFault
from memory.learning.softening import Soften, Softening, Word
from memory.records.acts import WantedActs, page
from memory.tables import announcements, memory_softening
from tests.memory.conftest import Store
from tests.memory.learning.test_revisions import GATEWAY, KEY, SIGNER
from tests.memory.records.test_log import NOW


@pytest.fixture
def words(store: Store) -> Softening:
    return Softening(store.database, SIGNER, {SIGNER.key_id: KEY.public_key()})


def say(store: Store, words: Softening, soften: Soften, tenant: str = "acme") -> Word:
    return store.run(words.say(tenant, soften, "so", GATEWAY, NOW.astimezone(UTC)))


def test_the_newest_word_of_each_tenant_counts(store: Store, words: Softening) -> None:
    """It is signed, announced to every gateway, and an act with its reason."""
    assert store.run(words.newest()) == {}
    say(store, words, Soften.ASK, "other")
    say(store, words, Soften.ASK)
    last = say(store, words, Soften.OFF)
    found = store.run(words.newest())

    assert found["acme"] == last
    assert (last.seq, last.soften) == (2, Soften.OFF)
    assert isinstance(found["other"], Word)
    acts = store.run(page(store.database, WantedActs("acme"), 10)).found
    assert {one.what for one in acts} == {"memory.softened"}
    assert sorted(one.details["soften"] for one in acts) == ["ask", "off"]

    async def announced() -> Any:
        async with store.database.read() as connection:
            return (await connection.execute(select(announcements.c.topic))).scalars().all()

    assert store.run(announced()) == ["policies"]


def test_two_who_say_something_at_once_are_two_words(store: Store, words: Softening) -> None:
    """Neither is lost, and each has a number of its own."""

    async def both() -> list[Word]:
        said = (words.say("acme", one, "so", GATEWAY, NOW) for one in (Soften.ASK, Soften.OFF))
        return list(await asyncio.gather(*said))

    assert {one.seq for one in store.run(both())} == {1, 2}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("content", "{}"),
        ("content", "nonsense"),
        ("signature", "AAAA"),
        ("key", "ed25519:other"),
        ("seq", 9),
        ("tenant", "thief"),
    ],
)
def test_what_was_changed_is_no_word(
    store: Store, words: Softening, column: str, value: Any
) -> None:
    """Another text, signature, key, number or tenant than was signed is told of as a fault."""
    say(store, words, Soften.ASK)

    async def change() -> None:
        async with store.database.write() as connection:
            await connection.execute(update(memory_softening).values({column: value}))

    store.run(change())
    assert [type(one) for one in store.run(words.newest()).values()] == [MemoryFault]


@pytest.mark.parametrize(
    "told",
    [
        {"signed_as": "memory.soften", "soften": "allow"},
        {"signed_as": "memory.soften", "soften": "deny"},
        {"signed_as": "something else", "soften": "ask"},
        {"soften": "ask"},
        {"signed_as": "memory.soften"},
    ],
)
def test_only_ask_and_off_are_words(store: Store, words: Softening, told: Any) -> None:
    """What the same key signed as something else, or with another word, switches nothing on."""
    word = {"tenant": "acme", "seq": 1, "at": NOW.isoformat(), "by": "k", "reason": "so"}
    written = strictjson.canonical({**word, **told})
    row = {"tenant": "acme", "seq": 1, "content": written, "key": SIGNER.key_id}

    async def put() -> None:
        async with store.database.write() as connection:
            signed = {**row, "signature": SIGNER.sign(written.encode())}
            await connection.execute(insert(memory_softening).values(signed))

    store.run(put())
    assert isinstance(store.run(words.newest())["acme"], MemoryFault)


def test_a_key_that_is_not_trusted_says_nothing(store: Store, words: Softening) -> None:
    """Another gateway believes a word only where it trusts the key."""
    word = say(store, words, Soften.ASK)

    stranger = Softening(store.database, SIGNER, {})
    assert store.run(words.newest())["acme"] == word
    assert isinstance(store.run(stranger.newest())["acme"], MemoryFault)
