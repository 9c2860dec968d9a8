"""How many labels are missing: exactly so many, and no word where there are enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guards.skill.band import band
from guards.skill.fit import fit
from guards.skill.wanting import FEWEST_HELD, Counted, Wanting, missing

HALF = st.builds(Counted, st.integers(0, 80), st.integers(0, 80))


@pytest.mark.parametrize(
    ("fitted", "held", "labels", "words"),
    [
        ((25, 25), (25, 25), 0, None),
        ((41, 9), (41, 9), 0, None),
        ((10, 10), (10, 10), 60, "at least 60 more labels: half of all fit the curve"),
        ((0, 20), (0, 20), 60, "at least 60 more labels, of them 18 or more no violations: "),
        ((50, 3), (50, 3), 12, "at least 12 more labels, of them 12 or more violations: "),
        ((0, 0), (0, 0), 100, "of them 18 or more violations and 18 or more no violations: "),
    ],
)
def test_so_many_labels_are_missing(
    fitted: tuple[int, int], held: tuple[int, int], labels: int, words: str | None
) -> None:
    """What is said is a number of labels, and of each kind; nothing is said where all are there."""
    wanting = Wanting(Counted(*fitted), Counted(*held))
    told = missing(wanting)

    assert wanting.labels == labels
    assert told is None if words is None else words in (told or "")


@given(HALF, HALF)
def test_with_what_was_missing_a_curve_is_fitted_and_a_band_leaves_something_out(
    fitted: Counted, held: Counted
) -> None:
    """Half of what is added goes to each half; then it is enough, and with less it was not."""
    wanting = Wanting(fitted, held)
    enough = is_enough(fitted, held)
    assert enough is (wanting.labels == 0)

    bad = max(wanting.violations, wanting.labels - wanting.fine) // 2
    fine = wanting.labels // 2 - bad
    more = [Counted(one.fine + fine, one.violations + bad) for one in (fitted, held)]
    assert is_enough(*more)


def is_enough(fitted: Counted, held: Counted) -> bool:
    """Ask the code that fits, with scores that part the kinds cleanly."""
    truths = [False] * fitted.fine + [True] * fitted.violations
    if fit([1.0 if one else -1.0 for one in truths], truths) is None:
        return False
    if not held.fine or not held.violations:
        return False
    found = band([0.1] * held.fine, [0.9] * held.violations)
    return found.fine < 1 and found.violation < 1


def test_a_band_of_few_labels_holds_everything() -> None:
    """One label fewer of each kind, and no answer would ever be of use."""
    few, enough = FEWEST_HELD - 1, [0.1] * FEWEST_HELD

    assert band([0.1] * few, [0.9] * few).is_all
    assert not band(enough, [0.9] * FEWEST_HELD).is_all
    assert not band(enough, [0.9]).is_all
