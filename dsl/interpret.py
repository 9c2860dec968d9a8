"""The reference evaluator: slow, obvious, total. What it says is what the language means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dsl import conditions, selectors, syntax
from dsl.model import By, Effect, Reason, ReasonCode, ToolCall, Verdict, strictest
from dsl.scope import Purse, Scope, scope_of
from dsl.toolspec import Tools
from dsl.types import Truth, Unknown


@dataclass(frozen=True, slots=True)
class Bound:
    """A policy ready to judge: its tree and, where it declares them, its tools."""

    policy: syntax.Policy
    tools: Tools | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one policy says of a call; an overlay may have none."""

    effect: Effect
    reasons: tuple[Reason, ...]
    winners: tuple[syntax.Rule, ...] = ()


def evaluate(policies: Sequence[Bound], call: ToolCall, now: datetime) -> Verdict:
    """Return what the bound policies say of a call: the strictest opinion wins."""
    bound = sorted(policies, key=lambda one: one.policy.name)
    if not any(not one.policy.is_overlay for one in bound):
        return _refusal(ReasonCode.NO_POLICY)
    if (invalid := _schema_fault(bound, call)) is not None:
        return invalid
    opinions = [said for one in bound if (said := opinion(one.policy, call, now)) is not None]
    effect = strictest(*(said.effect for said in opinions))
    deciding = [said for said in opinions if said.effect is effect]
    reasons = tuple(reason for said in deciding for reason in said.reasons)
    return _verdict(effect, reasons, [rule for said in deciding for rule in said.winners])


def _verdict(
    effect: Effect, reasons: tuple[Reason, ...], winners: Sequence[syntax.Rule]
) -> Verdict:
    codes = {reason.code for reason in reasons}
    ranked = (ReasonCode.RULE, ReasonCode.DEFAULT, ReasonCode.NO_RULE)
    code = next(code for code in ranked if code in codes)
    first = winners[0] if winners else None
    retryable = first is None or first.retryable is not False
    return Verdict(effect, code, reasons, first.reply if first else None, retryable)


def _refusal(code: ReasonCode, **why: str) -> Verdict:
    reason = Reason(code, Effect.DENY, path=why.get("path"), detail=why.get("detail"))
    return Verdict(Effect.DENY, code, (reason,))


def _schema_fault(bound: Sequence[Bound], call: ToolCall) -> Verdict | None:
    """Check a call against every tools file before any rule looks at it."""
    for one in bound:
        if one.tools is None:
            continue
        tool = one.tools.find(call)
        if tool is None:
            if one.policy.is_overlay:
                continue
            return _refusal(ReasonCode.INVALID_CALL, detail="no tool of this name is declared")
        if (bad := tool.fault(call.args)) is not None:
            return _refusal(ReasonCode.INVALID_CALL, path=bad.path, detail=bad.message)
    return None


def opinion(policy: syntax.Policy, call: ToolCall, now: datetime) -> Opinion | None:
    """Return what one policy says of a call by its rules and its default."""
    scope = scope_of(policy, call, now)
    asked = ((rule, applies(rule, replace(scope, purse=Purse()))) for rule in policy.rules)
    judged = [(rule, truth) for rule, truth in asked if truth is not None]
    certain = [rule for rule, truth in judged if truth is True]
    top = max((rule.priority for rule in certain), default=None)
    leading = [rule for rule in certain if rule.priority == top]
    base = strictest(*(rule.effect for rule in leading)) if leading else _default(policy)
    doubtful = [
        (rule, truth)
        for rule, truth in judged
        if isinstance(truth, Unknown) and (top is None or rule.priority >= top)
    ]
    effects = [*([base] if base else []), *(rule.effect for rule, _ in doubtful)]
    if not effects:
        return None
    effect = strictest(*effects)
    if effect is base:
        winners = [rule for rule in leading if rule.effect is effect]
        reasons = [_by_true(policy, rule) for rule in winners] or [_by_default(policy, effect)]
        return Opinion(effect, tuple(reasons), tuple(winners))
    mattered = [(rule, why) for rule, why in doubtful if rule.effect is effect]
    unknowns = tuple(_by_unknown(policy, rule, why) for rule, why in mattered)
    return Opinion(effect, unknowns, tuple(rule for rule, _ in mattered))


def applies(rule: syntax.Rule, scope: Scope) -> Truth | None:
    """Return true or unknown where a rule applies, else None: allow never applies by unknown."""
    if not selectors.selects(rule.selector, scope.call) or not _in_force(rule.valid, scope):
        return None
    truth = True if rule.condition is None else conditions.evaluate(rule.condition, scope)
    if isinstance(truth, Unknown):
        return None if rule.effect is Effect.ALLOW else truth
    return truth or None


def _in_force(valid: syntax.Validity | None, scope: Scope) -> bool:
    if valid is None:
        return True
    today = scope.now.astimezone(scope.zone).date()
    begun = valid.first is None or valid.first <= today
    return begun and (valid.last is None or today <= valid.last)


def _default(policy: syntax.Policy) -> Effect | None:
    if policy.is_overlay:
        return None
    return policy.default.effect if policy.default else Effect.DENY


def _by_default(policy: syntax.Policy, effect: Effect) -> Reason:
    written = policy.default
    code = ReasonCode.DEFAULT if written else ReasonCode.NO_RULE
    because = written.because if written else None
    return Reason(code, effect, policy=policy.name, because=because)


def _by_true(policy: syntax.Policy, rule: syntax.Rule) -> Reason:
    return Reason(
        ReasonCode.RULE,
        rule.effect,
        policy=policy.name,
        rule=rule.name,
        by=By.TRUE,
        because=rule.because,
        source=rule.source,
    )


def _by_unknown(policy: syntax.Policy, rule: syntax.Rule, why: Unknown) -> Reason:
    return Reason(
        ReasonCode.RULE,
        rule.effect,
        policy=policy.name,
        rule=rule.name,
        by=By.UNKNOWN,
        cause=why.cause,
        path=why.path,
        because=rule.because,
        source=rule.source,
    )
