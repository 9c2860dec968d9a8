"""Tests that nothing satisfies, and those that only look like it."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as draw

from dsl import toolspec
from dsl.errors import Source
from dsl.evaluation import conditions
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from tests.dsl.making import call, scope
from tests.expect import HEADER, expect_error, findings

LETS = 'let none = []; let few = args.n < 5; let limit = 7; let few_or_a = few or args.t == "a";'
NEVER = [
    "args.n > 10 and args.n < 5",
    "args.n > 5 and args.n < 5",
    "args.n > 10 and args.n? < 5",
    "args.n >= 5 and args.n < 5",
    "10 < args.n and 5 > args.n",
    "args.n == 1 and args.n == 2",
    'args.t == "a" and args.t == "b"',
    'args.t == "a" and args.t == 1',
    'args.t == "a" and args.t not in ["a", "b"]',
    'args.t == "c" and args.t in ["a", "b"]',
    'args.t in ["a", "b"] and args.t != "a" and args.t != "b"',
    'args.t in ["a"] and args.t in ["b"]',
    "args.n in 1..5 and args.n in 6..9",
    "args.n in none",
    "args.n in []",
    "any x in none: x == 1",
    "args.n == 1 and not args.n == 1",
    "args.n == 1 and args.n != 1",
    "args.n < args.m and args.n >= args.m",
    "args.n < args.m and args.m < args.n and args.m <= args.n",
    "args.n == args.m and args.m != args.n",
    "args.f and not args.f",
    "args.f and args.f == false",
    "not present(args.n) and args.n == 1",
    'args.t starts_with "a" and args.t starts_with "b"',
    'args.t ends_with "ab" and args.t ends_with "b" and args.t ends_with "c"',
    'args.t == "b" and args.t starts_with "a"',
    'args.t == "b" and args.t matches /a.*/',
    'args.t == "b" and args.t like "a*"',
    'args.t == "abc" and not args.t contains "b"',
    "few and args.n > 10",
    "args.n > limit and args.n < 6",
    "limit > 8",
    "1 > 2",
    'hour(now) > 23 and args.t == "a"',
    'weekday(now) == "monday"',
    "len(args.l) < 0",
    "count(pay) < 0",
    "not len(args.l) >= 0",
    "args.n > 10 and (args.n < 5 or args.m == 1)",
    "args.n > 10 and not (args.n >= 5 or args.m == 1)",
    "args.n > 10 and few_or_a",
    "args.n == 1 or args.m > 5 and args.m < 4",
    "any x in args.l: (x > 5 and x < 4)",
    "none x in args.l: (x > 5 or x <= 6)",
    "now >= 2026-06-01 and now < 2026-01-01T12:00",
    "args.n from user and not args.n from user",
]
MAY_BE = [
    "args.n > 5 and args.n < 10",
    "args.n >= 5 and args.n <= 5",
    "args.n == 1 or args.n == 2",
    "not (args.n == 1 and args.n == 2)",
    "not args.n? < 5 and not args.n? >= 5",
    "not args.n? == 1 and not args.n? != 1",
    "args.n == 1 and args.m == 2",
    "args.n[0] == 1 and args.n[1] == 2",
    "args.n not in []",
    "not args.n in none",
    "args.n == 1 and not args.m == 1",
    "not present(args.n) or args.n == 1",
    'args.t starts_with "a" and args.t starts_with "ab"',
    'args.t in ["a", "b"] and args.t != "a"',
    'args.t == "b" and args.t like "*b"',
    "args.n in 1..5 and args.n not in 2..3",
    "few or args.n > 10",
    "all x in args.l: x > 5 and (all y in args.l: y < 4)",
    "all x in args.l: x > 5 and args.n == 1",
    "(any x in args.l: x == 1) and (any x in args.l: x == 2)",
    "any x in args.l: (x < 3 and many)",
    "hour(now) in 8..25",
    'weekday(now) in ["mon", "monday"]',
    "len(args.l) > 0",
    "args.f or not args.f",
    "now >= 2026-01-01 and now < 2026-06-01",
    "args.n from user and args.m from user",
    "copied == 1 and not copied == 2",
    "not copied == 1 and not copied != 1",
]
MORE = "let many = any x in args.m: x > 5; let copied = args.cc?;"


def never(condition: str, effect: str = "deny") -> list[str]:
    """Return what is said to be never true in a condition."""
    found = findings(f"{HEADER}{LETS}{MORE}rule r: {effect} pay when {condition};")
    assert [one.code for one in found if one.code.startswith("BAR1")] == []
    return [one.message for one in found if one.code == "BAR304"]


@pytest.mark.parametrize("effect", ["allow", "deny"])
@pytest.mark.parametrize("condition", NEVER)
def test_what_nothing_satisfies_is_found(condition: str, effect: str) -> None:
    """One finding says it, whatever the rule does."""
    assert len(never(condition, effect)) == 1


@pytest.mark.parametrize("condition", MAY_BE)
def test_what_something_satisfies_is_not(condition: str) -> None:
    """No test is called impossible that a call can pass, absent values among them."""
    assert never(condition) == []


def test_the_test_that_excludes_is_named_and_the_other_underlined() -> None:
    """The later of two tests is underlined, and the earlier one told."""
    expect_error(
        """
        rule r: allow pay when args.n > 10 and args.m == 1 and args.n < 5;
                                                               ^^^^^^^^^^
        """,
        code="BAR304",
        message="`args.n < 5` is never true beside `args.n > 10`",
    )


def test_a_name_is_underlined_where_it_is_used() -> None:
    """The test behind a name may be right in other rules."""
    expect_error(
        """
        let few = args.n < 5; rule r: allow pay when args.n > 10 and few;
                                                                     ^^^
        """,
        code="BAR304",
        message="`args.n < 5` is never true beside `args.n > 10`",
    )


def test_what_a_name_says_twice_is_underlined_there() -> None:
    """Tests behind one name that exclude each other are a fault of the name."""
    expect_error(
        """
        let no = args.n < 5 and args.n > 9; rule r: allow pay when no;
                                ^^^^^^^^^^
        """,
        code="BAR304",
        message="`args.n > 9` is never true beside `args.n < 5`",
    )


def test_values_of_a_kind_are_compared_in_their_own_form() -> None:
    """Two spellings of one value are no two values."""
    text = 'kind pay.to is iban; rule r: deny pay when args.to == "DE 1" and args.to == "DE1";'

    assert "BAR304" not in [one.code for one in findings(HEADER + text)]


def test_what_is_all_excepted_is_never_spoken_of() -> None:
    """A rule whose exceptions take in all its tools speaks of none."""
    expect_error(
        """
        rule r: deny pay, send_* except send_*, pay;
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        code="BAR304",
        message="`r` never applies: all its tools are excepted",
    )
    assert findings(HEADER + "rule r: deny pay, send_* except send_m*, pay;") == []
    assert findings(HEADER + "rule r: deny hub/pay, pay except hub/pay;") == []


TOOLS = """[
  {"name": "pay", "inputSchema": {"properties": {"n": {"type": "number", "maximum": 50}}}},
  {"name": "give", "inputSchema": {"properties": {"n": {"exclusiveMaximum": 100}}}},
  {"name": "open", "inputSchema": {"properties": {"n": {"type": "number"}}}}
]"""


@pytest.mark.parametrize(
    ("kind", "rule", "expected"),
    [
        ("policy", "allow pay when args.n > 50", ["BAR304"]),
        ("policy", "allow pay when args.n >= 50", []),
        ("policy", "allow pay, give when args.n > 60", []),
        ("policy", "allow pay, give when args.n == 100", ["BAR304"]),
        ("policy", "allow pay, open when args.n > 60", []),
        ("policy", "allow * when args.n > 200", []),
        ("overlay", "deny pay when args.n? > 50", []),
        ("policy", 'allow give when args.n > "x"', []),
    ],
)
def test_no_number_is_wanted_that_no_schema_lets_through(
    kind: str, rule: str, expected: list[str]
) -> None:
    """The bounds of all tools of a rule count; to an overlay a tool may be unknown."""
    source = Source("p.bar", f"{kind} p version 1;\nrule r: {rule};")
    unit = Unit(source, parse(source), (), toolspec.read(Source("t.json", TOOLS)))

    assert [one.code for one in lint(unit)] == expected


CONSTANTS = ("1", "2", "3", '"a"', '"ab"', "true")
OPERANDS = ("args.n", "args.n?", "args.m")
VALUES: tuple[Any, ...] = (None, 0, 1, 1.5, 2, 3, 4, "", "a", "ab", "b", True, False, [1])


def one_test() -> draw.SearchStrategy[str]:
    """Draw one test of an argument."""
    operand, constant = draw.sampled_from(OPERANDS), draw.sampled_from(CONSTANTS)
    numbers = draw.sampled_from(("1", "2", "3"))
    texts = draw.sampled_from(('"a"', '"ab"', '"b"'))
    sign = draw.sampled_from(("==", "!="))
    order = draw.sampled_from(("<", "<=", ">", ">="))
    text = draw.sampled_from(("contains", "starts_with", "ends_with", "like"))
    forms = draw.one_of(
        draw.builds("{} {} {}".format, operand, sign, constant),
        draw.builds("{} {} {}".format, operand, order, numbers),
        draw.builds("{} {} {}".format, operand, order, texts),
        draw.builds("{} {} {}".format, operand, draw.just("<"), operand),
        draw.builds("{} {} {}".format, operand, text, texts),
        draw.builds("{} in [{}, {}]".format, operand, constant, constant),
        draw.builds("{} not in [{}, {}]".format, operand, constant, constant),
        draw.builds("{} in 1..{}".format, operand, numbers),
        draw.builds("{}".format, operand),
        draw.sampled_from(("present(args.n)", "args.n matches /a.?/")),
    )
    return draw.builds("{}{}".format, draw.sampled_from(("", "not ")), forms)


@given(draw.lists(one_test(), min_size=2, max_size=4))
def test_what_is_called_impossible_no_call_can_pass(tests: list[str]) -> None:
    """Whatever tests are joined: where one is never true, no call makes all of them true."""
    text = f"{HEADER}rule r: deny pay when {' and '.join(tests)};"
    policy = parse(Source("p.bar", text))
    said = [one for one in lint(Unit(Source("p.bar", text), policy)) if one.code == "BAR304"]

    if said:
        condition = policy.rules[0].condition
        assert condition is not None
        for n, m in product(VALUES, VALUES):
            judged = conditions.evaluate(condition, scope(call("pay", {"n": n, "m": m})))
            assert judged is not True, (n, m)
