"""Counts without a time, in rules whose words speak of one."""

import pytest

from tests.expect import HEADER, expect_error, findings


@pytest.mark.parametrize(
    "rule",
    [
        "rule hourly_limit: deny pay when count(pay) >= 5;",
        'rule r: deny pay when count(pay) >= 5 because "at most 5 an hour";',
        'rule r: deny pay when count(pay) >= 5 because "5 payments a day are enough";',
        'rule r: deny pay when count(pay per session) >= 5 reply "Only five per day.";',
        'rule r: deny pay when sum(pay: past.args.n) > 9 because "at most 9 within 24 hours";',
        "let many = count(pay) >= 5; rule daily: deny pay when many;",
    ],
)
def test_words_that_speak_of_a_time_want_one(rule: str) -> None:
    """In the rule's name, its reason or its reply; behind names too."""
    assert [one.code for one in findings(HEADER + rule)] == ["BAR411"]


@pytest.mark.parametrize(
    "rule",
    [
        "rule hourly_limit: deny pay when count(pay within 1h) >= 5;",
        'rule r: deny pay when count(pay) >= 5 because "five are enough for one session";',
        'rule r: deny pay when called(pay) because "once a day";',
        'rule r: deny pay when args.n > 5 because "at most 5 an hour";',
        'rule r: deny pay when count(pay) >= 5 reply "Try again in an hour.";',
        'rule r: deny pay when count(pay) >= 5 reply "Try again in 24 hours.";',
    ],
)
def test_where_none_is_spoken_of_the_session_is_meant(rule: str) -> None:
    """A window, other words, or no count at all."""
    assert findings(HEADER + rule) == []


def test_the_count_is_underlined() -> None:
    """And the words are told."""
    expect_error(
        """
        rule r: deny pay when count(pay) >= 5 because "5 per hour";
                              ^^^^^^^^^^
        """,
        code="BAR411",
        message="this counts all of the session, and `r` says `per hour`",
        help="write `within` and the time",
    )
