"""What a change of policies may do to answers, for the measure of it to say that its goal held."""

import pytest

from bench.swapping import GOAL_MS, Window, held


@pytest.mark.parametrize(
    ("quiet", "then", "holds"),
    [
        (Window([1.0]), Window([GOAL_MS]), True),
        (Window([1.0]), Window([GOAL_MS + 1]), False),
        (Window([1.0, 50.0]), Window([40.0]), True),
        (Window([1.0, 50.0]), Window([60.0]), False),
        (Window([1.0]), Window([1.0], refused=1), False),
        (Window([1.0], refused=1), Window([1.0]), False),
    ],
)
def test_no_answer_takes_longer_than_in_quiet_times_and_none_is_refused(
    quiet: Window, then: Window, *, holds: bool
) -> None:
    """A gateway that refuses calls at once is quick, and has not held."""
    assert held(quiet, [Window([1.0]), then]) is holds
