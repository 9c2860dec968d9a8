"""One call of a guarded function, from the question to what may be shown of its result."""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic
from uuid import uuid4

from drawbar.binding import Bound, Misfit, Shape
from drawbar.blocking import BlockingLine
from drawbar.cores import Cores
from drawbar.current import current_session
from drawbar.decision import Decision
from drawbar.fault import Fault
from drawbar.handing import handing
from drawbar.lines import AnyLine
from drawbar.looping import LoopLine
from drawbar.observed import Observed
from drawbar.place import SessionCore
from drawbar.questions import CallOptions, hold
from drawbar.refusals import Denied, Pending, Withheld
from drawbar.session import AsyncSession, Session

Work = Coroutine[Any, Any, Any]


class Tool:
    """A function as a tool; one that cannot be guarded is a `TypeError` or `ValueError`."""

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None,
        server: str | None,
        wait_s: int,
        to_json: Callable[[Any], Any] | None,
    ) -> None:
        later = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
        if later or inspect.isclass(function) or not callable(function):
            message = "guard a function: a class, or a generator that runs bit by bit, cannot be"
            raise TypeError(message)
        try:
            self.wait_s = hold(wait_s)
        except Fault as fault:
            raise ValueError(fault.what) from None
        self.function = function
        self.shape = Shape(function)
        self.name: str = name or str(getattr(function, "__name__", ""))
        self.server = server
        self.to_json = to_json
        self.is_async = inspect.iscoroutinefunction(function)


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is asked about a guarded function, and in which session."""

    cores: Cores | None
    session: Session | AsyncSession | None

    def blocking(self, session: Session | AsyncSession) -> SessionCore[BlockingLine]:
        """Return a session as a thread asks in it."""
        return SessionCore((self.cores or session.cores).blocking, session.place)

    def looping(self, session: Session | AsyncSession) -> SessionCore[LoopLine]:
        """Return a session as a task asks in it."""
        return SessionCore((self.cores or session.cores).looping, session.place)

    def entered(self, tool: str) -> Session | AsyncSession:
        """Return the session that a call is made in."""
        session = self.session or current_session()
        if session is None:  # without one nobody could judge what comes back
            what = f"no session is current; call `{tool}` inside `with client.session():`"
            raise Denied(Fault(what, "no_session").decision(str(uuid4()), dry_run=False))
        return session


@dataclass(frozen=True, slots=True)
class Where(Generic[AnyLine]):
    """In which session a call is made, how it is asked about, and how a resumed one is run."""

    session: Session | AsyncSession
    asks: SessionCore[AnyLine]
    run: Callable[[Work], Any]  # returns what a coroutine returns, or for a task the coroutine


async def call(
    tool: Tool,
    where: Where[AnyLine],
    args: tuple[Any, ...],
    named: Mapping[str, Any],
) -> Any:
    """Ask about a call, run it if it is allowed, and return what may be shown of its result."""
    call_id = str(uuid4())
    try:
        bound = tool.shape.bind(args, named)
    except Misfit as misfit:
        fault = Fault(f"the call of `{tool.name}` is not valid: {misfit}", "invalid_call")
        raise Denied(fault.decision(call_id, dry_run=False)) from None
    return await _Call(tool, where, bound, call_id).decided(tool.wait_s, None)


@dataclass(frozen=True, slots=True)
class _Call(Generic[AnyLine]):
    tool: Tool
    where: Where[AnyLine]
    bound: Bound
    call_id: str

    @property
    def session(self) -> SessionCore[AnyLine]:
        return self.where.asks

    async def decided(self, wait_s: int, approval: str | None) -> Any:
        options: CallOptions = {
            "call_id": self.call_id,
            "server": self.tool.server,
            "approval": approval,
            "wait_s": wait_s,
            "changed_args": True,
        }
        decision = await self.session.check(self.tool.name, self.bound.args, options)
        if decision.effect == "ask":
            raise Pending(decision, lambda wait_s: self._again(decision, wait_s))
        if not decision.allowed:
            raise Denied(decision)
        places, names = await self._spread(decision)
        # The tool may call other guarded ones, also when it is resumed outside of the session.
        with self.where.session, handing(self.session.place.name, decision.seat_token):
            value = await self._ran(places, names)
        return await self._shown(value)

    def _again(self, decision: Decision, wait_s: int) -> Any:
        handle = decision.approval
        return self.where.run(self.decided(wait_s, None if handle is None else handle.id))

    async def _spread(self, decision: Decision) -> tuple[list[Any], dict[str, Any]]:
        """Return the decided arguments; what the function cannot be called with never runs."""
        try:
            return self.tool.shape.spread(decision.run_with(self.bound.args))
        except Misfit as misfit:
            await self.session.not_run(self.call_id)
            what = f"`{self.tool.name}` cannot run with the changed arguments: {misfit}"
            fault = Fault(what, "unsupported_obligation")
            raise Denied(fault.decision(self.call_id, dry_run=False)) from None

    async def _ran(self, places: list[Any], names: dict[str, Any]) -> Any:
        try:
            value = self.tool.function(*self.bound.receiver, *places, **names)
            return await value if self.tool.is_async else value
        except Exception as error:
            told = _told(error)
            seen = await self.session.result(self.call_id, told, is_error=True)
            if seen.allowed and not seen.is_changed:
                raise
            message = str(seen.shown(told))
        # Outside of the handler: a traceback must not show what is withheld.
        raise Withheld(replace(seen, effect="deny", message=message))

    async def _shown(self, value: Any) -> Any:
        told = self._as_json(value)
        if isinstance(told, Observed):
            raise Withheld(told)
        seen = await self.session.result(self.call_id, told, is_error=False)
        if not seen.allowed:
            raise Withheld(seen)
        return seen.shown(told) if seen.is_changed else value

    def _as_json(self, value: Any) -> Any:
        if self.tool.to_json is None:
            return value
        try:
            return self.tool.to_json(value)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody could judge the result
            kind = type(error).__name__
            what = f"`to_json` failed with {kind} on the result of `{self.tool.name}`"
            return Fault(what, "invalid_call").observed(self.call_id)


def _told(error: Exception) -> str:
    """Say what went wrong, as the agent would be told."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except Exception:  # noqa: BLE001 - an exception that cannot be shown is still one
        return kind
