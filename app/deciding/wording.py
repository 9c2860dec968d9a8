"""Says in words what was decided, and what the agent may change."""

from typing import Final

from app.deciding.canary import is_canary
from dsl.model import Approval, By, Effect, Reason, ReasonCode, ToolCall, Verdict

_FIXED: Final = {
    ReasonCode.NO_POLICY: "Denied: no policy is in force, so nothing is allowed.",
    ReasonCode.STALE_POLICY: "Denied: the policies are too old, as no newer ones could be had.",
    ReasonCode.FAULT: "Denied: the call could not be judged because of a fault inside the gateway.",
    ReasonCode.DEADLINE: "Denied: the call could not be judged in time.",
    ReasonCode.CALL_REPLAYED: (
        "Denied: this call was let through before; it came back, or never ran."
    ),
    ReasonCode.APPROVED: "Allowed: this call was approved, for this one time.",
}
_DETAILED: Final = (
    ReasonCode.FROZEN,
    ReasonCode.BREAK_GLASS,
    ReasonCode.TRANSFORM_UNSTABLE,
    ReasonCode.UNSUPPORTED_OBLIGATION,
)


def message(verdict: Verdict, call: ToolCall) -> str:
    """Return the rule's reply, or what is built of the code and its first reason."""
    if verdict.reply is not None:
        return verdict.reply
    if verdict.code in _FIXED:
        return _FIXED[verdict.code]
    if verdict.code in _DETAILED:
        return f"Denied: {verdict.reasons[0].detail}."
    return _built(verdict, verdict.reasons[0], call)


def _built(verdict: Verdict, first: Reason, call: ToolCall) -> str:
    match verdict.code:
        case ReasonCode.INVALID_CALL:
            at = f" at {first.path}" if first.path else ""
            return f"Denied: the call to {call.qualified} is not valid{at}: {first.detail}."
        case ReasonCode.REJECTED:
            said = f": {first.detail}" if first.detail else "."
            return f"Denied: a person rejected this call{said}"
        case ReasonCode.ASK_BUDGET:
            return f"Denied: people were asked about {call.tool} too often in this session."
        case ReasonCode.OBSERVE:
            return f"Allowed under observation; it would be {_WOULD[verdict.would]} otherwise."
        case ReasonCode.CANARY:
            if is_canary(call):
                return "Denied: this call is a test of the gateway, and never runs."
            return "Denied: the test call of this edge was not denied, so no call is let through."
        case ReasonCode.TOOL_CHANGED:
            return f"Denied: {call.qualified} is held back: {first.detail}."
        case ReasonCode.NO_RULE:
            return f"Denied: no rule allows {call.qualified} with these arguments."
        case _:
            return _by_rule(verdict, first)


_WOULD: Final = {
    Effect.DENY: "denied",
    Effect.ASK: "put to a person",
    Effect.ALLOW: "changed, or bound to duties,",
    None: "decided",
}


def _by_rule(verdict: Verdict, first: Reason) -> str:
    words = {
        Effect.ALLOW: "Allowed",
        Effect.ASK: "A person must approve this call",
        Effect.DENY: "Denied",
    }
    said = words[verdict.effect]
    if verdict.approval and (who := _who(verdict.approval)):
        said = f"This call must be approved by {who}"
    if first.because:
        said += f": {first.because}"
    if first.detail:
        said += f": {first.detail}"
    if first.by is By.UNKNOWN:
        said += f" ({first.path} is {str(first.cause).replace('_', ' ')})"
    return said + "."


def _who(approval: Approval) -> str:
    """Name those who must approve, where the rules name anybody."""
    named = {
        "user": "the person in the conversation",
        "role": "somebody with the role `{}`",
        "any": "a person",
    }
    if all(need.kind == "any" for need in approval.needs):
        return ""
    return " and ".join(named[need.kind].format(need.role) for need in approval.needs)
