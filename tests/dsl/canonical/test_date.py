"""Days of the calendar, by whatever notation nobody can misread."""

import pytest

from dsl.canonical.date import canonical

DAY = "2026-03-04"


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-04", "2026/03/04", "2026.03.04", "20260304", " 2026-03-04 "),
        *("2026-03-04T10:00:00Z", "2026-03-04 10:00", "2026-03-04T23:59:59.5+02:00"),
        *("2026-03-04, 10:00", "2026-03-04t10:00z", "2026-03-04 10:00 UTC"),
        *("4 March 2026", "4th of March 2026", "04 Mar 2026", "4-Mar-2026", "4 MARCH, 2026"),
        *("March 4, 2026", "March 4th, 2026", "Mar. 4 2026", "Wednesday, 4 March 2026"),
        *("Wed 4 Mar 2026", "Wed, March 4, 2026"),
    ],
)
def test_notations_of_one_day(text: str) -> None:
    """ISO, with or without a time, and English names of months are read."""
    assert canonical(text) == DAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("13/04/2026", "2026-04-13"),
        ("04/13/2026", "2026-04-13"),
        ("31.12.2026", "2026-12-31"),
        ("5-5-2026", "2026-05-05"),
        ("29 February 2028", "2028-02-29"),
        ("1 Sept 2026", "2026-09-01"),
        ("30 September 2026", "2026-09-30"),
    ],
)
def test_numbers_that_cannot_be_swapped(text: str, day: str) -> None:
    """Above twelve is a day, and two equal numbers are the same either way."""
    assert canonical(text) == day


@pytest.mark.parametrize(
    "text",
    [
        *("03/04/2026", "3.4.2026", "12-11-2026", "13/13/2026", "03/04/26", "26-03-04", "March 4"),
        *(
            "2026-02-30",
            "29 February 2026",
            "2026-13-01",
            "2026-00-10",
            "0000-01-01",
            "32 May 2026",
        ),
        *("2026-3-4", "2026-03/04", "2026-0304", "20260304T1000", "2026-03-04T25:00"),
        *("Tuesday, 4 March 2026", "4 Marsh 2026", "1 Sepember 2026", "2026", "today", ""),
        *("2026-03-04 or later", "4 March 2026 5", "\u0662\u0660\u0662\u0666-03-04", "May 2026"),
        *("2026\u201103\u201104", "1 May 2026\x00", "1" * 100),
    ],
)
def test_what_could_be_two_days_is_none(text: str) -> None:
    """Numbers that can be swapped, days that are none and wrong weekdays have no form."""
    assert canonical(text) is None
