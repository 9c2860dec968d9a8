"""Types that cannot fit are refused when the policy is read."""

import pytest

from tests.dsl.making import policy
from tests.expect import expect_error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            """
            rule r: deny x when args.a < true;
                                ^^^^^^^^^^^^^
            """,
            "`<` does not compare a truth value",
        ),
        (
            """
            rule r: deny x when args.a contains 1;
                                                ^
            """,
            "a text belongs here, and this is a number",
        ),
        (
            """
            rule r: deny x when now == 1;
                                ^^^^^^^^
            """,
            "a time and a number cannot be compared",
        ),
        (
            """
            rule r: deny x when hour(now) in ["nine"];
                                              ^^^^^^
            """,
            "a number and a text cannot be compared",
        ),
        (
            """
            rule r: deny x when len("abc") > 1;
                                    ^^^^^
            """,
            "a list belongs here, and this is a text",
        ),
        (
            """
            rule r: deny x when any y in "abc": y == "a";
                                         ^^^^^
            """,
            "a list belongs here, and this is a text",
        ),
        (
            """
            rule r: deny x when now + 3 > now;
                                ^^^^^^^
            """,
            "`+` has no result for a time and a number",
        ),
        (
            """
            rule r: deny x when hour(now);
                                ^^^^^^^^^
            """,
            "a truth value belongs here, and this is a number",
        ),
    ],
)
def test_what_can_never_fit_is_refused_where_it_stands(text: str, message: str) -> None:
    """A test across types would be unknown for every call, so it is an error at load."""
    expect_error(text, message=message, code="BAR201")


@pytest.mark.parametrize(
    "text",
    [
        "now - args.since > 24h",
        "now >= 2026-01-31 + 15m",
        "2026-02-01 - 2026-01-01 == 31d",
        'weekday(now) in ["mon", "tue"]',
        "near(args.a, args.b, 20%)",
        "args.flag == true",
        "min(args.list) == args.x",
    ],
)
def test_what_may_fit_is_left_to_the_call(text: str) -> None:
    """Where only the call can tell the type, nothing is refused."""
    assert policy(f"rule r: deny x when {text};").rules
