"""Who is frozen, as this gateway knows it: nothing they ask for is let through.

A change is announced to every gateway on the store. Where nothing could be heard for a while, the
store is asked; where it does not answer either, nobody is let through. A sidecar hears beside that
who is frozen at the gateway whose bundles it has.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from app.bundles import interventions
from app.bundles.interventions import Frozen
from dsl.errors import DrawbarError
from dsl.model import Effect, Reason, ReasonCode
from memory.announcing.announce import Topic
from memory.announcing.listening import Announcements
from memory.database import FAULTS
from memory.freezes.store import Freeze, Freezes, Kind, who_is_frozen
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
        self._number = 0
        self._told: Frozen | None = None
        self.carried: Callable[[], Frozen | None] = lambda: None  # frozen elsewhere, and heard of
        self._reading = asyncio.Lock()
        announcements.heed(Topic.FREEZES, self.read)

    def number(self) -> int:
        """Return how many are frozen."""
        carried = self.carried()
        return len(self._frozen or ()) + (0 if carried is None else len(carried.ids))

    async def read(self) -> None:
        """Read again who is frozen; what was read earlier never stands in the place of this."""
        async with self._reading:
            number = await self._announcements.number(Topic.FREEZES)
            found = await self._freezes.all()
            self._frozen = {(one.tenant, one.kind, one.name): one for one in found}
            self._number, self._told = number, None

    def told(self) -> Frozen | None:
        """Return who is frozen as sidecars are told, or None while that is not known."""
        if self._frozen is None or not self._is_known:
            return None
        if self._told is None:
            self._told = interventions.frozen(self._number, self._frozen.values())
        return self._told

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
        carried = self.carried()
        if not frozen and (carried is None or not carried.ids):
            return None
        for kind, name in (
            (Kind.TENANT, owner.tenant),
            (Kind.SUBJECT, owner.subject),
            (Kind.AGENT, owner.agent),
        ):
            if name is None:
                continue
            found = frozen.get((owner.tenant, kind, name))
            named = None if found is None else found.id
            if named is None and carried is not None:
                named = carried.ids.get(interventions.whom(owner.tenant, kind, name))
            if named is not None:
                detail = who_is_frozen(kind, name, named)
                return Reason(ReasonCode.FROZEN, Effect.DENY, detail=detail)
        return None
