"""When rules are made anew, and when nobody bothers."""

from datetime import timedelta
from typing import Any

import pytest

from app.learning.refreshing import ENOUGH, is_due
from memory.feedback.reading import Told
from memory.induction.log import Refreshed, Withdrawn
from tests.memory.induction import world

HOUR = timedelta(hours=1)
CASE = world.case(1, {})
START = world.START


def reports(number: int, first: int = 1) -> list[Any]:
    return [world.report(seq, CASE, at=START) for seq in range(first, first + number)]


@pytest.mark.parametrize(
    ("told", "after", "due"),
    [
        (Told(), 100 * HOUR, False),
        (Told(reports(1)), HOUR / 2, False),
        (Told(reports(1)), HOUR, True),
        (Told(reports(ENOUGH)), timedelta(0), True),
        (Told(reports(ENOUGH - 1)), timedelta(0), False),
        (Told(reports(1), [Withdrawn(seq=2, report="rep_1")]), timedelta(0), True),
        (Told(reports(1), [], [Refreshed(2, START)]), 2 * HOUR, False),
        (Told(reports(1), [], [Refreshed(2, START)]), 24 * HOUR, True),
        (Told(reports(3), [], [Refreshed(2, START)]), HOUR, True),
        (Told(reports(ENOUGH + 1), [], [Refreshed(2, START)]), HOUR / 2, False),
        (Told(reports(ENOUGH + 2), [], [Refreshed(2, START)]), timedelta(0), True),
    ],
)
def test_it_is_due(told: Told, after: timedelta, due: bool) -> None:  # noqa: FBT001 - a table
    """Many reports and withdrawals at once, one report in time, else once a day; else never."""
    assert is_due(told, START + after, HOUR) is due
