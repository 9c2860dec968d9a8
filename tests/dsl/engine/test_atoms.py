"""What a condition is taken apart into, and where that ends."""

import pytest

from dsl.engine.atoms import MOST_CLAUSES, Clauses, apart
from dsl.evaluation.scope import Scope, names_of
from tests.dsl.making import NOW, call, policy

DECLARED = """
let some = ["a", "b"];
let limit = 5;
let narrow = args.a in some and args.b <= limit;
table prices { ("a"): 1; }
fact given = given;
kind send.to is email;
"""


def taken(condition: str, clauses: str = "") -> Clauses:
    """Take the condition of a rule apart."""
    read = policy(f"policy p version 1;{DECLARED}rule r: deny send when {condition}{clauses};")
    return apart(read.rules[0], Scope(call(), NOW, names_of(read)))


def shown(found: Clauses) -> list[list[str]]:
    return [
        [
            f"{'not ' if one.opposite else ''}{one.form}{one.how and ' ' + one.how}"
            f" {', '.join(map(str, one.constants))}".rstrip()
            for one in clause
        ]
        for clause in found.any_of
    ]


WHOLE = {
    'args.a == "x"': [["same x"]],
    '"x" == args.a': [["same x"]],
    'args.a != "x"': [["not same x"]],
    'not args.a == "x"': [["not same x"]],
    "args.b > 5": [["order > 5"]],
    "5 >= args.b": [["order <= 5"]],
    "not args.b > 5": [["order <= 5"]],
    "args.b <= limit": [["order <= 5"]],
    "args.b in 1..5": [["order >= 1", "order <= 5"]],
    "args.b not in 1..5": [["order < 1"], ["order > 5"]],
    "args.a in some": [["same a, b"]],
    "args.a not in some": [["not same a, b"]],
    '"boss" in subject.roles': [["holds boss"]],
    'args.a starts_with "x"': [["text start x"]],
    'args.a contains "x"': [["text part x"]],
    "args.a matches /x+/": [["text whole x+"]],
    "not args.a matches /x+/": [["not text whole x+"]],
    "present(args.a)": [["there"]],
    "args.flag": [["same True"]],
    "not args.flag": [["not same True"]],
    "narrow": [["same a, b", "order <= 5"]],
    "not narrow": [["not same a, b"], ["order > 5"]],
    'lower(args.a) == "x"': [["same x"]],
    'args.to == "Joe@Corp.com"': [["same joe@corp.com"]],
    'args.a == "x" and (args.b > 5 or args.b < 1)': [
        ["same x", "order > 5"],
        ["same x", "order < 1"],
    ],
}


@pytest.mark.parametrize("condition", WHOLE)
def test_what_is_taken_apart_wholly(condition: str) -> None:
    """A rule of nothing but these is told to hold without being read."""
    found = taken(condition)

    assert shown(found) == WHOLE[condition]
    assert found.whole


OPEN = (
    "any x in args.list: x == 1",
    "prices(args.a) > 3",
    'trim(lower(args.a)) == "x"',
    "args.a from [user]",
    "count(send within 1h) > 3",
    "fact.given == 3",
    "session saw untrusted",
    "args.at < 2026-01-31",
)
CHEAP = ("args.a == args.b", 'args.a in ["x", 1]', 'args.a < "x"', "hour(now) == args.a")


@pytest.mark.parametrize("condition", OPEN)
def test_what_is_left_to_the_interpreter(condition: str) -> None:
    """It may use up all that a rule may spend, so nothing is told of it nor of what follows."""
    found = taken(f"{condition} and args.b > 5")

    assert (found.any_of, found.whole, found.open) == (((),), False, True)


@pytest.mark.parametrize("condition", CHEAP)
def test_what_follows_a_cheap_test_is_told(condition: str) -> None:
    """It is not indexed, and can do no harm to what is."""
    found = taken(f"{condition} and args.b > 5")

    assert (shown(found), found.whole, found.open) == ([["order > 5"]], False, False)


def test_behind_what_is_left_to_the_interpreter_nothing_is_told() -> None:
    """It may use up all that a rule may spend, and what stands behind it is unknown then."""
    first = taken('args.a == "x" and (any x in args.list: x == 1) and args.b > 5')
    last = taken('(any x in args.list: x == 1) and args.a == "x"')

    assert (shown(first), first.whole) == ([["same x"]], False)
    assert (shown(last), last.whole) == ([[]], False)


def test_a_score_comes_last_wherever_it_stands() -> None:
    """The interpreter asks a model last, so what stands behind the question is told."""
    found = taken('judge("be kind" as tone forbids) >= 0.8 and args.b > 5')

    assert (shown(found), found.whole) == ([["order > 5"]], False)


def test_a_rule_that_ends_or_chooses_by_risk_is_never_told_to_hold() -> None:
    """Whether it speaks of the call is told by the interpreter."""
    assert not taken("args.b > 5", " valid from 2026-01-01").whole


def test_what_would_be_too_long_written_out_is_left() -> None:
    """Each `or` in an `and` multiplies the ways to hold."""
    either = "(args.a == 1 or args.b == 1)"
    found = taken(" and ".join([either] * 8))

    assert len(found.any_of) == MOST_CLAUSES
    assert not found.whole


def test_a_rule_that_might_spend_its_budget_is_read() -> None:
    """The interpreter would give up on it, so it must not be told to hold or not to."""
    many = " and ".join(f"args.b != {at}" for at in range(100))
    found = taken(many)

    assert (found.any_of, found.whole) == (((),), False)


def test_a_missing_condition_always_holds() -> None:
    """A rule without one speaks of every call of its tool."""
    read = policy("rule r: deny send;")

    found = apart(read.rules[0], Scope(call(), NOW, names_of(read)))
    assert found == Clauses(((),), whole=True)
