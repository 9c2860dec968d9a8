"""What every source of policies does."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from app.policy.policies import PolicySet
from memory.revisions.revision import Texts


@dataclass(frozen=True, slots=True)
class Fresh:
    """Policies as they were just read, and word by word what they were read from."""

    policies: PolicySet
    texts: Texts


class Source(Protocol):
    """Where policies come from. What cannot be read raises, and what was before stays in force."""

    @property
    def place(self) -> str:
        """Name it for people."""
        ...

    async def read(self) -> Fresh:
        """Return what it has now."""
        ...

    def changes(self, stop: asyncio.Event) -> AsyncGenerator[None]:
        """Yield whenever it should be read again; it ends, or raises, where it must begin anew."""
        ...

    def again(self) -> None:
        """Count what was read last as a change: it was not taken up, and may be next time."""
        ...
