"""The lower bound of a Beta distribution, against figures that are known."""

import pytest

from memory.induction.beta import incomplete, lower_bound


@pytest.mark.parametrize(
    ("agreeing", "against", "bound"),
    [(0, 0, 1000), (3000, 0, 5623), (5000, 0, 6813), (10_000, 0, 8111), (4400, 0, 6529)],
)
def test_the_bound_without_contradiction_is_a_root(agreeing: int, against: int, bound: int) -> None:
    """Of Beta(1 + a, 1) the quantile is 0.1 to the power of 1 / (1 + a)."""
    assert lower_bound(agreeing, against) == bound
    assert abs(0.1 ** (1 / (1 + agreeing / 1000)) * 10_000 - bound) <= 0.5


def test_silence_and_contradiction_round_against_the_rule() -> None:
    """What agrees is rounded down to 0.05, what speaks against it up."""
    assert lower_bound(3049, 0) == lower_bound(3000, 0) < lower_bound(3050, 0)
    assert lower_bound(3000, 1) == lower_bound(3000, 50) < lower_bound(3000, 0)


@pytest.mark.parametrize("x", [0.01, 0.2, 0.5, 0.8, 0.99])
def test_the_incomplete_beta_function_is_its_own_mirror(x: float) -> None:
    """I_x(a, b) and I_(1-x)(b, a) add up to one; with a = b = 2 it is 3x^2 - 2x^3."""
    assert abs(incomplete(3.5, 7.25, x) + incomplete(7.25, 3.5, 1 - x) - 1) < 1e-12
    assert abs(incomplete(2, 2, x) - (3 * x**2 - 2 * x**3)) < 1e-12


def test_the_ends_are_certain() -> None:
    """Nothing lies below 0 and everything below 1."""
    assert (incomplete(2, 3, 0), incomplete(2, 3, 1)) == (0, 1)
