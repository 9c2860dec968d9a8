"""Who is frozen, as this gateway knows it: nothing they ask for is let through.

A change is announced to every gateway on the store. Where nothing could be heard for a while, the
store is asked; where it does not answer either, nobody is let through.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from dsl.errors import DrawbarError
from dsl.model import Effect, Reason, ReasonCode
from memory.announcing.announce import Topic
from memory.announcing.listening import Announcements
from memory.database import FAULTS
from memory.freezes.store import Freeze, Freezes, Kind
from memory.sessions.session import Owner

UNHEARD_S: Final = 10.0
_UNKNOWN: Final = Reason(
    ReasonCode.FAULT, Effect.DENY, detail="the store does not say who is frozen"
)
_Key = tuple[str, Kind, str]


class Freezing:
    """Knows who is frozen."""

    def __init__(self, freezes: Freezes, announcements: Announcements) -> None:
        self._freezes = freezes
        self._announcements = announcements
        self._frozen: Mapping[_Key, Freeze] | None = None
        self._reading = asyncio.Lock()
        announcements.heed(Topic.FREEZES, self.read)

    def number(self) -> int:
        """Return how many are frozen."""
        return len(self._frozen or ())

    async def read(self) -> None:
        """Read again who is frozen; what was read earlier never stands in the place of this."""
        async with self._reading:
            found = await self._freezes.all()
            self._frozen = {(one.tenant, one.kind, one.name): one for one in found}

    async def sure(self, seconds: float) -> None:
        """Ask the store where nothing was heard for long; `why` knows whether it answered."""
        if self._is_known:
            return
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._announcements.look()
        except (*FAULTS, TimeoutError, DrawbarError):
            return

    @property
    def _is_known(self) -> bool:
        return self._frozen is not None and self._announcements.silent_s() < UNHEARD_S

    def why(self, owner: Owner) -> Reason | None:
        """Say why whoever calls gets nothing, or None: they are not frozen, and that is known."""
        frozen = self._frozen
        if frozen is None or not self._is_known:
            return _UNKNOWN
        if not frozen:
            return None
        for kind, name in (
            (Kind.TENANT, owner.tenant),
            (Kind.SUBJECT, owner.subject),
            (Kind.AGENT, owner.agent),
        ):
            found = None if name is None else frozen.get((owner.tenant, kind, name))
            if found is not None:
                return Reason(ReasonCode.FROZEN, Effect.DENY, detail=found.said)
        return None
