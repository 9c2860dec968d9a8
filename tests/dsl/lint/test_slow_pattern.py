"""Patterns that have to remember too much."""

import pytest

from tests.expect import HEADER, expect_error, findings


@pytest.mark.parametrize(
    "test",
    [
        r"args.t matches /(?s).*a.{100}b.*/",
        r"args.t matches /(?s).*a.{20}/",
        r"args.t matches /.+key\w{1,40}/",
        r"args.t matches /[\s\S]*a[\s\S]{30,}/",
        r"args.t matches /(?s).*a.{5}b.{50}/",
        r"user_said(/pay.{50}now/)",
    ],
)
def test_a_count_of_anything_behind_anything_is_found(test: str) -> None:
    """Where it may begin anywhere, and counts to 20 or more."""
    found = [one.code for one in findings(f"{HEADER}rule r: deny pay when {test};")]

    assert "BAR507" in found


@pytest.mark.parametrize(
    "test",
    [
        r"args.t matches /(?s).*a.{19}b.*/",
        r"args.t matches /(?s).*[0-9]{100}.*/",
        r"args.t matches /a.{100}/",
        r"args.t matches /(?s).{1,200}/",
        r"args.t matches /(?s).{1,200}.*/",
        r"args.t matches /(?s).*a\.{100}/",
        r"user_said(/pay/)",
    ],
)
def test_what_is_fast_is_not(test: str) -> None:
    """Small counts, sets of characters, and what begins in one place."""
    found = [one.code for one in findings(f"{HEADER}rule r: deny pay when {test};")]

    assert "BAR507" not in found


def test_the_test_is_underlined() -> None:
    """And the count named."""
    expect_error(
        """
        rule r: deny pay when args.t matches /(?s).*a.{100}b.*/;
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        code="BAR507",
        message="`.{100}` behind `.*` makes this pattern slow",
    )
