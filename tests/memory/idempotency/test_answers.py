"""What was answered once is kept for a day: sealed, and for whoever asked alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from memory.idempotency.answers import KEPT, Answer, Answers, Held, Place
from memory.tables import idempotency
from tests.memory.conftest import Store

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PLACE = Place("default", "k_one", "once")
SAID = Answer(201, (("content-type", "application/json"),), b'{"id": "secret-word"}')


def answers(store: Store) -> Answers:
    return Answers(store.database, b"r" * 32)


def test_who_claims_first_does_it_and_others_hear_what_became_of_it(store: Store) -> None:
    """Until it is answered nobody else may do it; then all are answered alike."""
    kept = answers(store)
    first = store.run(kept.claim(PLACE, "asked", NOW))
    during = store.run(kept.claim(PLACE, "asked", NOW))
    store.run(kept.keep(PLACE, SAID, shown_once=False))
    after = store.run(kept.claim(PLACE, "asked", NOW))

    assert first is None
    assert during == Held("asked", None, None)
    assert after == Held("asked", 201, SAID)


def test_another_key_or_tenant_or_name_is_another_request(store: Store) -> None:
    """Nobody is answered with what somebody else was told."""
    kept = answers(store)
    store.run(kept.claim(PLACE, "asked", NOW))
    others = [
        replace(PLACE, tenant="other"),
        replace(PLACE, key_id="k_two"),
        replace(PLACE, name="twice"),
    ]

    assert [store.run(kept.claim(one, "asked", NOW)) for one in others] == [None, None, None]


def test_what_was_refused_may_be_tried_again_and_what_was_done_may_not(store: Store) -> None:
    """Only a request that nothing was answered to yet is let go of."""
    kept = answers(store)
    store.run(kept.claim(PLACE, "asked", NOW))
    store.run(kept.release(PLACE))
    again = store.run(kept.claim(PLACE, "asked", NOW))
    store.run(kept.keep(PLACE, SAID, shown_once=False))
    store.run(kept.release(PLACE))

    assert again is None
    assert store.run(kept.claim(PLACE, "asked", NOW)) == Held("asked", 201, SAID)


def test_after_a_day_it_is_forgotten(store: Store) -> None:
    """A day to the moment is over; a moment less is not."""
    kept = answers(store)
    store.run(kept.claim(PLACE, "asked", NOW))
    before = store.run(kept.claim(PLACE, "asked", NOW + KEPT - timedelta(seconds=1)))
    after = store.run(kept.claim(PLACE, "asked", NOW + KEPT))

    assert before is not None
    assert after is None


def test_an_answer_cannot_be_read_in_the_store(store: Store) -> None:
    """It is sealed; of one that is shown once nothing is kept at all."""
    kept = answers(store)
    shown_once = replace(PLACE, name="secret")
    for place, once in ((PLACE, False), (shown_once, True)):
        store.run(kept.claim(place, "asked", NOW))
        store.run(kept.keep(place, SAID, shown_once=once))

    async def rows() -> dict[str, object]:
        async with store.database.read() as connection:
            query = select(idempotency.c.name, idempotency.c.sealed)
            return {row.name: row.sealed for row in await connection.execute(query)}

    found = store.run(rows())
    assert found["secret"] is None
    assert "secret-word" not in str(found["once"])
    assert store.run(kept.claim(shown_once, "asked", NOW)) == Held("asked", 201, None)
