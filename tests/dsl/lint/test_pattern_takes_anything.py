"""Tests that let every text pass."""

import pytest

from tests.expect import HEADER, expect_error, findings

ANYTHING = [
    "matches /.*/",
    "matches /.+/",
    r"matches /(?s).*/",
    r"matches /[\s\S]*/",
    r"matches /^.*$/",
    r"matches /(?:.*|a)/",
    r"matches /[^\n]*/",
    'like "*"',
    'like "**"',
    'contains ""',
    'starts_with ""',
    'ends_with ""',
]
LIMITED = [
    "matches /.{1,100}/",
    r"matches /.*\S.*/",
    r"matches /[^;]*/",
    r"matches /\w+/",
    r"matches /.*@corp\.com/",
    'like "*a"',
    'like ""',
    'contains "a"',
]


def codes(rule: str) -> list[str]:
    """Return what is found in a rule, but for what is said of dots and names."""
    return [one.code for one in findings(f"{HEADER}rule r: {rule};")]


@pytest.mark.parametrize("test", ANYTHING)
def test_it_is_found_where_it_loosens(test: str) -> None:
    """In an allow, and under `not` in what refuses; nowhere else."""
    assert codes(f"allow pay when args.t {test}") == ["BAR505"]
    assert codes(f"deny pay when not args.t {test}") == ["BAR505"]
    assert codes(f"ask pay when any x in args.l: not x {test}") == ["BAR505"]
    assert "BAR505" not in codes(f"deny pay when args.t {test}")
    assert "BAR505" not in codes(f"allow pay when not args.t {test}")


@pytest.mark.parametrize("test", LIMITED)
def test_a_limit_of_any_sort_is_one(test: str) -> None:
    """Of length, of characters, of anything."""
    assert codes(f"allow pay when args.t {test}") == []


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("matches /.*/", "this pattern takes any text"),
        ('like "*"', "`*` takes any text"),
        ('ends_with ""', "every text ends with the empty one"),
    ],
)
def test_the_test_is_underlined(test: str, message: str) -> None:
    """With the words for each."""
    expect_error(
        f"""
        rule r: allow pay when args.t {test};
                               {"^" * len(f"args.t {test}")}
        """,
        code="BAR505",
        message=message,
        help='to want any text at all, write `!= ""`',
    )
