"""How a graph pauses until people decide, and what the host may answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph.types import interrupt

from drawbar.decision import Approval, Decision


@dataclass(frozen=True, slots=True)
class Heard:
    """What the host resumed the graph with."""

    kind: str  # approve, reject, edit; look: ask the gateway how it stands
    args: Mapping[str, Any] | None = None
    comment: str = ""


def pause(tool: str, args: Mapping[str, Any], decision: Decision, approval: Approval) -> Heard:
    """Pause the graph, or, where it was resumed, return what the host said."""
    answer = interrupt(
        {
            "type": "drawbar.approval",
            "approval": approval.id,
            "tool": tool,
            "args": dict(args),
            "call_id": decision.call_id,
            "message": decision.message,
            "needs": [{"kind": one.kind, "role": one.role} for one in approval.needs],
            "expires_at": approval.expires_at,
            "url": approval.url,
        }
    )
    return _heard(answer, approval.id)


def _heard(answer: Any, approval: str) -> Heard:
    """Read an answer; a yes or an edit must name the approval that is pending now.

    The graph may have been resumed for another one, as rules may have changed since it paused.
    """
    if not isinstance(answer, Mapping):
        return Heard("reject" if answer is False else "look")
    comment = answer.get("comment")
    comment = comment if isinstance(comment, str) else ""
    match answer.get("type"):
        case "reject":
            return Heard("reject", comment=comment)
        case "approve" if answer.get("approval") == approval:
            return Heard("approve", comment=comment)
        case "edit" if answer.get("approval") == approval and isinstance(
            answer.get("args"), Mapping
        ):
            return Heard("edit", dict(answer["args"]))
    return Heard("look")
