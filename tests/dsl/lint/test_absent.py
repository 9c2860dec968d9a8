"""What a condition comes to without one argument."""

import pytest

from dsl.errors import Source
from dsl.lint.absent import FALSE, TRUE, UNKNOWN, Absent
from dsl.lint.reading import Reading
from dsl.parse import parse
from tests.expect import HEADER, tools

LETS = """
let copied = present(args.cc);
let outside = not args.cc ends_with "@example.com";
let copies = args.cc?;
"""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("args.cc == 1", {UNKNOWN}),
        ("not args.cc == 1", {UNKNOWN}),
        ("args.cc? == 1", {FALSE}),
        ("not args.cc? == 1", {TRUE}),
        ("copies == 1", {FALSE}),
        ("present(args.cc)", {FALSE}),
        ("copied and outside", {FALSE}),
        ("not copied or outside", {TRUE}),
        ("args.to == 1", {FALSE, TRUE}),
        ("args.to == 1 and outside", {FALSE, UNKNOWN}),
        ("args.to == 1 or outside", {UNKNOWN, TRUE}),
        ("any a in args.cc: a == 1", {UNKNOWN}),
        ("any a in args.cc?: a == 1", {FALSE}),
        ("any a in args.to: a == args.cc", {FALSE, UNKNOWN}),
        ("args.cc from user", {UNKNOWN}),
        ("called(look where past.args.a == args.cc)", {FALSE, TRUE}),
        ('tool == "other" and outside', {FALSE}),
        ('tool != "other" and outside', {UNKNOWN}),
        ('tool == "hub/mail" and outside', {FALSE, UNKNOWN}),
        ('similar(args.cc, "b") >= 0.5', {FALSE, TRUE}),
    ],
)
def test_what_stands_beside_an_absent_value_decides(condition: str, expected: set[int]) -> None:
    """Unknown is found where a well-formed call reaches it, and only there."""
    policy = parse(Source("p.bar", f"{HEADER}{LETS}rule r: deny mail when {condition};"))
    absent = Absent(Reading(policy, None), "mail", ("cc",))

    assert absent.outcomes(policy.rules[0].condition) == expected


def test_an_argument_that_only_some_tools_have_tells_them_apart() -> None:
    """`present` of what a tool does not declare is false for it."""
    declared = tools({"book": ["user", "cabin"], "change": ["reservation"]})
    text = (
        HEADER + 'let books = present(args.user); rule r: deny * when books and args.cabin == "x";'
    )
    reading = Reading(parse(Source("p.bar", text)), declared)
    condition = reading.rules[0].condition

    assert Absent(reading, "change", ("cabin",)).outcomes(condition) == {FALSE}
    assert Absent(reading, "book", ("cabin",)).outcomes(condition) == {FALSE, UNKNOWN}
