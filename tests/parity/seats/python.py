"""The Python client and `@guard`, blocking and for asyncio."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

from drawbar import (
    AsyncClient,
    AsyncSession,
    Client,
    Decision,
    Denied,
    Observed,
    Pending,
    Session,
    Withheld,
    guard,
)
from tests.parity.call import Call
from tests.parity.loops import PATIENCE_S
from tests.parity.seat import Told, Tools
from tests.parity.world import BANK, World

VALUES = frozenset(("digits",))
OPTIONS = frozenset(("dry_run", "context", "facts", "approval"))


class Sdk:
    """`session.check`, then the tool, then `session.result`."""

    name = "sdk"
    can = VALUES | OPTIONS | {"key"}

    def __init__(self, world: World, key: str | None = None) -> None:
        self.decides = world.outer
        self.client = Client(world.url, key or world.outer.key, timeout=PATIENCE_S)
        self._tools = Tools()
        self.ran = self._tools.ran

    def send(self, call: Call, session: str) -> Told:
        return self._sent(self.client.session(session), call, uuid4().hex, None)

    def _sent(self, session: Session, call: Call, name: str, approval: str | None) -> Told:
        options: Any = {"approval": approval, **call.options}
        decision = session.check(
            call.tool, call.values, call_id=name, server=BANK, changed_args=True, **options
        )
        if not decision.allowed:
            return refused(decision, partial(self._sent, session, call, name))
        value, failed = self._tools.tried(call.tool, decision.run_with(call.values))
        return shown(decision, session.result(name, value, failed), value)

    def close(self) -> None:
        self.client.close()


class AsyncSdk:
    """The same, awaited."""

    name = "sdk-asyncio"
    can = VALUES | OPTIONS | {"key"}

    def __init__(self, world: World, key: str | None = None) -> None:
        self.decides = world.outer
        self._loop = world.loop
        self.client = self._loop.hold(
            AsyncClient(world.url, key or world.outer.key, timeout=PATIENCE_S)
        )
        self._tools = Tools()
        self.ran = self._tools.ran

    def send(self, call: Call, session: str) -> Told:
        return self._sent(self.client.session(session), call, uuid4().hex, None)

    def _sent(self, session: AsyncSession, call: Call, name: str, approval: str | None) -> Told:
        return self._loop.run(self._made(session, call, name, approval))

    async def _made(
        self, session: AsyncSession, call: Call, name: str, approval: str | None
    ) -> Told:
        options: Any = {"approval": approval, **call.options}
        decision = await session.check(
            call.tool, call.values, call_id=name, server=BANK, changed_args=True, **options
        )
        if not decision.allowed:
            return refused(decision, partial(self._sent, session, call, name))
        value, failed = self._tools.tried(call.tool, decision.run_with(call.values))
        return shown(decision, await session.result(name, value, failed), value)


class Guard(Sdk):
    """A function with `@guard` on it."""

    name = "guard"
    can = VALUES | {"key"}

    def send(self, call: Call, session: str) -> Told:
        def tool(**args: Any) -> Any:
            return self._tools.run(call.tool, args)

        guarded = guard(name=call.tool, server=BANK, session=self.client.session(session))(tool)
        return self._tried(lambda: guarded(**call.values))

    def _tried(self, run: Callable[[], Any]) -> Told:
        try:
            return Told("allow", value=run())
        except (Denied, Pending, Withheld) as no:
            return unwilling(no, self._tried)


class AsyncGuard(AsyncSdk):
    """An async function with `@guard` on it."""

    name = "guard-asyncio"
    can = VALUES | {"key"}

    def send(self, call: Call, session: str) -> Told:
        async def tool(**args: Any) -> Any:
            return self._tools.run(call.tool, args)

        guarded = guard(name=call.tool, server=BANK, session=self.client.session(session))(tool)
        return self._tried(lambda: guarded(**call.values))

    def _tried(self, run: Callable[[], Awaitable[Any]]) -> Told:
        async def waited() -> Any:
            return await run()

        try:
            return Told("allow", value=self._loop.run(waited()))
        except (Denied, Pending, Withheld) as no:
            return unwilling(no, self._tried)


def unwilling(no: Denied | Pending | Withheld, tries: Callable[[Callable[[], Any]], Told]) -> Told:
    """Return what an exception of a guarded function says."""
    if isinstance(no, Withheld):
        return Told("deny", no.observed.reason, no.observed.message)
    if isinstance(no, Pending):
        return refused(no.decision, lambda _: tries(no.resume))
    return refused(no.decision, None)


def refused(decision: Decision, again: Callable[[str], Told] | None) -> Told:
    approval = None if decision.approval is None else decision.approval.id
    comes_back = None if approval is None or again is None else partial(again, approval)
    return Told(
        decision.effect, decision.reason, decision.message, approval=approval, again=comes_back
    )


def shown(decision: Decision, seen: Observed, value: Any) -> Told:
    if not seen.allowed:
        return Told("deny", seen.reason, seen.message)
    return Told(
        "allow", decision.reason, decision.message, seen.shown(value), token=decision.seat_token
    )
