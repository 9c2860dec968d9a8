"""What a tool gave back: as the gateway is told of it, and as it is shown after that."""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage
from langgraph.types import Command

from drawbar.langchain.plain import shown_text, told

NOT_THE_USER = "drawbar_not_the_user"


def of(value: Any, *, pair: bool) -> Any:
    """Return what the gateway is told: what a model would read of it."""
    if pair and isinstance(value, tuple) and value:
        value = value[0]
    match value:
        case ToolMessage():
            return told(value.content)
        case Command():
            return _of_command(value)
        case list() if any(isinstance(one, ToolMessage | Command) for one in value):
            return [of(one, pair=False) for one in value]
    return told(value)


def _of_command(command: Command[Any]) -> Any:
    """Return all that a command puts into the state of the graph."""
    update = command.update
    if not isinstance(update, Mapping):
        return told(update)
    return {str(name): _of_member(item) for name, item in update.items()}


def _of_member(item: Any) -> Any:
    if isinstance(item, list):
        return [_of_member(one) for one in item]
    return told(item.content) if isinstance(item, BaseMessage) else told(item)


def is_error(value: Any) -> bool:
    """Tell whether the tool itself says that it failed."""
    return isinstance(value, ToolMessage) and value.status == "error"


def replaced(value: Any, shown: Any, *, pair: bool) -> Any:
    """Return what rules left of a result; artifacts go, as they hold what was changed."""
    if pair:
        return (shown, None)
    if isinstance(value, ToolMessage):
        return value.model_copy(update={"content": shown_text(shown), "artifact": None})
    return shown


def can_be_replaced(value: Any) -> bool:
    """Tell whether the form of a result can hold something else: commands to the graph cannot."""
    values = value if isinstance(value, list) else [value]
    return not any(isinstance(one, Command) for one in values) and not (
        isinstance(value, list) and any(isinstance(one, ToolMessage) for one in value)
    )


def mark(value: Any) -> None:
    """Mark what tools put into the conversation in the user's name: the user did not say it."""
    for command in value if isinstance(value, list) else [value]:
        update = command.update if isinstance(command, Command) else None
        messages = update.get("messages") if isinstance(update, Mapping) else None
        for one in messages if isinstance(messages, list) else ():
            if isinstance(one, HumanMessage):
                one.additional_kwargs[NOT_THE_USER] = True


def error_text(error: BaseException) -> str:
    """Say what went wrong, as a model would be told."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an exception that cannot be shown is still one
        return type(error).__name__
