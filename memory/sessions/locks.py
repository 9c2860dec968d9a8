"""Who decides next: one at a time for a session, a subject, an agent or a tenant."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# A gateway that stands still in its turn, or is cut off, keeps the others waiting no longer.
IDLE_MS: Final = 60_000
_HOLD: Final = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :idle, true),"
    " pg_advisory_xact_lock(:number)"
)


class Locks:
    """Locks by name within one process; one that nobody waits for is forgotten."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[asyncio.Lock, int]] = {}

    def hold(self, names: Iterable[str]) -> "_Hold":
        """Hold several locks; taken in one order, so that two never wait for each other."""
        return _Hold(self, sorted(set(names)))

    async def take(self, name: str) -> None:
        """Wait for one lock."""
        lock, wanted = self._held.get(name) or (asyncio.Lock(), 0)
        self._held[name] = (lock, wanted + 1)
        had = False
        try:
            had = await lock.acquire()
        finally:
            if not had:
                self._want_no_more(name)

    def let(self, name: str) -> None:
        """Let go of one."""
        self._held[name][0].release()
        self._want_no_more(name)

    def _want_no_more(self, name: str) -> None:
        lock, wanted = self._held[name]
        if wanted > 1:
            self._held[name] = (lock, wanted - 1)
        else:
            del self._held[name]


class _Hold:
    """Some locks, held while it is entered."""

    def __init__(self, locks: Locks, names: Sequence[str]) -> None:
        self._locks = locks
        self._names = names
        self._taken: list[str] = []

    async def __aenter__(self) -> None:
        whole = False
        try:
            for name in self._names:
                await self._locks.take(name)
                self._taken.append(name)
            whole = True
        finally:
            if not whole:
                self._let()

    async def __aexit__(self, *_error: object) -> None:
        self._let()

    def _let(self) -> None:
        while self._taken:
            self._locks.let(self._taken.pop())


async def hold_in_store(connection: AsyncConnection, names: Iterable[str]) -> None:
    """Hold locks among all gateways on a PostgreSQL until the transaction ends."""
    for name in sorted(set(names)):
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        await connection.execute(_HOLD, {"idle": str(IDLE_MS), "number": number})
