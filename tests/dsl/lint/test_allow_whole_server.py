"""Rules that allow a whole server."""

import pytest

from tests.expect import HEADER, expect_error, findings


def test_the_pattern_is_underlined() -> None:
    """And the server named."""
    expect_error(
        """
        rule r: allow get_mail, git*/*;
                                ^^^^^^
        """,
        code="BAR410",
        message="`r` allows all that `git*` offers, now and later",
        help="name the tools",
    )


@pytest.mark.parametrize(
    "rule",
    [
        "ask github/*",
        "deny github/*",
        "allow github/get_*",
        "allow github/* when args.n == 1",
        "allow github/* mode shadow",
    ],
)
def test_what_is_limited_is_not_told(rule: str) -> None:
    """By its effect, by names, by a condition."""
    assert findings(f"{HEADER}rule r: {rule};") == []


def test_all_of_every_server_is_told_once() -> None:
    """By BAR402 alone."""
    found = findings(HEADER + "rule a: allow */*;")

    assert [one.code for one in found] == ["BAR402"]
