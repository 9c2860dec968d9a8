"""A chat model for trying the agent: it says what a script says, whatever it is told."""

import json
from pathlib import Path
from typing import Any

from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage


class Scripted(GenericFakeChatModel):
    """LangChain's own test model, for an agent with tools."""

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        """Take any tools."""
        return self


def scripted(script: Path) -> Scripted:
    """Return a model that says the steps of a script: a text, or calls of tools."""
    steps = json.loads(script.read_text("utf-8"))
    return Scripted(messages=iter([_message(at, step) for at, step in enumerate(steps)]))


def _message(at: int, step: Any) -> AIMessage:
    if isinstance(step, str):
        return AIMessage(step)
    calls = [{**one, "id": f"call_{at}_{number}"} for number, one in enumerate(step)]
    return AIMessage("", tool_calls=calls)
