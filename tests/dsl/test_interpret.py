"""How a decision is made. The laws here are those of docs/language.md."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dsl import conditions, selectors, syntax
from dsl.interpret import Bound, applies, evaluate
from dsl.model import By, Cause, Effect, Reason, ReasonCode, SourceLine, ToolCall, Verdict
from dsl.types import Unknown
from tests.dsl import drawing
from tests.dsl.making import NOW, call, decide, effect, policy, scope

STRICTNESS = {Effect.ALLOW: 0, Effect.ASK: 1, Effect.DENY: 2}


def judged(policies: Sequence[syntax.Policy], made: ToolCall) -> Verdict:
    return evaluate([Bound(one) for one in policies], made, NOW)


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


# Laws


@drawing.law(250)
@given(made=drawing.calls(), base=drawing.policies(), extra=drawing.layers())
def test_evaluation_never_raises(made: ToolCall, base: syntax.Policy, extra: syntax.Policy) -> None:
    """Promise 1: whatever the arguments are, there is an answer, and it has a reason."""
    verdict = judged([base, extra], made)

    assert verdict.reasons
    assert {verdict.effect} == {reason.effect for reason in verdict.reasons}


surely_any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@drawing.law(250)
@given(
    condition=drawing.conditions,
    args=st.dictionaries(st.sampled_from(drawing.NAMES), surely_any_json),
)
def test_any_json_gets_an_answer(condition: syntax.Condition, args: dict[str, Any]) -> None:
    """A condition is true, false or unknown on any JSON, half surrogates included."""
    assert isinstance(conditions.evaluate(condition, scope(call(args=args))), bool | Unknown)


@drawing.law(250)
@given(
    base=drawing.policies(),
    stack=st.lists(drawing.layers(), max_size=2),
    extra=drawing.layers(),
    made=drawing.calls(),
)
def test_one_more_layer_never_loosens(
    base: syntax.Policy, stack: list[syntax.Policy], extra: syntax.Policy, made: ToolCall
) -> None:
    """Promise 2: for the same state, facts and now, one more layer can only narrow."""
    before = judged([base, *stack], made).effect
    after = judged([base, *stack, extra], made).effect

    assert STRICTNESS[before] <= STRICTNESS[after]


@drawing.law(250)
@given(base=drawing.policies(), made=drawing.calls())
def test_the_decision_is_the_strictest_of_all_that_unknowns_could_turn_out(
    base: syntax.Policy, made: ToolCall
) -> None:
    """Put true and false for every unknown test, in all ways: the strictest outcome is decided."""
    doubtful = [leaf for rule in base.rules for leaf in _unknown_leaves(rule.condition, made)]
    assume(len(doubtful) <= 6)
    ways = itertools.product((True, False), repeat=len(doubtful))
    outcomes = [_two_valued(base, made, iter(way)) for way in ways]

    expected = max(outcomes, key=lambda outcome: STRICTNESS[outcome])
    assert expected is judged([base], made).effect


def _leaves(node: syntax.Condition | None) -> Iterator[syntax.Test]:
    match node:
        case None:
            return
        case syntax.And(parts) | syntax.Or(parts):
            for part in parts:
                yield from _leaves(part)
        case syntax.Not(inner):
            yield from _leaves(inner)
        case _:
            yield node


def _unknown_leaves(node: syntax.Condition | None, made: ToolCall) -> list[syntax.Test]:
    known = ((leaf, conditions.evaluate(leaf, scope(made, drawing.LETS))) for leaf in _leaves(node))
    return [leaf for leaf, truth in known if isinstance(truth, Unknown)]


def _holds(node: syntax.Condition | None, made: ToolCall, way: Iterator[bool]) -> bool:
    match node:
        case None:
            return True
        case syntax.And(parts):
            held = [_holds(part, made, way) for part in parts]
            return all(held)
        case syntax.Or(parts):
            held = [_holds(part, made, way) for part in parts]
            return any(held)
        case syntax.Not(inner):
            return not _holds(inner, made, way)
        case _:
            truth = conditions.evaluate(node, scope(made, drawing.LETS))
            return next(way) if isinstance(truth, Unknown) else truth


def _two_valued(base: syntax.Policy, made: ToolCall, way: Iterator[bool]) -> Effect:
    """Decide without unknowns, written as plainly as the law reads."""
    holding = [rule for rule in base.rules if _holds(rule.condition, made, way)]
    applying = [rule for rule in holding if selectors.selects(rule.selector, made)]
    if not applying:
        return base.default.effect if base.default else Effect.DENY
    top = max(rule.priority for rule in applying)
    leading = [rule.effect for rule in applying if rule.priority == top]
    return max(leading, key=lambda one: STRICTNESS[one])


@drawing.law(250)
@given(base=drawing.policies(), made=drawing.calls())
def test_allow_never_applies_by_unknown_and_deny_and_ask_do(
    base: syntax.Policy, made: ToolCall
) -> None:
    """An unknown condition is no permission, and no escape either."""
    for rule in base.rules:
        if rule.condition is None or not selectors.selects(rule.selector, made):
            continue
        if isinstance(conditions.evaluate(rule.condition, scope(made, drawing.LETS)), Unknown):
            applied = applies(rule, scope(made, drawing.LETS))
            assert (applied is None) == (rule.effect is Effect.ALLOW)


@drawing.law(150)
@given(data=st.data(), base=drawing.policies(), extra=drawing.layers(), made=drawing.calls())
def test_order_changes_nothing(
    data: st.DataObject, base: syntax.Policy, extra: syntax.Policy, made: ToolCall
) -> None:
    """Rules, files and arguments may stand in any order; only whose words come first may differ."""
    head, *rest = base.statements
    shuffled = syntax.Policy(base.header, (head, *data.draw(st.permutations(rest))))
    args = dict(data.draw(st.permutations(list(made.args.items()))))
    turned = ToolCall(
        "c", made.tool, args, made.server, made.subject, made.agent, None, made.context
    )
    before, after = judged([base, extra], made), judged([extra, shuffled], turned)

    assert judged([base, extra], made) == judged([extra, base], turned)
    assert (before.effect, before.code, set(before.reasons)) == (
        after.effect,
        after.code,
        set(after.reasons),
    )
