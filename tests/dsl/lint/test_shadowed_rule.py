"""Rules that never decide, and rules that only look so."""

import pytest

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
    "rule a: ask pay priority 1; rule r: deny pay when args.n < 5;",
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
