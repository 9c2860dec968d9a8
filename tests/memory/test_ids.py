"""Names for stored things."""

from datetime import UTC, datetime, timedelta

from memory.ids import new_id

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    """A later id sorts behind an earlier one, and no two are equal."""
    ids = [new_id("d", NOW + timedelta(milliseconds=n)) for n in range(100)]

    assert ids == sorted(ids)
    assert len({new_id("d", NOW) for _ in range(1000)}) == 1000
    assert all(len(one) == 28 for one in ids)
