"""Whether it may be believed that a call which was let through never ran."""

from collections.abc import Sequence
from typing import Final

from dsl.evaluation.opinion import Bound
from dsl.model import ToolCall
from memory.sessions.session import Session

# What a tools file must say of a tool: a word of its own may mean anything, `high` too.
_LOW: Final = ("none", "low", "medium", "moderate")


def why_not(
    bound: Sequence[Bound], session: Session | None, call_id: str, *, trusted: bool
) -> str | None:
    """Return why a call stays counted; None if it is taken back."""
    if not trusted:
        return "this key is not trusted to say that a call never ran"
    earlier = session.earlier(call_id) if session is not None else None
    if earlier is None:
        return "no call of this session that was let through has this `call_id`"
    if session is not None and session.seats.last_name(call_id) != call_id:
        return "the call went on to another seat, which alone can tell that it never ran"
    if earlier.is_spent:
        return "it never ran already" if earlier.never_ran else "a result of it has come before"
    if not _is_harmless(bound, earlier.released):
        return "the tools files do not say that its tool is of less than high risk"
    return None


def _is_harmless(bound: Sequence[Bound], call: ToolCall) -> bool:
    """Tell whether every tools file that has the tool, and at least one, says a lower risk."""
    tools = [tool for one in bound if one.tools and (tool := one.tools.find(call)) is not None]
    risks = [tool.metadata.get("risk") for tool in tools]
    return bool(risks) and all(isinstance(one, str) and one.lower() in _LOW for one in risks)
