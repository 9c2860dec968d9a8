"""Shadow mode: rules are evaluated and recorded, and decide nothing."""

from dataclasses import replace
from typing import Any

import pytest

from dsl.interpret import Bound, evaluate_output
from dsl.model import By, Cause, Effect, Verdict
from dsl.session.session import Session
from tests.dsl.making import NOW, call, decide, policy

BASE = "rule a: allow send when args.n == 1;"


def said(verdict: Verdict) -> list[tuple[Any, ...]]:
    """Say what the rules in shadow mode would have said."""
    return [(one.policy, one.rule, one.effect, one.by) for one in verdict.shadow]


@pytest.mark.parametrize(
    "clauses",
    [
        "deny send mode shadow",
        "allow send priority 99 mode shadow",
        'ask send approver role "x" expires 1m mode shadow',
        'allow send with set(args.n, 5) require notify("x"), log after, check before mode shadow',
        "deny send when args.x == 1 mode shadow",
        'deny send when classify("bad") >= 0.1 mode shadow',
        'deny tools where risk == "high" mode shadow',
        'deny send reply "no" final mode shadow',
    ],
)
@pytest.mark.parametrize("args", [{"n": 1}, {"n": 2}, {}])
def test_a_shadow_rule_decides_nothing(clauses: str, args: dict[str, Any]) -> None:
    """With it or without it, the verdict is the same but for what it says of shadows."""
    state = Session(scores={"bad": 1})
    verdict = decide(f"{BASE} rule s: {clauses};", args=args, state=state)

    assert decide(BASE, args=args, state=state) == replace(verdict, shadow=())
    assert [(one.policy, one.rule) for one in verdict.shadow] == [("p", "s")]


def test_what_it_would_have_said_is_recorded() -> None:
    """By true, by unknown with its cause, and not at all where it does not apply."""
    rules = """
      rule s1: deny send when args.n == 1 mode shadow;
      rule s2: ask send when args.m == 1 mode shadow;
      rule s3: deny send when args.n == 2 mode shadow;
      rule s4: allow send when args.m == 1 mode shadow;
      rule s5: deny other mode shadow;
    """
    verdict = decide(BASE + rules, args={"n": 1})

    expected = [("p", "s1", Effect.DENY, By.TRUE), ("p", "s2", Effect.ASK, By.UNKNOWN)]
    assert expected == said(verdict)
    assert verdict.shadow[1].cause is Cause.MISSING
    assert verdict.effect is Effect.ALLOW


def test_it_is_recorded_beside_a_refusal() -> None:
    """Also where the call is refused, and for every policy."""
    overlay = "overlay o version 1; rule s: deny send mode shadow;"
    verdict = decide("rule d: deny send; rule s: allow send mode shadow;", overlay)

    expected = [("o", "s", Effect.DENY, By.TRUE), ("p", "s", Effect.ALLOW, By.TRUE)]
    assert expected == said(verdict)


def test_a_judgement_in_shadow_mode_asks_nobody() -> None:
    """Without a guard it would ask about every call; in shadow mode it is written down."""
    rule = 'rule j: ask send when judge("be kind" as TONE forbids) >= 0.8'
    free = "rule a: allow send;"

    assert decide(f"{free} {rule};").effect is Effect.ASK
    verdict = decide(f"{free} {rule} mode shadow;")
    assert verdict.effect is Effect.ALLOW
    assert said(verdict) == [("p", "j", Effect.ASK, By.UNKNOWN)]
    assert verdict.shadow[0].cause is Cause.NO_GUARD


def test_results_and_replies_have_shadows_too() -> None:
    """In every phase a shadow rule leaves what comes out of a call as it is."""
    text = """
      rule s on result: deny get mode shadow;
      rule t on result: allow get with redact(result, "card") mode shadow;
      rule u on reply: deny mode shadow;
    """
    bound = [Bound(policy(text))]
    result = evaluate_output(bound, call("get"), {"result": "4111 1111 1111 1111"}, NOW)
    reply = evaluate_output(bound, call("get"), {"reply": "a"}, NOW)

    assert (result.effect, result.changed) == (Effect.ALLOW, None)
    assert [one.rule for one in result.shadow] == ["s", "t"]
    assert (reply.effect, [one.rule for one in reply.shadow]) == (Effect.ALLOW, ["u"])


def test_a_rule_that_only_shadows_is_no_rule_that_applies() -> None:
    """A policy of shadows alone still denies by its default."""
    verdict = decide("rule s: allow send mode shadow;")

    assert (verdict.effect, verdict.code) == (Effect.DENY, "no_rule")
