"""A tool that asks before it runs: a copy whose innermost step passes through the seat."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

from langchain_core.tools import BaseTool

from drawbar.fault import Fault
from drawbar.langchain.plain import plain

_ENTRIES: Final = ("invoke", "ainvoke", "run", "arun")
Run = Callable[..., Any]


class CannotWrap(TypeError):
    """A tool that would run past the seat."""


def must_wrap(tool: BaseTool) -> None:
    """Raise if the tool does not run through LangChain's own steps, which end in `_run`."""
    for name in _ENTRIES:
        where = getattr(getattr(type(tool), name), "__module__", "")
        if not where.startswith("langchain_core."):
            message = (
                f"the tool `{tool.name}` cannot be guarded: its class has a `{name}` of its own; "
                "let it define `_run` and `_arun` instead"
            )
            raise CannotWrap(message)


def wrapped(tool: BaseTool, run: Callable[[Run], Run], arun: Callable[[Run], Run]) -> BaseTool:
    """Return a copy of the tool with both of its innermost steps replaced."""
    must_wrap(tool)
    copy = tool.model_copy()
    for name, wrap in (("_run", run), ("_arun", arun)):
        step = getattr(tool, name)
        # Pydantic refuses names that it does not know; the object itself takes them.
        object.__setattr__(copy, name, functools.wraps(step)(wrap(step)))
    return copy


class Shape:
    """Which of the values that reach a tool are the model's."""

    def __init__(self, tool: BaseTool) -> None:
        schema: Any = tool.tool_call_schema
        if isinstance(schema, Mapping):
            self._names = tuple(schema.get("properties", {}))
        else:
            is_old = not hasattr(schema, "model_fields")  # a model of Pydantic 1
            self._names = tuple(schema.__fields__ if is_old else schema.model_fields)

    def args(
        self, places: tuple[Any, ...], named: Mapping[str, Any], given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what the tool is called with and the policy judges.

        That is what its schema offers to the model, with defaults, and all else that the model
        gave. What LangChain injects (state, store, runtime, callbacks) is not the model's.
        """
        if len(places) > len(self._names):
            raise Fault("the tool takes values that have no name", "invalid_call")
        values = {**dict(zip(self._names, places, strict=False)), **named}
        ours = {name: one for name, one in values.items() if name in self._names or name in given}
        return {name: plain(one) for name, one in ours.items()}
