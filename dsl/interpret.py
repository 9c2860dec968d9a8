"""The reference evaluator: slow, obvious, total. What it says is what the language means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from dsl import strictjson, syntax, unreadable
from dsl.evaluation import duties, interpolate, lookup, transforms
from dsl.evaluation.identity import Same
from dsl.evaluation.opinion import Applying, Bound, Opinion, by_reading, opinion, shadow
from dsl.evaluation.scope import Purse, Scope
from dsl.evaluation.transforms import Unchangeable
from dsl.model import (
    Approval,
    Asking,
    Effect,
    Need,
    Obligation,
    Reason,
    ReasonCode,
    ToolCall,
    Verdict,
    strictest,
)
from dsl.show.statements import show
from dsl.state import NOTHING_KNOWN, State
from dsl.types import Unknown

__all__ = ("Bound", "evaluate", "evaluate_output")


def evaluate(
    policies: Sequence[Bound],
    call: ToolCall,
    now: datetime,
    state: State = NOTHING_KNOWN,
    applying: Applying = by_reading,
) -> Verdict:
    """Return what the bound policies say of a call: the strictest opinion wins.

    Which rules apply is told by reading them all, unless something quicker tells the same.
    """
    read = unreadable.seen(call.args)
    marked = call if read is call.args else replace(call, args=read)
    return _released(_twice(policies, Scope(marked, now, state=state), "call", applying))


def evaluate_output(  # noqa: PLR0913, PLR0917 - a call, what came of it, and what is known
    policies: Sequence[Bound],
    call: ToolCall,
    content: Mapping[str, Any],
    now: datetime,
    state: State = NOTHING_KNOWN,
    applying: Applying = by_reading,
) -> Verdict:
    """Return what the policies say of what came of a call: `{"result": ...}` or `{"reply": ...}`.

    It passes where no rule applies, for the default is for calls only.
    """
    phase: syntax.Phase = "result" if "result" in content else "reply"
    marked = replace(call, args=unreadable.seen(call.args))
    read = unreadable.seen(content)
    case = Scope(marked, now, state=state, content=read)
    return _released(_twice(policies, case, phase, applying))


def _released(verdict: Verdict) -> Verdict:
    """Give what cannot be read back as it came, where something else was changed."""
    if verdict.changed is None:
        return verdict
    return replace(verdict, changed=unreadable.sent(verdict.changed))


@dataclass(frozen=True, slots=True)
class _Pass:
    """One look at the whole: what is said, and what the rules want changed."""

    verdict: Verdict
    transforms: tuple[syntax.Transform, ...] = ()


def _twice(
    policies: Sequence[Bound], case: Scope, phase: syntax.Phase, applying: Applying
) -> Verdict:
    """Judge; where rules change something, judge once more what would go through then."""
    bound = sorted(policies, key=lambda one: one.policy.name)
    first = _judge(bound, case, phase, applying)
    if first.verdict.effect is Effect.DENY or not first.transforms:
        return first.verdict
    before = _content(case, phase)
    try:
        changed = transforms.apply(before, first.transforms)
        if transforms.same(changed, before):
            return first.verdict
        again = _judge(bound, _changed(case, phase, changed), phase, applying)
        if again.verdict.effect is not Effect.DENY:
            _refuse_more(changed, again.transforms)
    except Unchangeable as error:
        return _refusal(ReasonCode.TRANSFORM_UNSTABLE, detail=str(error))
    return _stricter(first, again.verdict, changed, phase)


def _content(case: Scope, phase: syntax.Phase) -> Mapping[str, Any]:
    return {"args": case.call.args} if phase == "call" else case.content


def _changed(case: Scope, phase: syntax.Phase, content: Mapping[str, Any]) -> Scope:
    if phase == "call":
        return replace(case, call=replace(case.call, args=content["args"]))
    return replace(case, content=content)


def _refuse_more(changed: Mapping[str, Any], wanted: Sequence[syntax.Transform]) -> None:
    if not transforms.same(transforms.apply(changed, wanted), changed):
        raise Unchangeable("the changed call would be changed again")


def _stricter(
    first: _Pass, again: Verdict, changed: Mapping[str, Any], phase: syntax.Phase
) -> Verdict:
    """Join both looks: the stricter effect, everybody who must approve, everything required."""
    before = first.verdict
    if again.effect is Effect.DENY:
        return again
    said = again if again.effect.strictness > before.effect.strictness else before
    return replace(
        said,
        changed=changed["args" if phase == "call" else phase],
        changes=transforms.changes(first.transforms),
        obligations=tuple(dict.fromkeys((*before.obligations, *again.obligations))),
        approval=_joined([one.approval for one in (before, again) if one.approval]),
    )


def _judge(bound: Sequence[Bound], case: Scope, phase: syntax.Phase, applying: Applying) -> _Pass:
    if not any(one.published and not one.policy.is_overlay for one in bound):
        return _Pass(_refusal(ReasonCode.NO_POLICY))
    if phase == "call" and (invalid := schema_fault(bound, case.call)) is not None:
        return _Pass(invalid)
    shadows = tuple(reason for one in bound for reason in shadow(one, case, phase, applying))
    said = (opinion(one, case, phase, applying) for one in bound)
    opinions = [one for one in said if one is not None]
    effect = strictest(*(said.effect for said in opinions))
    if effect is not Effect.DENY and (unmet := _unmet(bound, opinions, case)):
        effect, opinions = Effect.DENY, unmet
    deciding = [said for said in opinions if said.effect is effect]
    if effect is Effect.DENY:
        return _Pass(_verdict(effect, deciding, bound, case, shadows))
    acting = [(said.policy, rule) for said in opinions for rule in said.acting]
    duty = duties.obligations(acting)
    verdict = _verdict(effect, deciding, bound, case, shadows, duty)
    return _Pass(verdict, tuple(one for _, rule in acting for one in rule.transforms))


def _unmet(bound: Sequence[Bound], opinions: Sequence[Opinion], case: Scope) -> list[Opinion]:
    """Return the refusals by rules whose requirements are not met."""
    found = []
    bringing = [(said, rule) for said in opinions for rule in said.acting if rule.duties]
    for said, rule in bringing:
        names = next(one for one in bound if one.policy is said.policy)
        scope = replace(names.scope(case), purse=Purse())
        reason = duties.unmet(said.policy, rule, scope)
        if reason is not None:
            found.append(Opinion(said.policy, Effect.DENY, (reason,), (rule,)))
    return found


def _verdict(  # noqa: PLR0913, PLR0917 - all that a verdict is made of
    effect: Effect,
    deciding: Sequence[Opinion],
    bound: Sequence[Bound],
    case: Scope,
    shadows: tuple[Reason, ...],
    obligations: tuple[Obligation, ...] = (),
) -> Verdict:
    reasons = tuple(reason for said in deciding for reason in said.reasons)
    codes = {reason.code for reason in reasons}
    ranked = (ReasonCode.RULE, ReasonCode.DEFAULT, ReasonCode.NO_RULE)
    code = next(code for code in ranked if code in codes)
    ruled = [(said, rule) for said in deciding for rule in said.winners]
    first = ruled[0][1] if ruled else None
    reply, wording = None, first.reply if first is not None else None
    if first is not None and first.reply is not None:
        names = next(one for one in bound if one.policy is ruled[0][0].policy)
        reply = _worded(first.reply, names.scope(case))
    retryable = first is None or first.retryable is not False
    approval = _approval(deciding) if effect is Effect.ASK else None
    return Verdict(
        effect,
        code,
        reasons,
        reply,
        retryable,
        obligations=obligations,
        approval=approval,
        shadow=shadows,
        wording=wording,
    )


def _worded(reply: str, scope: Scope) -> str:
    """Put the values of the call into a reply."""

    def shown(path: syntax.Path) -> str | None:
        found = lookup.lookup(path, scope)
        if isinstance(found, Unknown):
            return None
        return _written(found)

    return interpolate.render(reply, shown)


def _written(value: Any) -> str:
    """Write a value as an agent would read it in its own call."""
    try:
        return value if isinstance(value, str) else strictjson.canonical(value)
    except (TypeError, ValueError):  # a time, say, is no JSON
        return str(value)


def _approval(deciding: Sequence[Opinion]) -> Approval:
    """Collect who must approve: every asking rule must be satisfied, by the earliest expiry."""
    asking = [rule for said in deciding for rule in said.winners]
    needs = [
        Need(rule.approver.kind, rule.approver.role) if rule.approver else Need("any")
        for rule in asking
    ]
    expires = [rule.expires for rule in asking if rule.expires is not None]
    return Approval(
        tuple(dict.fromkeys(needs)) or (Need("any"),),
        min(expires, default=None),
        tuple(one for said in deciding for one in _asking(said)),
    )


def _asking(said: Opinion) -> Iterator[Asking]:
    """Yield what of a policy asks, in the words it is written in."""
    name = said.policy.name
    if any(one.code is ReasonCode.DEFAULT for one in said.reasons):
        default = said.policy.default
        assert default is not None  # noqa: S101 - it is the reason
        yield Asking(name, None, show(default))
    for rule in said.winners:
        yield Asking(name, rule.name, _shown(Same(rule)))


@lru_cache(maxsize=1 << 13)
def _shown(rule: Same) -> str:
    """Print a rule; the rules of a policy are asked for again with each call that they ask of."""
    return show(rule.one)


def _joined(approvals: Sequence[Approval]) -> Approval | None:
    """Join what is asked of people in both looks."""
    if not approvals:
        return None
    needs = dict.fromkeys(need for one in approvals for need in one.needs)
    ends = [one.expires for one in approvals if one.expires is not None]
    asking = dict.fromkeys(rule for one in approvals for rule in one.asking)
    return Approval(tuple(needs), min(ends, default=None), tuple(asking))


def _refusal(code: ReasonCode, **why: str) -> Verdict:
    reason = Reason(code, Effect.DENY, path=why.get("path"), detail=why.get("detail"))
    return Verdict(Effect.DENY, code, (reason,))


def schema_fault(bound: Sequence[Bound], call: ToolCall) -> Verdict | None:
    """Check a call against every tools file before any rule looks at it."""
    for one in bound:
        if one.tools is None:
            continue
        tool = one.tools.find(call)
        if (why := one.tools.why_hidden(call)) is not None:
            detail = f"the tool's schema cannot be used, so no call can be checked: {why}"
            return _refusal(ReasonCode.INVALID_CALL, detail=detail)
        if tool is None:
            if one.policy.is_overlay:
                continue
            return _refusal(ReasonCode.INVALID_CALL, detail="no tool of this name is declared")
        try:
            bad = tool.fault(unreadable.sent(call.args))
        except ValueError:  # an image, say, stands where the schema speaks of JSON
            return _refusal(ReasonCode.INVALID_CALL, detail="a value cannot be read")
        if bad is not None:
            return _refusal(ReasonCode.INVALID_CALL, path=bad.path, detail=bad.message)
    return None
