"""An MCP client whose calls run only as the gateway decides."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict, Unpack
from uuid import uuid4

from mcp import Client as McpClient
from mcp import ClientSession
from mcp.client.session import ElicitationFnT
from mcp_types import CallToolResult, ListToolsResult

from drawbar.binding import copied
from drawbar.client import AsyncClient, Client
from drawbar.current import current_session
from drawbar.decision import Decision
from drawbar.fault import Fault
from drawbar.handing import Handed
from drawbar.mcp import results
from drawbar.mcp.call import Call, Person
from drawbar.mcp.numbers import sendable
from drawbar.mcp.pins import Pins
from drawbar.place import SessionCore
from drawbar.questions import hold
from drawbar.session import AsyncSession, Session

_SEPARATOR: Final = "__"
_NO_SESSION: Final = "no session is current; call it inside `with client.session():`"
_PENDING: Final = "The call did not run. Make it again, unchanged, once it is approved."


class Options(TypedDict, total=False):
    """What may be set; `docs/mcp-client.md` says what each is for."""

    client: AsyncClient | Client | None
    session: AsyncSession | Session | None
    server: str | None
    prefixed: bool
    wait_s: int
    elicitation_callback: ElicitationFnT | None
    approver: AsyncClient | Client | None
    hand_on: bool


class GuardedClient:
    """Wraps a `mcp.Client` or `mcp.ClientSession`: its `call_tool` and `list_tools`.

    Everything else of the client stays where it is, and unguarded. What is set up wrongly raises
    `TypeError` or `ValueError` here.
    """

    def __init__(self, inner: McpClient | ClientSession, **options: Unpack[Options]) -> None:
        if unknown := options.keys() - Options.__annotations__.keys():
            message = f"there is no option `{min(unknown)}`"
            raise TypeError(message)
        try:
            self._wait_s = hold(options.get("wait_s", 0))
        except Fault as fault:
            raise ValueError(fault.what) from None
        self._inner = inner
        self._options = options
        self._pins = Pins()

    async def list_tools(self, **named: Any) -> ListToolsResult:
        """List the tools of which some call may run.

        One whose definition changed since it was listed first is left out as well.
        """
        listed = await self._inner.list_tools(**named)
        kept = self._pins.kept(listed.tools)
        try:
            session = self._in_session()
        except Fault:
            return listed.model_copy(update={"tools": []})
        names = [self._named(tool.name) for tool in kept]
        asked = [{"server": server, "name": name} for server, name in names]
        shown = await session.core.visible(session.place.whose, asked)
        tools = [tool for tool, name in zip(kept, names, strict=True) if name in shown]
        return listed.model_copy(update={"tools": tools})

    async def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *places: Any,
        meta: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> CallToolResult:
        """Call a tool if the gateway lets it; a refusal is a result with `is_error`.

        The remaining arguments are those of the client's own `call_tool`.
        """
        try:
            self._pins.must_be_as_listed(name)
            call = self._call(name, sendable(copied(arguments or {})))
        except Fault as fault:
            return _refused(fault.decision(str(uuid4()), dry_run=False))
        decision = await call.decided(self._person(), self._wait_s)
        if not decision.allowed:
            return _refused(decision)
        handing = Handed(call.session.place.name, decision.seat_token).meta()
        sent: Any = {**(meta or {}), **(handing if self._options.get("hand_on", True) else {})}
        try:
            args = sendable(decision.run_with(call.args))
        except Fault as fault:
            await call.session.not_run(call.id)
            unable = Fault(fault.what, "unsupported_obligation")
            return _refused(unable.decision(call.id, dry_run=False))

        async def run() -> CallToolResult:
            return await self._inner.call_tool(name, args, *places, meta=sent or None, **named)

        return await call.ran(run)

    def _call(self, name: str, args: dict[str, Any]) -> Call:
        """Return a call as policies write it, in the session it belongs to."""
        server, tool = self._named(name)
        return Call(self._in_session(), server, tool, name, args)

    def _in_session(self) -> SessionCore[Any]:
        session = self._options.get("session") or current_session()
        if session is None:
            raise Fault(_NO_SESSION, "no_session")
        client = self._options.get("client")
        return SessionCore((client or session).cores.looping, session.place)

    def _named(self, name: str) -> tuple[str | None, str]:
        """Return the server and the tool that a public name stands for."""
        if self._options.get("prefixed") and _SEPARATOR in name:
            server, _, tool = name.partition(_SEPARATOR)
            return server, tool
        return self._options.get("server"), name

    def _person(self) -> Person:
        inner = self._inner
        own = None if isinstance(inner, ClientSession) else inner.elicitation_callback
        approver = self._options.get("approver")
        return Person(
            inner if isinstance(inner, ClientSession) else inner.session,
            self._options.get("elicitation_callback") or own,
            None if approver is None else approver.cores.looping,
        )


def _refused(decision: Decision) -> CallToolResult:
    asked = f" {_PENDING}" if decision.effect == "ask" else ""
    return results.refused(f"{decision.for_agent}{asked}", decision)
