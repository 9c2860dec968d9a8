"""Rules that never decide, and rules that only look so."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as draw

from dsl.interpret import Bound, evaluate
from tests.dsl.making import NOW, call, policy
from tests.expect import HEADER, expect_error, findings

SHADOWED = [
    "rule a: deny pay; rule r: allow pay when args.n < 5;",
    "rule a: deny pay; rule r: ask pay when args.n < 5 approver any;",
    "rule a: deny pay; rule r: allow pay;",
    "rule a: ask pay; rule r: allow pay when args.n < 5;",
    "rule a: deny pay*; rule r: allow pay_now, pay when args.n < 5;",
    "rule a: deny pay; rule b: ask give; rule r: allow pay, give when args.n < 5;",
    "rule a: allow pay; rule r: allow pay when args.n < 5;",
    "rule a: allow pay when args.n < 5; rule r: allow pay when args.n < 5 and args.m == 1;",
    "rule a: deny pay when args.n < 5; rule r: allow pay when args.m == 1 and args.n < 5;",
    "rule a: deny pay when args.n < 5; rule r: allow pay when args.n < 5;",
    "rule a: allow pay priority 1; rule r: ask pay when args.n < 5;",
    "rule a: deny pay; rule r: deny pay when args.n < 5;",
    'rule a: deny pay; rule r: deny pay when args.n < 5 reply "No.";',
    "rule r: deny pay when args.n < 5; rule a: deny pay;",
    "rule a: deny * except give; rule r: allow pay when args.n < 5;",
    "rule a: deny pay; rule r: allow pay when args.n < 5 valid until 2026-03-01;",
    "rule a: deny pay; rule r: allow pay when args.n < 5 with drop(args.m);",
    "rule a: deny pay; rule r: allow hub/pay when args.n < 5;",
]
COUNTS = [
    "rule a: deny pay when args.n < 5; rule r: allow pay;",
    "rule a: deny pay when args.n < 5; rule r: allow pay when args.m == 1;",
    "rule a: deny pay; rule r: allow pay when args.n < 5 priority 1;",
    "rule a: deny pay; rule r: allow pay, give when args.n < 5;",
    "rule a: deny pay valid until 2026-03-01; rule r: allow pay when args.n < 5;",
    "rule a: deny pay mode shadow; rule r: allow pay when args.n < 5;",
    "rule a: deny pay; rule r: allow pay when args.n < 5 mode shadow;",
    "rule a: allow pay; rule r: ask pay when args.n < 5;",
    "rule a: ask pay; rule r: allow pay;",
    "rule a: allow pay when args.n < 5 priority 1; rule r: ask pay when args.n < 5;",
    "rule a: allow pay with drop(args.m); rule r: allow pay when args.n < 5;",
    "rule a: allow pay; rule r: allow pay when args.n < 5 with drop(args.m);",
    'rule r: deny pay when args.n < 5 reply "No."; rule a: deny pay;',
    'rule a: ask pay; rule r: ask pay when args.n < 5 approver role "chief";',
    "rule a: deny pay when args.n < 5 priority 1; rule r: deny pay when args.n < 5 and args.m > 1;",
    "rule a: allow read_*; rule r: allow read_file;",
    "rule a: deny hub/pay; rule r: allow pay when args.n < 5;",
    "rule a: deny pay except hub/pay; rule r: allow pay when args.n < 5;",
    'rule a: deny pay; rule r on result: allow pay when result.n < 5 with redact(result, "pii");',
    'rule a: deny pay; rule r: deny pay when classify("x") >= 0.5;',
    'rule a: deny tools where risk == "high"; rule r: allow pay when args.n < 5;',
]


def shadowed(text: str) -> list[str]:
    """Return what is said of rules that never decide; the text itself must be in order."""
    found = findings(HEADER + text)
    assert [one.code for one in found if one.level == "error"] == []
    return [one.message for one in found if one.code == "BAR305"]


@pytest.mark.parametrize("text", SHADOWED)
def test_a_rule_that_never_decides_is_found(text: str) -> None:
    """The rule `r` is told, and no other one."""
    assert [said.split()[0] for said in shadowed(text)] == ["`r`"]


@pytest.mark.parametrize("text", COUNTS)
def test_a_rule_that_counts_somewhere_is_not(text: str) -> None:
    """Nothing is said of rules that decide for some call, speak first, change or ask for more."""
    assert shadowed(text) == []


def test_the_rule_above_is_named() -> None:
    """The message says who decides, the rule's own name is underlined."""
    expect_error(
        """
        rule stop: deny pay; rule small: allow pay when args.n < 5;
                                  ^^^^^
        """,
        code="BAR305",
        message="`small` never decides: `stop` denies the same calls",
    )


def test_several_rules_may_take_all_of_another_ones_calls() -> None:
    """Each tool is taken by a rule of its own."""
    text = "rule a: deny pay; rule b: ask give; rule r: allow pay, give when args.n < 5;"

    assert shadowed(text) == ["`r` never decides: `a` and `b` decide its calls"]


SELECTORS = ("pay", "give", "pay, give", "*", "* except give", "p*")
TESTS = ("args.n < 5", "args.n > 2", "args.m == 1", "not args.n < 5")
VALUES = (None, 1, 4, 9)


def one_rule() -> draw.SearchStrategy[str]:
    """Draw a rule without its name."""
    tests = draw.lists(draw.sampled_from(TESTS), max_size=2)
    when = tests.map(lambda chosen: " when " + " and ".join(chosen) if chosen else "")
    effects = draw.sampled_from(("allow", "ask", "deny"))
    level = draw.sampled_from(("", "", " priority 1"))
    return draw.builds("{} {}{}{};".format, effects, draw.sampled_from(SELECTORS), when, level)


@given(draw.lists(one_rule(), min_size=2, max_size=4))
def test_without_the_rule_everything_is_decided_the_same(rules: list[str]) -> None:
    """Where a rule is said never to decide, no call is decided otherwise without it."""
    written = {f"r{at}": f"rule r{at}: {rule}" for at, rule in enumerate(rules)}
    for said in shadowed("".join(written.values())):
        name = re.findall(r"`(\w+)`", said)[0]
        less = [text for one, text in written.items() if one != name]
        both = [Bound(policy("".join(texts))) for texts in (written.values(), less)]
        for tool, n, m in product(("pay", "give", "open"), VALUES, VALUES):
            made = call(tool, {"n": n, "m": m})
            before, after = (evaluate([one], made, NOW).effect for one in both)
            assert before is after, (name, tool, n, m)
