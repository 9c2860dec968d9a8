"""Drawbar for LangChain and LangGraph: tools run only as the gateway decides."""

from drawbar.langchain.middleware import DrawbarMiddleware
from drawbar.langchain.nodes import tool_node
from drawbar.langchain.order import NotInnermost
from drawbar.langchain.seat import Seat
from drawbar.langchain.tools import CannotWrap

__all__ = ["CannotWrap", "DrawbarMiddleware", "NotInnermost", "Seat", "tool_node"]
