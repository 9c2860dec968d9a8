"""What a session still knows: until something was written, until it is too old, within a bound."""

import time

import pytest

from app.facts.cache import OVERHEAD, Cache, Entry

PLACE = ("default", "s1")
KEY = ("get_limit", '{"id":"a"}')
LONG = time.monotonic() + 1_000_000


def test_a_value_is_kept_for_its_session_source_and_arguments() -> None:
    """Another session, source or argument does not see it; null is a value too."""
    cache = Cache()
    cache.keep(PLACE, KEY, Entry(None, (1, 0), LONG, 4))

    assert cache.find(PLACE, KEY, (1, 0)) == (None,)
    assert cache.find(("default", "s2"), KEY, (1, 0)) is None
    assert cache.find(("other", "s1"), KEY, (1, 0)) is None
    assert cache.find(PLACE, ("other", KEY[1]), (1, 0)) is None
    assert cache.find(PLACE, (KEY[0], "{}"), (1, 0)) is None


@pytest.mark.parametrize("writes", [(2, 0), (1, 1), (0, 0)])
def test_after_a_write_it_is_forgotten(writes: tuple[int, int]) -> None:
    """Also for good: it does not come back with the earlier count."""
    cache = Cache()
    cache.keep(PLACE, KEY, Entry(5, (1, 0), LONG, 1))

    assert cache.find(PLACE, KEY, writes) is None
    assert cache.find(PLACE, KEY, (1, 0)) is None


def test_what_is_too_old_is_forgotten() -> None:
    """The instant itself is too late."""
    cache = Cache()
    cache.keep(PLACE, KEY, Entry(5, (1, 0), time.monotonic(), 1))

    assert cache.find(PLACE, KEY, (1, 0)) is None


def test_the_bound_holds_and_what_was_asked_for_last_stays() -> None:
    """However much is looked up, no more is kept than the bound allows."""
    cache = Cache(10 * (OVERHEAD + 20))
    names = [("get", f'{{"id":"{number:05}"}}') for number in range(100)]
    cache.keep(PLACE, names[0], Entry(0, (0, 0), LONG, 1))
    for name in names[1:]:
        cache.keep(PLACE, name, Entry(1, (0, 0), LONG, 1))
        assert cache.find(PLACE, names[0], (0, 0)) == (0,)
    kept = [name for name in names if cache.find(PLACE, name, (0, 0))]

    assert kept == [names[0], *names[-9:]]


def test_a_value_beyond_the_bound_is_not_kept() -> None:
    """It pushes everything out, itself too."""
    cache = Cache(1_000)
    cache.keep(PLACE, KEY, Entry("x" * 2_000, (0, 0), LONG, 2_002))

    assert cache.find(PLACE, KEY, (0, 0)) is None
