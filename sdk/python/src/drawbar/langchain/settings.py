"""Whom the adapter asks, and on whose behalf: what is set up once for a graph."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

from langchain_core.tools import BaseTool

from drawbar.client import AsyncClient, Client
from drawbar.current import current_session
from drawbar.fault import Fault
from drawbar.place import Place, SessionCore
from drawbar.questions import hold
from drawbar.session import AsyncSession, Session

Side = Literal["blocking", "looping"]
Configurable = Mapping[str, Any]
Text = str | Callable[[Configurable], str | None] | None
SESSION_KEY: Final = "drawbar_session"
_NO_SESSION: Final = (
    "no session is known; give the graph a `thread_id`, or call it inside `with client.session():`"
)


class Options(TypedDict, total=False):
    """What may be set; `docs/langgraph.md` says what each is for."""

    client: Client | AsyncClient | None
    session: Session | AsyncSession | None
    subject: Text
    roles: Sequence[str] | Callable[[Configurable], Sequence[str]]
    agent: Text
    server: str | Callable[[BaseTool], str | None] | None
    wait_s: int
    on_ask: Literal["interrupt", "message"]
    approver: Client | AsyncClient | None


class Settings:
    """The options, checked; what is wrong raises `TypeError` or `ValueError` here."""

    def __init__(self, options: Options) -> None:
        if unknown := options.keys() - Options.__annotations__.keys():
            message = f"there is no option `{min(unknown)}`"
            raise TypeError(message)
        try:
            self.wait_s = hold(options.get("wait_s", 0))
        except Fault as fault:
            raise ValueError(fault.what) from None
        on_ask = options.get("on_ask", "interrupt")
        if on_ask not in {"interrupt", "message"}:
            message = "`on_ask` is either `interrupt` or `message`"
            raise ValueError(message)
        self.pauses = on_ask == "interrupt"
        self._session = options.get("session")
        client = options.get("client") or self._session or Client()
        self._cores = client.cores
        self._approver = options.get("approver")
        self._whose = options
        self._server = options.get("server")

    def place(self, configurable: Configurable, state: Any) -> Place:
        """Return the session that a run of the graph is in; none, or a strange one, is a fault."""
        entered = self._session or current_session()
        if entered is not None:
            return entered.place
        name = _name(configurable, state)
        if name is None:
            raise Fault(_NO_SESSION, "no_session")
        return self.named(name, configurable)

    def needs_session(self, configurable: Configurable, state: Any) -> bool:
        """Tell whether a run is in no session yet."""
        entered = self._session or current_session()
        return entered is None and _name(configurable, state) is None

    def named(self, name: str | None, configurable: Configurable) -> Place:
        """Return a session of this name, or a new one, for whoever the run is for."""
        roles = self._whose.get("roles", ())
        subject = _text(self._whose.get("subject"), configurable)
        agent = _text(self._whose.get("agent"), configurable)
        held = roles(configurable) if callable(roles) else roles
        try:
            return Place(name, subject, held, agent)
        except ValueError as error:
            raise Fault(str(error), "invalid_call") from None

    def session(self, place: Place, side: Side) -> SessionCore[Any]:
        """Return a session as a thread or a task asks in it."""
        return SessionCore(getattr(self._cores, side), place)

    def entered(self, place: Place) -> Session:
        """Return a session to be the current one while a tool runs."""
        return Session(self._cores, place)

    def server(self, tool: BaseTool) -> str | None:
        """Return the server that a tool belongs to, as policies write it."""
        return self._server(tool) if callable(self._server) else self._server

    async def answer(self, approval: str, side: Side, comment: str, *, yes: bool) -> None:
        """Say yes or no for the host, with its key that may; without one it says nothing."""
        if self._approver is not None:
            core = getattr(self._approver.cores, side)
            await core.answer(approval, yes=yes, comment=comment)


def _name(configurable: Configurable, state: Any) -> str | None:
    """Return the session that a run names: the thread it is in, or what was kept for it."""
    thread = configurable.get("thread_id")
    if thread is not None:
        return str(thread)
    kept = state.get(SESSION_KEY) if isinstance(state, Mapping) else None
    return str(kept) if kept else None


def _text(given: Text, configurable: Configurable) -> str | None:
    return given(configurable) if callable(given) else given
