"""What a client hears of a call that was not let through, or whose result is not shown."""

from collections.abc import Mapping
from typing import Any

from app.edges.mcp.judge import Ruling, Shown, Waiting
from app.edges.mcp.messages import DENIED, Refused
from dsl.model import Effect


def denied(ruling: Ruling, *, typed: bool, as_error: bool) -> Mapping[str, Any]:
    """Say that a call was not run, and what may be done about it."""
    told: dict[str, Any] = {
        "effect": str(ruling.effect),
        "reason": str(ruling.reason),
        "retryable": ruling.retryable,
        "decision_id": ruling.decision_id,
    }
    words = ruling.message
    if ruling.effect is Effect.ASK and ruling.approval is not None:
        waiting = ruling.approval
        told["approval"] = {
            "id": waiting.id,
            "status": waiting.status,
            "url": waiting.url,
            "expires_at": waiting.expires_at,
        }
        words += f" It is pending: {_where(waiting)}. Make the same call later."
    if as_error:
        raise Refused(DENIED, words, {"drawbar": told})
    return failed(words, told, typed=typed)


def _where(waiting: Waiting) -> str:
    """Say where a person decides; a gateway without a public address has no page to point at."""
    if waiting.url.startswith("http"):
        return f"{waiting.url} is where it is decided"
    return f"a person decides it with `drawbar approvals approve {waiting.id}`"


def withheld(shown: Shown, *, typed: bool) -> Mapping[str, Any]:
    """Say that a call was run, and that what came of it is not shown."""
    told = {"effect": str(shown.effect), "reason": str(shown.reason), "retryable": False}
    return failed(shown.message or "This result is withheld.", told, typed=typed)


def broken(words: str, reason: str, *, typed: bool) -> Mapping[str, Any]:
    """Say that a call was let through and that nothing of its result can be shown."""
    return failed(words, {"effect": "allow", "reason": reason, "retryable": False}, typed=typed)


def failed(words: str, told: Mapping[str, Any], *, typed: bool) -> Mapping[str, Any]:
    """Return a result that is an error; clients hold structure against the tool's own schema."""
    content = [{"type": "text", "text": words}]
    structured = {} if typed else {"structuredContent": {"drawbar": told}}
    return {"content": content, **structured, "isError": True}
