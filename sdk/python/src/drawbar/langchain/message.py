"""Where a tool call comes from, and how it is answered in place of its tool."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from langchain_core.messages import AIMessage, ToolMessage

from drawbar.decision import Decision
from drawbar.observed import Observed

_NAME: Final = re.compile(r"[\x21-\x7e]{1,120}")  # of 128, as a number may come behind it


@dataclass(frozen=True, slots=True)
class Origin:
    """The message of the model that makes a call, and the call's place in it."""

    message: str
    name: str
    position: int
    answered: frozenset[int]
    source: Any = None  # the message itself, where its place in memory is all that names it

    @classmethod
    def of(cls, call: Mapping[str, Any], state: Any) -> "Origin":
        """Find the message in the state of the graph."""
        wanted = call["id"]
        messages = list(_messages(state))
        for at in range(len(messages) - 1, -1, -1):
            message = messages[at]
            ids = _ids(message)
            if wanted and wanted in ids:
                done = {getattr(one, "tool_call_id", None) for one in messages[at + 1 :]}
                answered = frozenset(n for n, one in enumerate(ids) if one in done)
                place = _place(message.tool_calls, call)
                if not message.id:  # it was never in a graph's state, so no graph comes back to it
                    name = _name(f"{uuid4().hex}/{wanted}")
                    return cls(f"at {id(message)}", name, place, answered, message)
                name = f"{message.id}/{wanted}"
                if ids.count(wanted) > 1:  # some models do not number their calls
                    name = f"{name}/{_digest(repr(call['args']))}"
                return cls(str(message.id), _name(name), place, answered)
        name = _name(wanted or str(uuid4()))
        return cls(name, name, 0, frozenset())


def _place(calls: Sequence[Any], call: Mapping[str, Any]) -> int:
    """Return where a call stands among those of its message, perhaps with changed arguments."""
    same = [at for at, one in enumerate(calls) if one.get("id") == call["id"]]
    return next((at for at in same if calls[at]["args"] == call["args"]), same[0])


def _ids(message: Any) -> list[str | None]:
    return [one.get("id") for one in message.tool_calls] if isinstance(message, AIMessage) else []


def _messages(state: Any) -> Sequence[Any]:
    """Return the messages in a state: a list, or a member of it that holds messages of a model."""
    if isinstance(state, list):
        return state
    members = state if isinstance(state, Mapping) else getattr(state, "__dict__", {})
    lists = [one for one in members.values() if isinstance(one, list)]
    return next((one for one in lists if any(isinstance(m, AIMessage) for m in one)), ())


def _name(text: str) -> str:
    """Make a text fit to name a call; the same text makes the same name."""
    if _NAME.fullmatch(text):
        return text
    return f"call_{_digest(text)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:40]


def refusal(call: Mapping[str, Any], text: str, about: Decision | Observed | None) -> ToolMessage:
    """Answer a call in place of its tool; models see the text, hosts also the artifact."""
    known = {"effect": "deny"} if about is None else _known(about)
    return ToolMessage(
        content=text,
        name=call["name"],
        tool_call_id=call["id"] or "",
        status="error",
        artifact={"drawbar": known},
    )


def instead(call: Mapping[str, Any], text: str, seen: Observed, *, failed: bool) -> ToolMessage:
    """Answer a call with what may be shown in place of its result."""
    message = refusal(call, text, seen)
    return (
        message if failed or not seen.allowed else message.model_copy(update={"status": "success"})
    )


def _known(about: Decision | Observed) -> dict[str, Any]:
    known: dict[str, Any] = {"effect": about.effect, "reason": about.reason}
    if isinstance(about, Decision):
        approval = about.approval.id if about.approval else None
        known |= {"decision_id": about.decision_id, "retryable": about.retryable}
        known |= {"approval": approval}
    return known


def said(decision: Decision) -> str:
    """Return what the model is told of a decision."""
    return decision.for_agent or "This call is not allowed."
