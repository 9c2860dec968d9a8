"""The policies in force, and how a changed folder replaces them: wholly or not at all."""

import asyncio
from pathlib import Path
from typing import Final

import structlog
from watchfiles import awatch

from app import policies
from app.policies import EMPTY, PolicySet
from app.telemetry import Metrics
from dsl.errors import DrawbarError

ABSENT_S: Final = 1.0
DEBOUNCE_MS: Final = 200
log = structlog.get_logger("drawbar.policies")


class LivePolicies:
    """Holds what is in force; a broken change leaves it as it is."""

    def __init__(self, folder: Path, metrics: Metrics) -> None:
        self.folder = folder
        self.current: PolicySet = EMPTY
        self.revision: str | None = None
        self.refused: str | None = None
        self._number = 0
        self._metrics = metrics

    async def reload(self) -> None:
        """Read the folder again, off the event loop, and swap if it is sound."""
        try:
            fresh = await asyncio.to_thread(self._read)
        except DrawbarError as error:
            self._refuse(str(error))
            return
        self.refused = None
        self._metrics.policy_refused.set(0)
        if self.revision is None or fresh.digest != self.current.digest:
            self._swap(fresh)

    def _read(self) -> PolicySet:
        return policies.load([self.folder])

    def _swap(self, fresh: PolicySet) -> None:
        self._number += 1
        revision = f"{self._number}:{fresh.digest[:19]}"
        self.current, self.revision = fresh, revision
        self._metrics.revision(revision)
        names = [one.policy.name for one in fresh.bound]
        log.info("policies in force", policies=names, revision=revision)
        if not fresh.decides:
            log.warning("no policy is in force, every call is denied", folder=str(self.folder))

    def _refuse(self, reason: str) -> None:
        if reason == self.refused:
            return
        self.refused = reason
        self._metrics.policy_refused.set(1)
        kept = self.revision or "none"
        log.error("policies refused, the ones before stay in force", kept=kept, detail=reason)

    async def watch(self, stop: asyncio.Event) -> None:
        """Take changes up until told to stop; a folder that is missing may still appear."""
        while not stop.is_set():
            await self.reload()
            if self.folder.is_dir():
                async for _ in awatch(self.folder, stop_event=stop, debounce=DEBOUNCE_MS):
                    await self.reload()
            else:
                await _pause(stop)


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), ABSENT_S)
    except TimeoutError:
        return
