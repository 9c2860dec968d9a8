"""Whether Drawbar is the innermost middleware, seen while the agent is being set up."""

import inspect
from types import FrameType
from typing import Any, Final

from langchain.agents.middleware import AgentMiddleware

_FACTORY: Final = "langchain.agents.factory"


class NotInnermost(ValueError):
    """Another middleware could change a call after it was decided."""


def must_be_innermost(mine: AgentMiddleware[Any, Any]) -> None:
    """Raise if `create_agent`, which is asking for the tools of `mine`, got it in another place.

    LangChain tells a middleware nothing of the others, so this looks at who is asking. Where it
    finds no list, every call looks at what it is about to be handed to, and is denied.
    """
    frame = inspect.currentframe()
    given = _list_of_middleware(frame)
    del frame
    if given is None or mine not in given:
        return
    behind = given[given.index(mine) + 1 :]
    for other in behind:
        if _wraps_calls(type(other)):
            message = (
                f"put the middleware of Drawbar last: `{type(other).__name__}`, which stands "
                "behind it, could change a call after it was decided"
            )
            raise NotInnermost(message)


def _list_of_middleware(frame: FrameType | None) -> list[Any] | None:
    while frame is not None:
        if frame.f_code.co_name == "create_agent" and frame.f_globals.get("__name__") == _FACTORY:
            return list(frame.f_locals.get("middleware", ()))
        frame = frame.f_back
    return None


def _wraps_calls(kind: type[Any]) -> bool:
    base = AgentMiddleware
    return (
        kind.wrap_tool_call is not base.wrap_tool_call
        or kind.awrap_tool_call is not base.awrap_tool_call
    )
