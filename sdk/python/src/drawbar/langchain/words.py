"""What the user said, as it stands in the messages of a graph."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import HumanMessage

from drawbar.langchain.results import NOT_THE_USER

UserWords = Callable[[HumanMessage], str | None]


def text(message: Any) -> str:
    """Return the texts of a message; images and files cannot be read."""
    content = message.content
    if isinstance(content, str):
        return content
    parts = [one if isinstance(one, str) else _text_of_block(one) for one in content]
    return "\n".join(part for part in parts if part)


def _text_of_block(block: Any) -> str:
    found = block.get("text") if isinstance(block, dict) and block.get("type") == "text" else ""
    return found if isinstance(found, str) else ""


def ids(messages: Sequence[Any]) -> list[str]:
    """Return the ids of all messages in the user's name."""
    return [str(one.id) for one in messages if isinstance(one, HumanMessage)]


def new(messages: Sequence[Any], known: Sequence[str], words: UserWords) -> list[str]:
    """Return what the user said since last time.

    What came into the conversation while the agent worked, say a summary of another middleware,
    is known by then and is nobody's word.
    """
    seen = frozenset(known)
    fresh = [one for one in messages if isinstance(one, HumanMessage) and str(one.id) not in seen]
    said = [words(one) for one in fresh if not one.additional_kwargs.get(NOT_THE_USER)]
    return [one for one in said if one]
