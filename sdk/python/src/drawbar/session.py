"""Sessions: what the user said, what came back, and the calls in between."""

from collections.abc import Mapping
from typing import Any, Self, Unpack

from drawbar.blocking import at_once
from drawbar.cores import Cores
from drawbar.current import enter, leave
from drawbar.decision import Decision
from drawbar.observed import Observed
from drawbar.place import Place, SessionCore
from drawbar.questions import CallOptions


class _Named:
    """What does not ask the gateway."""

    def __init__(self, cores: Cores, place: Place) -> None:
        self.cores = cores
        self.place = place

    @property
    def id(self) -> str:
        """Return its name, as the gateway knows it."""
        return self.place.name

    @property
    def subject(self) -> str | None:
        """Return on whose behalf it acts, if the client said so."""
        return self.place.subject

    @property
    def agent(self) -> str | None:
        """Return which agent acts, if the client said so."""
        return self.place.agent


class Session(_Named):
    """A session of a gateway; nothing here raises for a fault on the way.

    `with session:` makes it the one that guarded functions run in.
    """

    def __init__(self, cores: Cores, place: Place) -> None:
        super().__init__(cores, place)
        self._core = SessionCore(cores.blocking, place)

    def check(self, tool: str, args: Mapping[str, Any], **options: Unpack[CallOptions]) -> Decision:
        """Ask whether the tool may run; whatever goes wrong on the way is a deny."""
        return at_once(self._core.check(tool, args, options))

    def user(self, text: str) -> Observed:
        """Tell what the user said, before the agent acts on it."""
        return at_once(self._core.user(text))

    def result(self, call_id: str, value: Any, is_error: bool = False) -> Observed:  # noqa: FBT001, FBT002 - a member of the event
        """Tell what a call gave back; show the agent `observed.shown(value)` only."""
        return at_once(self._core.result(call_id, value, is_error=is_error))

    def reply(self, text: str) -> Observed:
        """Tell what the agent is about to write; show the person `observed.shown(text)` only."""
        return at_once(self._core.reply(text))

    def not_run(self, call_id: str) -> Observed:
        """Tell that a call that was allowed never ran."""
        return at_once(self._core.not_run(call_id))

    def overlay(self, rules: str) -> Observed:
        """Add `ask` and `deny` rules to this session; without an allow nothing more may run."""
        return at_once(self._core.overlay(rules))

    def open(self) -> Observed:
        """Open it now; else its first question or event does."""
        return at_once(self._core.open())

    def __enter__(self) -> Self:
        enter(self)
        return self

    def __exit__(self, *_: object) -> None:
        leave()


class AsyncSession(_Named):
    """A session of a gateway, for asyncio; nothing here raises for a fault on the way.

    `with session:` (or `async with`) makes it the one that guarded functions run in.
    """

    def __init__(self, cores: Cores, place: Place) -> None:
        super().__init__(cores, place)
        self._core = SessionCore(cores.looping, place)

    async def check(
        self, tool: str, args: Mapping[str, Any], **options: Unpack[CallOptions]
    ) -> Decision:
        """Ask whether the tool may run; whatever goes wrong on the way is a deny."""
        return await self._core.check(tool, args, options)

    async def user(self, text: str) -> Observed:
        """Tell what the user said, before the agent acts on it."""
        return await self._core.user(text)

    async def result(self, call_id: str, value: Any, is_error: bool = False) -> Observed:  # noqa: FBT001, FBT002 - a member of the event
        """Tell what a call gave back; show the agent `observed.shown(value)` only."""
        return await self._core.result(call_id, value, is_error=is_error)

    async def reply(self, text: str) -> Observed:
        """Tell what the agent is about to write; show the person `observed.shown(text)` only."""
        return await self._core.reply(text)

    async def not_run(self, call_id: str) -> Observed:
        """Tell that a call that was allowed never ran."""
        return await self._core.not_run(call_id)

    async def overlay(self, rules: str) -> Observed:
        """Add `ask` and `deny` rules to this session; without an allow nothing more may run."""
        return await self._core.overlay(rules)

    async def open(self) -> Observed:
        """Open it now; else its first question or event does."""
        return await self._core.open()

    def __enter__(self) -> Self:
        enter(self)
        return self

    def __exit__(self, *_: object) -> None:
        leave()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        leave()
