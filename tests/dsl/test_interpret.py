"""How a decision is made. The laws here are those of docs/language.md."""

from datetime import UTC, date, datetime

import pytest

from dsl.interpret import Bound, evaluate
from dsl.model import By, Cause, Effect, Reason, ReasonCode, SourceLine, Verdict
from tests.dsl.making import NOW, call, decide, effect, policy

# Examples, in pairs of what is let through and what is not


def test_a_rule_that_holds_allows_and_one_that_does_not_leaves_the_default() -> None:
    """An allow applies where its condition is true; else the default denies, as no rule applies."""
    text = 'rule r: allow send when args.to == "a";'

    assert decide(text, args={"to": "a"}).effect is Effect.ALLOW
    assert decide(text, args={"to": "b"}) == Verdict(
        Effect.DENY,
        ReasonCode.NO_RULE,
        (Reason(ReasonCode.NO_RULE, Effect.DENY, policy="p"),),
    )


def test_what_is_missing_neither_allows_nor_escapes() -> None:
    """A missing argument never satisfies an allow, and always meets a deny or an ask."""
    assert effect('rule r: allow send when args.to == "a";') == "deny"
    assert effect('default allow because "x"; rule r: deny send when args.to == "a";') == "deny"
    assert effect('default allow because "x"; rule r: ask send when args.to == "a";') == "ask"


def test_an_unknown_names_its_cause_and_path() -> None:
    """The reason of an unknown says what could not be evaluated and where."""
    verdict = decide(
        'rule open: allow send; rule big: ask send when args.amount > 100 because "big";',
        args={"amount": "1e3"},
    )

    expected = Reason(
        ReasonCode.RULE,
        Effect.ASK,
        policy="p",
        rule="big",
        by=By.UNKNOWN,
        cause=Cause.WRONG_TYPE,
        path="args.amount",
        because="big",
    )
    assert (expected,) == verdict.reasons


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("rule a: allow send; rule d: deny send;", "deny"),
        ("rule a: allow send; rule k: ask send;", "ask"),
        ("rule a: allow send priority 1; rule d: deny send;", "allow"),
        ("rule a: allow send priority 1; rule d: deny send priority 1;", "deny"),
        ("rule a: allow send priority -1; rule d: deny send priority -2;", "allow"),
        ("rule a: allow send priority 1; rule d: deny send when args.x == 1;", "allow"),
        ("rule a: allow send priority 1; rule d: deny send when args.x == 1 priority 1;", "deny"),
        ("rule d: deny send; rule k: ask send when args.x == 1 priority 9;", "deny"),
        ("default ask; rule a: allow send when args.x == 1;", "ask"),
        ('default allow because "x"; rule d: deny send when args.x == 1 priority -9;', "deny"),
    ],
)
def test_priorities(rules: str, expected: str) -> None:
    """The highest priority wins, at equal priority the strictest; lower unknowns do not join."""
    assert expected == effect(rules)


def test_nothing_published_denies() -> None:
    """Without a policy nothing is allowed, whatever overlays there are."""
    assert _short(evaluate([], call(), NOW)) == (Effect.DENY, ReasonCode.NO_POLICY)
    assert _short(decide("overlay o version 1;")) == (Effect.DENY, ReasonCode.NO_POLICY)
    assert _short(decide("rule a: allow send;", "overlay o version 1;")) == (
        Effect.ALLOW,
        ReasonCode.RULE,
    )


def _short(verdict: Verdict) -> tuple[Effect, ReasonCode]:
    return verdict.effect, verdict.code


def test_an_overlay_narrows_and_priorities_stay_inside_their_policy() -> None:
    """The strictest opinion wins: no priority reaches into another policy."""
    overlay = "overlay o version 1; rule d: deny send when args.x == 1;"
    base = "rule a: allow send priority 999;"

    assert effect(base, overlay, x=2) == "allow"
    assert effect(base, overlay, x=1) == "deny"
    assert effect(base, overlay) == "deny"


def test_the_words_are_those_of_the_first_winning_rule() -> None:
    """Reply and retry come from the first rule that decided, in (policy, rule) order."""
    verdict = decide(
        'policy z version 1; rule d: deny send reply "z" retry;',
        'policy b version 1; rule d: deny send reply "b" final; rule e: deny send reply "e";',
        'policy a version 1; rule d: allow send reply "a";',
    )

    assert (verdict.reply, verdict.retryable) == ("b", False)
    assert [(r.policy, r.rule) for r in verdict.reasons] == [("b", "d"), ("b", "e"), ("z", "d")]


def test_a_default_says_why() -> None:
    """A written default is a reason of its own, with its words."""
    verdict = decide('default ask because "look first";')

    expected = Reason(ReasonCode.DEFAULT, Effect.ASK, policy="p", because="look first")
    assert (expected,) == verdict.reasons


def test_a_rule_names_its_source() -> None:
    """The sentence that a rule enforces stands in the reason."""
    verdict = decide('rule d: deny send source "handbook.md" line 41;')

    assert SourceLine("handbook.md", 41) == verdict.reasons[0].source


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-01-30", "deny"),
        ("2026-01-31", "allow"),
        ("2026-02-02", "allow"),
        ("2026-02-03", "deny"),
    ],
)
def test_both_days_of_validity_are_included(day: str, expected: str) -> None:
    """A rule is in force from its first day's start to its last day's end, in UTC."""
    text = "rule a: allow send valid from 2026-01-31 until 2026-02-02;"
    late = datetime.combine(date.fromisoformat(day), datetime.max.time(), UTC)

    assert expected == str(evaluate([Bound(policy(text))], call(), late).effect)
