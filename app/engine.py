"""The one function everything else serves: a call comes in, a decision goes out."""

from datetime import datetime

from app.policies import PolicySet
from dsl import interpret
from dsl.model import By, Decision, Effect, Reason, ReasonCode, ToolCall, Verdict
from memory.ids import new_id


def decide(
    policies: PolicySet,
    call: ToolCall,
    now: datetime,
    *,
    revision: str | None = None,
    dry_run: bool = False,
) -> Decision:
    """Judge a call by the policies in force."""
    verdict = interpret.evaluate(policies.bound, call, now)
    return _decision(verdict, call, now, revision, dry_run=dry_run)


def refuse(
    code: ReasonCode,
    call: ToolCall,
    now: datetime,
    *,
    revision: str | None = None,
    dry_run: bool = False,
) -> Decision:
    """Deny a call for a reason that lies outside the policies."""
    verdict = Verdict(Effect.DENY, code, (Reason(code, Effect.DENY),))
    return _decision(verdict, call, now, revision, dry_run=dry_run)


def _decision(
    verdict: Verdict, call: ToolCall, now: datetime, revision: str | None, *, dry_run: bool
) -> Decision:
    return Decision(
        id=new_id("d", now),
        call_id=call.call_id,
        verdict=verdict,
        message=message(verdict, call),
        revision=revision,
        now=now,
        dry_run=dry_run,
    )


def message(verdict: Verdict, call: ToolCall) -> str:
    """Say what was decided, and what the agent may change: the rule's reply, else built."""
    if verdict.reply is not None:
        return verdict.reply
    first = verdict.reasons[0]
    match verdict.code:
        case ReasonCode.NO_POLICY:
            return "Denied: no policy is in force, so nothing is allowed."
        case ReasonCode.INVALID_CALL:
            at = f" at {first.path}" if first.path else ""
            return f"Denied: the call to {call.qualified} is not valid{at}: {first.detail}."
        case ReasonCode.FAULT:
            return "Denied: the call could not be judged because of a fault inside the gateway."
        case ReasonCode.DEADLINE:
            return "Denied: the call could not be judged in time."
        case ReasonCode.NO_RULE:
            return f"Denied: no rule allows {call.qualified} with these arguments."
        case _:
            return _by_rule(verdict, first)


def _by_rule(verdict: Verdict, first: Reason) -> str:
    words = {
        Effect.ALLOW: "Allowed",
        Effect.ASK: "A person must approve this call",
        Effect.DENY: "Denied",
    }
    said = words[verdict.effect]
    if first.because:
        said += f": {first.because}"
    if first.by is By.UNKNOWN:
        said += f" ({first.path} is {str(first.cause).replace('_', ' ')})"
    return said + "."
