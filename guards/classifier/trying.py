"""Tries a guard that runs in this process once, and records what it says."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from guards.classifier.vllm import fixture
from guards.classifier.vllm.canary import compare
from guards.classifier.vllm.verify import kept
from guards.guard import Guard


class Here(Guard, Protocol):
    """A guard that can be made ready, and asked what is known, before anybody verified it."""

    async def load(self) -> None:
        """Make ready whatever is there."""
        ...

    async def canary(self) -> Sequence[float]:
        """Return what it says to the known questions."""
        ...


async def tried(
    guard: Here, server: str, folder: Path, tell: Callable[[str], None]
) -> fixture.Fixture:
    """Ask the known questions twice and record the answers; or raise."""
    try:
        await guard.load()
        canary = await guard.canary()
        for number, one in enumerate(canary, 1):
            tell(f"known question {number} of {len(canary)}: logit {one:+.4f}")
        compare(canary, await guard.canary())
        tell("asked once more, it says the same")
    finally:
        await guard.close()
    at = datetime.now(UTC).isoformat(timespec="seconds")
    told = (guard.model, guard.key.family, guard.prompt, server, at)
    made = fixture.Fixture(*told, (), {}, None, tuple(canary))
    made = await asyncio.to_thread(kept, folder, made)
    fixture.write(folder, made)
    return made
