"""Exact binomial intervals."""

import pytest

from bench.intervals import at_least, exact


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (0, 59, 0.0, 0.0606),
        (49, 49, 0.9275, 1.0),
        (3, 100, 0.0062, 0.0852),
    ],
)
def test_intervals_are_those_of_the_tables(hits: int, n: int, low: float, high: float) -> None:
    """The bounds are those that Clopper and Pearson's method has in tables."""
    assert list(exact(hits, n)) == pytest.approx([low, high], abs=1e-4)


@pytest.mark.parametrize("n", [1, 7, 49, 355])
def test_none_or_all_has_a_closed_form(n: int) -> None:
    """With no hits or nothing but hits, the other bound is a root of half the error."""
    root = 0.025 ** (1 / n)

    assert list(exact(0, n)) == pytest.approx([0.0, 1 - root], abs=1e-9)
    assert list(exact(n, n)) == pytest.approx([root, 1.0], abs=1e-9)


@pytest.mark.parametrize(("hits", "n"), [(1, 10), (30, 45), (300, 355)])
def test_each_bound_leaves_half_the_error_outside(hits: int, n: int) -> None:
    """At either bound, what was seen or more of it is as unlikely as half the error."""
    low, high = exact(hits, n)

    assert at_least(hits, n, low) == pytest.approx(0.025, abs=1e-9)
    assert 1 - at_least(hits + 1, n, high) == pytest.approx(0.025, abs=1e-9)


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (2, 1), (-1, 5)])
def test_what_is_no_share_has_no_interval(hits: int, n: int) -> None:
    """Nothing out of nothing is refused and not called certain."""
    with pytest.raises(ValueError, match="no share"):
        exact(hits, n)
