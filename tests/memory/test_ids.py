"""Names for stored things."""

from datetime import UTC, datetime, timedelta

from memory.ids import first_id, new_id

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    """A later id sorts behind an earlier one, and no two are equal."""
    ids = [new_id("d", NOW + timedelta(milliseconds=n)) for n in range(100)]

    assert ids == sorted(ids)
    assert len({new_id("d", NOW) for _ in range(1000)}) == 1000
    assert all(len(one) == 28 for one in ids)


def test_an_id_lies_between_the_first_of_its_time_and_of_the_next() -> None:
    """However its random digits come out, each of which there is."""
    ids = [new_id("d", NOW) for _ in range(1000)]

    next_first = first_id("d", NOW + timedelta(milliseconds=1))
    assert all(first_id("d", NOW) <= one < next_first for one in ids)
    assert set("".join(one[12:] for one in ids)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
