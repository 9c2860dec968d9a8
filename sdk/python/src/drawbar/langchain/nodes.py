"""A `ToolNode` for graphs that are built by hand."""

from collections.abc import Callable, Sequence
from typing import Any, Unpack

from langchain_core.tools import BaseTool
from langgraph.prebuilt import ToolNode

from drawbar.langchain.seat import Seat
from drawbar.langchain.settings import Options
from drawbar.langchain.tools import must_wrap


def tool_node(
    tools: Sequence[BaseTool | Callable[..., Any]],
    *,
    name: str = "tools",
    **options: Unpack[Options],
) -> ToolNode:
    """Return a node whose tools run only as the gateway decides.

    A tool that would run past Drawbar raises `CannotWrap` here. For more settings of the node make
    it yourself: `ToolNode(tools, wrap_tool_call=seat.wrap_tool_call,
    awrap_tool_call=seat.awrap_tool_call)` with a `Seat`.
    """
    seat = Seat(**options)
    node = ToolNode(
        tools, name=name, wrap_tool_call=seat.wrap_tool_call, awrap_tool_call=seat.awrap_tool_call
    )
    for tool in node.tools_by_name.values():
        must_wrap(tool)
    return node
