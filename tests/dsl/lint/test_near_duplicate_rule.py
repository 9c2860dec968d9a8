"""Rules that differ in a number alone."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as draw

from dsl.interpret import Bound, evaluate
from tests.dsl.making import NOW, call, policy
from tests.expect import HEADER, expect_error, findings

WITHIN = [
    "rule a: allow pay when args.n <= 9; rule r: allow pay when args.n <= 5;",
    "rule r: allow pay when args.n <= 5; rule a: allow pay when args.n <= 9;",
    "rule a: ask pay when args.n > 5; rule r: ask pay when args.n > 9;",
    "rule a: ask pay when 5 < args.n; rule r: ask pay when 9 < args.n;",
    "rule a: ask pay when not args.n < 5; rule r: ask pay when not args.n < 9;",
    "rule a: deny pay when any x in args.l: x > 5; rule r: deny pay when any x in args.l: x > 9;",
    "rule a: deny pay when none x in args.l: x > 9; rule r: deny pay when none x in args.l: x > 5;",
    (
        "rule a: ask pay when args.n < 9 and args.m < 9;"
        "rule r: ask pay when args.n < 5 and args.m < 9;"
    ),
    "rule a: deny pay when count(pay) >= 5; rule r: deny pay when count(pay) >= 9;",
    "rule a: deny pay when now - last(pay).at < 2h; rule r: deny pay when now - last(pay).at < 1h;",
    'rule a: allow pay when args.n <= 9; rule r: allow pay when args.n <= 5 because "small";',
    'rule a: deny pay when args.n > 5; rule r: deny pay when args.n > 9 reply "No.";',
]
APART = [
    "rule a: allow pay when args.n <= 9; rule r: allow give when args.n <= 5;",
    "rule a: allow pay when args.n <= 9; rule r: ask pay when args.n <= 5;",
    "rule a: allow pay when args.n <= 9; rule r: allow pay when args.m <= 5;",
    "rule a: allow pay when args.n <= 9; rule r: allow pay when args.n >= 5;",
    "rule a: allow pay when args.n == 9; rule r: allow pay when args.n == 5;",
    (
        "rule a: ask pay when args.n < 9 and args.m < 5;"
        "rule r: ask pay when args.n < 5 and args.m < 9;"
    ),
    "rule a: allow pay when args.n <= 9; rule r: allow pay when args.n <= 5 with drop(args.m);",
    'rule a: ask pay when args.n > 5; rule r: ask pay when args.n > 9 approver role "chief";',
    "rule a: allow pay when args.n <= 9; rule r: allow pay when args.n <= 5 priority 1;",
    "rule a: allow pay when args.n <= 9 mode shadow; rule r: allow pay when args.n <= 5;",
    'rule r: deny pay when args.n > 9 reply "Never."; rule a: deny pay when args.n > 5;',
    'rule a: allow pay when args.t < "b"; rule r: allow pay when args.t < "c";',
    "rule a: deny pay when args.t < 2; rule r: deny pay when args.t < 1h;",
]


def within(text: str) -> list[str]:
    """Return what is said of rules that lie within others."""
    found = findings(HEADER + text)
    assert [one.code for one in found if one.level == "error"] == []
    return [one.message for one in found if one.code == "BAR306"]


@pytest.mark.parametrize("text", WITHIN)
def test_the_narrower_of_two_rules_is_told(text: str) -> None:
    """Wherever it stands, and on whichever side its number is."""
    assert within(text) == ["`r` adds nothing to `a`, which is wider"]


@pytest.mark.parametrize("text", APART)
def test_rules_that_do_something_of_their_own_are_not(text: str) -> None:
    """Other tools, effects, changes and words that are said first count as something."""
    assert within(text) == []


def test_the_number_is_underlined() -> None:
    """The smallest place that differs."""
    expect_error(
        """
        rule a: ask pay when args.n > 5; rule r: ask pay when args.n > 10;
                                                                       ^^
        """,
        code="BAR306",
        message="`r` adds nothing to `a`, which is wider",
        help="remove one of them",
    )


FORMS = ("args.n < {}", "args.n >= {}", "not args.n > {}", "args.n < {} and args.m == 1")


@given(
    draw.lists(
        draw.tuples(
            draw.sampled_from(("allow", "ask", "deny")),
            draw.sampled_from(FORMS),
            draw.integers(1, 4),
        ),
        min_size=2,
        max_size=4,
    )
)
def test_without_the_narrower_rule_everything_is_decided_the_same(
    drawn: list[tuple[str, str, int]],
) -> None:
    """Where a rule is said to add nothing, no call is decided otherwise without it."""
    rules = {
        f"r{at}": f"rule r{at}: {effect} pay when {form.format(limit)};"
        for at, (effect, form, limit) in enumerate(drawn)
    }
    for said in within("".join(rules.values())):
        less = [text for name, text in rules.items() if not said.startswith(f"`{name}`")]
        both = [Bound(policy("".join(texts))) for texts in (rules.values(), less)]
        for n, m in product((None, 0, 1, 2, 3, 4, 5, "x"), (None, 1, 2)):
            made = call("pay", {"n": n, "m": m})
            before, after = (evaluate([one], made, NOW).effect for one in both)
            assert before is after, (said, n, m)
