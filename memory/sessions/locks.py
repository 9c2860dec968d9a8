"""Who decides next: one at a time for a session, a subject, an agent or a tenant."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
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

    @asynccontextmanager
    async def hold(self, names: Iterable[str]) -> AsyncIterator[None]:
        """Hold several locks; taken in one order, so that two never wait for each other."""
        async with AsyncExitStack() as held:
            for name in sorted(set(names)):
                await held.enter_async_context(self._one(name))
            yield

    @asynccontextmanager
    async def _one(self, name: str) -> AsyncIterator[None]:
        lock, waiting = self._held.get(name, (asyncio.Lock(), 0))
        self._held[name] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            left = self._held[name][1] - 1
            self._held[name] = (lock, left)
            if not left:
                del self._held[name]


async def hold_in_store(connection: AsyncConnection, names: Iterable[str]) -> None:
    """Hold locks among all gateways on a PostgreSQL until the transaction ends."""
    for name in sorted(set(names)):
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        await connection.execute(_HOLD, {"idle": str(IDLE_MS), "number": number})
