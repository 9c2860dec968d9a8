"""The middleware for `create_agent`: tool calls, the user's words, and the final reply."""

import logging
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypedDict, Unpack

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import PrivateStateAttr
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.config import get_config

from drawbar.blocking import at_once
from drawbar.fault import Fault
from drawbar.langchain import words
from drawbar.langchain.order import must_be_innermost
from drawbar.langchain.plain import shown_text, told
from drawbar.langchain.seat import Seat
from drawbar.langchain.settings import SESSION_KEY, Configurable, Options, Side
from drawbar.observed import Observed
from drawbar.place import SessionCore

_LOG: Final = logging.getLogger("drawbar.langchain")
_KNOWN: Final = "drawbar_known"
_STRUCTURED: Final = "structured_response"
Update = dict[str, Any] | None


class DrawbarState(TypedDict, total=False):
    """What the middleware keeps with a thread: its session, and the user's messages so far."""

    drawbar_session: Annotated[str, PrivateStateAttr]
    drawbar_known: Annotated[list[str], PrivateStateAttr]


class DrawbarMiddleware(AgentMiddleware[Any, Any]):
    """Lets an agent's tools run only as the gateway decides; put it last in the list.

    It also tells the gateway what the user says, and asks before the final reply is shown.
    `user_words` returns what of a message in the user's name the user said: its text, if you
    give nothing; None for a message that your own code put there.
    """

    state_schema = DrawbarState

    def __init__(
        self, *, user_words: words.UserWords = words.text, **options: Unpack[Options]
    ) -> None:
        self._seat = Seat(**options)
        self._settings = self._seat.settings
        self._words = user_words

    @property
    def tools(self) -> list[Any]:  # type: ignore[override, unused-ignore]  # never set
        """Return none; `create_agent` asks each middleware, so here the order can be seen."""
        must_be_innermost(self)
        return []

    def wrap_tool_call(self, request: Any, handler: Any) -> Any:
        """Let a call run as the gateway decides."""
        return self._seat.wrap_tool_call(request, handler)

    async def awrap_tool_call(self, request: Any, handler: Any) -> Any:
        """Let a call run as the gateway decides."""
        return await self._seat.awrap_tool_call(request, handler)

    def before_agent(self, state: Any, runtime: Any) -> Update:
        """Tell what the user said."""
        return at_once(self._hear("blocking", state, _configurable()))

    async def abefore_agent(self, state: Any, runtime: Any) -> Update:
        """Tell what the user said."""
        return await self._hear("looping", state, _configurable())

    def before_model(self, state: Any, runtime: Any) -> Update:
        """Note what came into the conversation since; the user did not say it."""
        ids = words.ids(state["messages"])
        return None if ids == state.get(_KNOWN) else {_KNOWN: ids}

    def after_agent(self, state: Any, runtime: Any) -> Update:
        """Ask before the final reply is shown, and replace what may not be."""
        return at_once(self._answer("blocking", state, _configurable()))

    async def aafter_agent(self, state: Any, runtime: Any) -> Update:
        """Ask before the final reply is shown, and replace what may not be."""
        return await self._answer("looping", state, _configurable())

    async def _hear(self, side: Side, state: Any, configurable: Configurable) -> Update:
        kept: dict[str, Any] = {}
        if self._settings.needs_session(configurable, state):
            kept[SESSION_KEY] = self._settings.named(None, configurable).name
        session = self._session(side, {**state, **kept}, configurable)
        messages = state["messages"]
        for said in words.new(messages, state.get(_KNOWN, ()), self._words):
            seen = await session.user(said)
            # Not taken, it is unknown where values come from, and rules say what follows.
            if not seen.allowed:
                _LOG.warning("the gateway did not take the user's words: %s", seen.message)
        return {**kept, _KNOWN: words.ids(messages)}

    async def _answer(self, side: Side, state: Any, configurable: Configurable) -> Update:
        session = self._session(side, state, configurable)
        messages = state["messages"]
        structured = state.get(_STRUCTURED)
        if structured is not None:
            seen = await session.reply(shown_text(told(structured)))
            if _differs(seen):
                return {_STRUCTURED: None, "messages": _emptied(messages, seen)}
        last = messages[-1] if messages else None
        if isinstance(last, AIMessage) and (text := words.text(last)):
            seen = await session.reply(text)
            if _differs(seen):
                return {"messages": [_instead(last, seen, text)]}
        return None

    def _session(self, side: Side, state: Any, configurable: Configurable) -> SessionCore[Any]:
        try:
            place = self._settings.place(configurable, state)
        except Fault as fault:
            raise ValueError(fault.what) from None
        return self._settings.session(place, side)


def _configurable() -> Mapping[str, Any]:
    return get_config().get("configurable") or {}


def _differs(seen: Observed) -> bool:
    return seen.is_changed or not seen.allowed


def _instead(message: AIMessage, seen: Observed, text: str) -> AIMessage:
    """Return what is shown in place of a message; the same id, so that it takes its place."""
    return AIMessage(content=shown_text(seen.shown(text)), id=message.id, name=message.name)


def _emptied(messages: list[Any], seen: Observed) -> list[Any]:
    """Return the messages that held a structured response, without it, and what is shown.

    It stands in the last message of the model, as its text or as a call, and in the answer to it.
    """
    shown = AIMessage(content=shown_text(seen.shown("")))
    at = max((n for n, one in enumerate(messages) if isinstance(one, AIMessage)), default=None)
    if at is None:
        return [shown]
    calls = [{**one, "args": {}} for one in messages[at].tool_calls]
    if not calls:
        return [_instead(messages[at], seen, "")]
    emptied = AIMessage(content="", id=messages[at].id, tool_calls=calls)
    answers = [
        one.model_copy(update={"content": "", "artifact": None})
        for one in messages[at + 1 :]
        if isinstance(one, ToolMessage)
    ]
    return [emptied, *answers, shown]
