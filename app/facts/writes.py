"""Which calls of a session may have changed what was looked up."""

from collections.abc import Sequence

from app.facts.cache import Writes
from dsl import selectors
from dsl.evaluation.opinion import Bound
from dsl.model import ToolCall
from memory.sessions.session import Session

READ_ONLY = "read_only"  # a member that a tools file may give a tool


def writes(session: Session, bound: Sequence[Bound], read_only: Sequence[str]) -> Writes | None:
    """Return what has run that may have changed something; None while such a call may yet run.

    It grows with each such call that came back, and with each result of a call that nobody
    decided here.
    """
    last = 0
    for one in session.calls():
        if reads_only(one.released, bound, read_only):
            continue
        if not one.came_back:
            return None
        last = max(last, one.number)
    return last, len(session.strays)


def reads_only(call: ToolCall, bound: Sequence[Bound], read_only: Sequence[str]) -> bool:
    """Tell whether a tool changes nothing: by the settings, or by every tools file that has it.

    What a tool's server says of itself in its annotations counts for nothing.
    """
    if any(selectors.names(pattern, call.server, call.tool) for pattern in read_only):
        return True
    tools = [tool for one in bound if one.tools and (tool := one.tools.find(call)) is not None]
    return bool(tools) and all(tool.metadata.get(READ_ONLY) is True for tool in tools)
