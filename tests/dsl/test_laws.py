"""The laws of a decision, each on many drawn policies, calls and states."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from dsl import selectors, syntax
from dsl.evaluation import choosing, conditions, transforms
from dsl.evaluation.scope import Scope, names_of
from dsl.interpret import Bound, evaluate, evaluate_output
from dsl.model import Effect, ToolCall, Verdict
from dsl.state import State
from dsl.types import Unknown
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW, call, scope

STRICTNESS = {Effect.ALLOW: 0, Effect.ASK: 1, Effect.DENY: 2}


def judged(policies: Sequence[syntax.Policy], made: ToolCall, state: State) -> Verdict:
    return evaluate([Bound(one) for one in policies], made, NOW, state)


def scope_for(rule: syntax.Rule, base: syntax.Policy, made: ToolCall, state: State) -> Scope:
    return Scope(made, NOW, names_of(base), state, effect=rule.effect)


@drawing.law(150)
@given(made=drawing.calls(), base=drawing.policies(), extra=drawing.layers(), state=states)
def test_evaluation_never_raises(
    made: ToolCall, base: syntax.Policy, extra: syntax.Policy, state: Drawn
) -> None:
    """Promise 1: whatever the arguments and the state are, there is an answer with a reason."""
    verdict = judged([base, extra], made, state)

    assert verdict.reasons
    assert {verdict.effect} == {reason.effect for reason in verdict.reasons}


surely_any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@drawing.law(150)
@given(
    condition=drawing.conditions,
    args=st.dictionaries(st.sampled_from(drawing.NAMES), surely_any_json),
    state=states,
)
def test_any_json_gets_an_answer(
    condition: syntax.Condition, args: dict[str, Any], state: Drawn
) -> None:
    """A condition is true, false or unknown on any JSON, half surrogates included."""
    asked = scope(call(args=args), drawing.LETS, state=state)

    assert isinstance(conditions.evaluate(condition, asked), bool | Unknown)


@drawing.law(150)
@given(content=surely_any_json, base=drawing.outputs(), made=drawing.calls(), state=states)
def test_whatever_comes_back_gets_an_answer(
    content: Any, base: syntax.Policy, made: ToolCall, state: Drawn
) -> None:
    """A result is passed, changed or refused: there is no asking, whatever it looks like."""
    verdict = evaluate_output([Bound(base)], made, {"result": content}, NOW, state)

    assert verdict.effect in (Effect.ALLOW, Effect.DENY)
    assert verdict.reasons


@drawing.law(150)
@given(
    base=drawing.policies(),
    stack=st.lists(drawing.layers(), max_size=2),
    extra=drawing.layers(),
    made=drawing.calls(),
    state=states,
)
def test_one_more_layer_never_loosens(
    base: syntax.Policy,
    stack: list[syntax.Policy],
    extra: syntax.Policy,
    made: ToolCall,
    state: Drawn,
) -> None:
    """Promise 2: for the same state, facts and now, one more layer can only narrow."""
    before = judged([base, *stack], made, state).effect
    after = judged([base, *stack, extra], made, state).effect

    assert STRICTNESS[before] <= STRICTNESS[after]


@drawing.law(150)
@given(base=drawing.weighing(), made=drawing.calls(), state=states)
def test_the_decision_is_the_strictest_of_all_that_unknowns_could_turn_out(
    base: syntax.Policy, made: ToolCall, state: Drawn
) -> None:
    """Put true and false for every unknown test, in all ways: the strictest outcome is decided."""
    doubtful = [
        leaf
        for rule in base.rules
        for leaf in _unknown_leaves(rule.condition, scope_for(rule, base, made, state))
    ]
    assume(len(doubtful) <= 6)
    # A rule that runs out of steps may know less than each of its tests would by itself.
    assume(made.args.get("a") is not drawing.ENDLESS)
    ways = itertools.product((True, False), repeat=len(doubtful))
    outcomes = [_two_valued(base, made, state, iter(way)) for way in ways]

    expected = max(outcomes, key=lambda outcome: STRICTNESS[outcome])
    assert expected is judged([base], made, state).effect


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


def _unknown_leaves(node: syntax.Condition | None, asked: Scope) -> list[syntax.Test]:
    known = ((leaf, conditions.evaluate(leaf, asked)) for leaf in _leaves(node))
    return [leaf for leaf, truth in known if isinstance(truth, Unknown)]


def _holds(node: syntax.Condition | None, asked: Scope, way: Iterator[bool]) -> bool:
    match node:
        case None:
            return True
        case syntax.And(parts):
            held = [_holds(part, asked, way) for part in parts]
            return all(held)
        case syntax.Or(parts):
            held = [_holds(part, asked, way) for part in parts]
            return any(held)
        case syntax.Not(inner):
            return not _holds(inner, asked, way)
        case _:
            truth = conditions.evaluate(node, asked)
            return next(way) if isinstance(truth, Unknown) else truth


def _two_valued(base: syntax.Policy, made: ToolCall, state: Drawn, way: Iterator[bool]) -> Effect:
    """Decide without unknowns, written as plainly as the law reads."""
    holding = [
        rule
        for rule in base.rules
        if _holds(rule.condition, scope_for(rule, base, made, state), way)
    ]
    applying = [rule for rule in holding if selectors.selects(rule.selector, made)]
    judges = names_of(base).judgements
    plain = [rule for rule in applying if rule.name not in judges]
    outcome = base.default.effect if base.default else Effect.DENY
    if plain:
        top = max(rule.priority for rule in plain)
        leading = [rule.effect for rule in plain if rule.priority == top]
        outcome = max(leading, key=lambda one: STRICTNESS[one])
    narrowed = [outcome, *(rule.effect for rule in applying if rule.name in judges)]
    return max(narrowed, key=lambda one: STRICTNESS[one])


@drawing.law(150)
@given(base=drawing.policies(), made=drawing.calls(), state=states)
def test_allow_never_applies_by_unknown_and_deny_and_ask_do(
    base: syntax.Policy, made: ToolCall, state: Drawn
) -> None:
    """An unknown condition is no permission, and no escape either."""
    for rule in base.rules:
        if rule.condition is None or not selectors.selects(rule.selector, made):
            continue
        asked = scope_for(rule, base, made, state)
        if isinstance(conditions.evaluate(rule.condition, asked), Unknown):
            fresh = scope_for(rule, base, made, state)
            applied = choosing.applies(rule, fresh)
            assert (applied is None) == (rule.effect is Effect.ALLOW)


@drawing.law(150)
@given(
    data=st.data(),
    base=drawing.policies(),
    extra=drawing.layers(),
    made=drawing.calls(),
    state=states,
)
def test_order_changes_nothing(
    data: st.DataObject,
    base: syntax.Policy,
    extra: syntax.Policy,
    made: ToolCall,
    state: Drawn,
) -> None:
    """Rules, files and arguments may stand in any order; only whose words come first may differ."""
    head, *rest = base.statements
    shuffled = syntax.Policy(base.header, (head, *data.draw(st.permutations(rest))))
    turned = replace(made, args=dict(data.draw(st.permutations(list(made.args.items())))))
    before, after = judged([base, extra], made, state), judged([extra, shuffled], turned, state)

    assert judged([base, extra], made, state) == judged([extra, base], turned, state)
    assert _said(before) == _said(after)


def _said(verdict: Verdict) -> tuple[Any, ...]:
    reasons = {replace(reason, detail=None) for reason in verdict.reasons}
    return verdict.effect, verdict.code, reasons, set(verdict.changes), set(verdict.obligations)


@drawing.law(150)
@given(base=drawing.policies(), extra=drawing.layers(), made=drawing.calls(), state=states)
def test_a_changed_call_is_judged_again(
    base: syntax.Policy, extra: syntax.Policy, made: ToolCall, state: Drawn
) -> None:
    """What is released was judged as it is released: neither look says anything stricter."""
    verdict = judged([base, extra], made, state)
    if verdict.changed is None:
        return
    released = judged([base, extra], replace(made, args=verdict.changed), state)

    assert verdict.effect is not Effect.DENY
    assert STRICTNESS[released.effect] <= STRICTNESS[verdict.effect]
    # and it is not changed once more
    assert released.changed is None or transforms.same(released.changed, verdict.changed)


@drawing.law(150)
@given(base=drawing.policies(), made=drawing.calls(), state=states)
def test_shadow_mode_decides_nothing(base: syntax.Policy, made: ToolCall, state: Drawn) -> None:
    """Without its shadow rules a policy decides the same."""
    rest = tuple(s for s in base.statements if not (isinstance(s, syntax.Rule) and s.shadow))
    without = judged([syntax.Policy(base.header, rest)], made, state)

    assert replace(judged([base], made, state), shadow=()) == without
