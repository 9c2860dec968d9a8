"""A chat model that says what a test wrote, and keeps what it was shown."""

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from pydantic import PrivateAttr


class Scripted(GenericFakeChatModel):
    """LangChain's own test model, for an agent with tools."""

    _shown: list[Sequence[BaseMessage]] = PrivateAttr(default_factory=list)

    def bind_tools(self, tools: Any, **_: Any) -> "Scripted":
        return self

    def _generate(self, messages: Any, *args: Any, **named: Any) -> Any:
        self._shown.append(list(messages))
        return super()._generate(messages, *args, **named)

    @property
    def seen(self) -> list[ToolMessage]:
        """Return the answers to tool calls that the model was shown last."""
        return [one for one in self._shown[-1] if isinstance(one, ToolMessage)]

    @property
    def turns(self) -> int:
        """Return how often the model was asked."""
        return len(self._shown)


def script(*steps: list[dict[str, Any]] | str) -> Scripted:
    """Return a model: a list is tool calls it makes, a text is what it says."""
    said = [
        AIMessage(one) if isinstance(one, str) else AIMessage("", tool_calls=one) for one in steps
    ]
    return Scripted(messages=iter(said))


def call(name: str, id: str = "c1", **args: Any) -> dict[str, Any]:  # noqa: A002 - as LangChain calls it
    """Return a tool call."""
    return {"name": name, "args": args, "id": id}
