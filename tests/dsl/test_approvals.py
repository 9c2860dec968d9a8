"""Who must approve a call that is asked about, and for how long what they say holds."""

from datetime import timedelta

import pytest

from dsl.model import Approval, Effect, Need
from dsl.session.session import Session
from tests.dsl.making import decide, policy

ANY, USER = Need("any"), Need("user")


def role(name: str) -> Need:
    return Need("role", name)


@pytest.mark.parametrize(
    ("rules", "needs", "minutes"),
    [
        ("rule a: ask send;", (ANY,), None),
        ("rule a: ask send approver any;", (ANY,), None),
        ("rule a: ask send approver user expires 15m;", (USER,), 15),
        ('rule a: ask send approver role "x";', (role("x"),), None),
        (
            'rule a: ask send approver role "x" expires 1h; rule b: ask * approver any expires 5m;',
            (role("x"), ANY),
            5,
        ),
        ('rule a: ask send approver role "x"; rule b: ask send;', (role("x"), ANY), None),
        (
            'rule a: ask send approver role "x"; rule b: ask send approver role "x" expires 5m;',
            (role("x"),),
            5,
        ),
        (
            'rule a: ask send approver role "x"; rule b: ask send approver role "y";',
            (role("x"), role("y")),
            None,
        ),
        # a rule that does not win asks nobody
        (
            'rule a: ask send approver role "x" priority 1; rule b: ask send approver user;',
            (role("x"),),
            None,
        ),
        ('rule a: ask send approver role "x"; rule b: ask send when 1 == 2;', (role("x"),), None),
        # an unknown one does
        (
            'rule a: ask send approver role "x"; rule b: ask send when args.n == 1 approver user;',
            (role("x"), USER),
            None,
        ),
        ('rule b: allow send; rule a: ask send when args.n == 1 approver role "x";',
         (role("x"),), None),
        ("default ask;", (ANY,), None),
        ('default ask; rule a: ask send when args.n == 1 approver role "x";', (role("x"),), None),
    ],
)  # fmt: skip
def test_every_asking_rule_must_be_satisfied(
    rules: str, needs: tuple[Need, ...], minutes: int | None
) -> None:
    """One approval for each distinct approver, and the earliest expiry."""
    verdict = decide(rules)

    expires = None if minutes is None else timedelta(minutes=minutes)
    assert (Effect.ASK, Approval(needs, expires)) == (verdict.effect, verdict.approval)


def test_every_policy_that_asks_must_be_satisfied() -> None:
    """Policies that allow add nothing; those that ask are joined, in the order of their names."""
    verdict = decide(
        'policy c version 1; rule a: ask send approver role "z" expires 2h;',
        "policy a version 1; rule a: allow send;",
        'overlay b version 1; rule a: ask send approver role "y" expires 1h;',
    )

    assert Approval((role("y"), role("z")), timedelta(hours=1)) == verdict.approval


@pytest.mark.parametrize(
    "rules",
    ["rule a: allow send;", "rule a: deny send;", "rule a: ask send; rule d: deny send;", ""],
)
def test_only_what_is_asked_has_an_approval(rules: str) -> None:
    """What is allowed or refused needs nobody."""
    assert decide(rules).approval is None


def test_both_looks_at_a_changed_call_are_joined() -> None:
    """Whoever the original or the changed call asks must approve."""
    rules = """
      rule a: ask send when args.n == 5 with set(args.n, 1) approver role "x" expires 5m;
      rule b: ask send when args.n == 1 approver role "y" expires 1h;
    """

    expected = Approval((role("x"), role("y")), timedelta(minutes=5))
    assert expected == decide(rules, args={"n": 5}).approval


def test_a_judgement_asks_by_its_own_approver() -> None:
    """A judgement that asks says who approves."""
    rules = 'rule a: allow send; rule j: ask send when classify("x") >= 0.5 approver role "r";'

    assert Approval((role("r"),)) == decide(rules, state=Session(scores={"x": 1})).approval


@pytest.mark.parametrize(
    "text",
    [
        'rule r: allow send approver role "x";',
        "rule r: deny send expires 5m;",
        "rule r: ask send expires 0m;",
        "rule r: ask send approver user approver any;",
    ],
)
def test_only_an_ask_names_who_approves(text: str) -> None:
    """An approver or an end belongs to an `ask`, once, and an end is not now."""
    with pytest.raises(Exception, match="BAR101"):
        policy(text)


@pytest.mark.parametrize(
    ("texts", "asking"),
    [
        (["rule a: allow send;"], None),
        (
            ['rule a:   ask send  when args.n == 1 or args.m == 2 because "x"; rule b: allow *;'],
            [("p", "a", 'rule a:\n  ask send\n  when args.n == 1 or args.m == 2\n  because "x";')],
        ),
        (["default ask;"], [("p", None, "default ask;")]),
        (
            ["policy b version 1; rule y: ask send;", "overlay a version 1; rule x: ask *;"],
            [("a", "x", "rule x: ask *;"), ("b", "y", "rule y: ask send;")],
        ),
        # both looks at a changed call
        (
            [
                """rule a: ask send when args.n == 5 with set(args.n, 1);
                rule b: ask send when args.n == 1;"""
            ],
            [
                ("p", "a", "rule a:\n  ask send\n  when args.n == 5\n  with set(args.n, 1);"),
                ("p", "b", "rule b:\n  ask send\n  when args.n == 1;"),
            ],
        ),
    ],
)
def test_the_rules_that_ask_are_named_as_they_are_written(
    texts: list[str], asking: list[tuple[str, str | None, str]] | None
) -> None:
    """Policy, rule and text in one layout: a yes stands for these, and for no others."""
    approval = decide(*texts, args={"n": 5, "m": 2}).approval

    found = None if approval is None else [(o.policy, o.rule, o.text) for o in approval.asking]
    assert found == asking
