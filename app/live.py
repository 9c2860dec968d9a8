"""The policies in force, and how a changed folder replaces them: wholly or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from watchfiles import awatch

from app import policies
from app.bindings import NAME, refuse_meaningless
from app.policies import EMPTY, PolicySet
from app.revising import NotKept
from app.telemetry import Metrics
from dsl import walk
from dsl.errors import DrawbarError, render
from dsl.functions import registry
from dsl.lint.run import LintReport, run
from dsl.syntax import CallOf
from memory.revisions.revision import named

ABSENT_S: Final = 1.0
DEBOUNCE_MS: Final = 200
LOOK_MS: Final = 3_000
log = structlog.get_logger("drawbar.policies")


class LivePolicies:
    """Holds what is in force; a broken change leaves it as it is.

    `keep` stores the text of policies before they decide; what it refuses is not taken up. `heed`
    looks at policies that were taken up, for what the gateway alone can tell of them.
    """

    def __init__(
        self,
        folder: Path,
        metrics: Metrics,
        heed: Callable[[PolicySet], Awaitable[None]],
        keep: Callable[[PolicySet, int], Awaitable[None]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._heed = heed
        self._keep = keep
        self._turn = asyncio.Lock()
        self.current: PolicySet = EMPTY
        self.refused: str | None = None
        self.unkept: str | None = None  # the digest of what could not be kept
        self.digests: dict[str, str] = {}  # of the revisions that were in force, by name
        self._number = 0
        self._seen: tuple[object, ...] = ()
        self._metrics = metrics

    @property
    def revision(self) -> str | None:
        """Name what is in force."""
        return self.current.revision

    async def reload(self) -> None:
        """Read the folder again, off the event loop, and swap if it is sound."""
        async with self._turn:
            try:
                fresh, report = await asyncio.to_thread(self._read)
                changed = self.revision is None or fresh.digest != self.current.digest
                if changed:
                    await self._kept(fresh)
            except (DrawbarError, OSError, ValueError) as error:
                self._not_taken(error)
                return
            self._sound()
            if changed:
                self._swap(fresh)
                _tell_mistakes(report)
                await self._heed(self.current)

    async def _kept(self, fresh: PolicySet) -> None:
        """Have the text of policies kept; under a new number, unless the attempt before failed."""
        if self.unkept is None or self.unkept != fresh.digest:
            self._number += 1
        self.unkept = fresh.digest
        await self._keep(fresh, self._number)
        self.unkept = None

    def _not_taken(self, error: Exception) -> None:
        if isinstance(error, NotKept):
            self._seen = ()  # so that it is tried again
            self._metrics.faults.labels("none", "revision").inc()
        self._refuse(str(error))

    def _sound(self) -> None:
        self.refused = self.unkept = None
        self._metrics.policy_refused.set(0)

    def _read(self) -> tuple[PolicySet, LintReport]:
        # Before the files: what changes while they are read then counts as not yet seen.
        self._seen = fingerprint(self.folder) if self.folder.is_dir() else ()
        fresh = policies.load([self.folder])
        before = {one.policy: one for one in self.current.bindings}
        first = self.revision is None
        refuse_meaningless(fresh.bindings, None if first else before, self._clock())
        for call in (call for one in fresh.bound for call in walk.nodes(one.policy, CallOf)):
            registry.warm(call.name)
        return fresh, run(fresh.units)

    def _swap(self, fresh: PolicySet) -> None:
        revision = named(self._number, fresh.digest)
        self.digests[revision] = fresh.digest
        self.current = replace(fresh, revision=revision, read=None)
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
        if self.revision is None:
            log.error("policies refused, none is in force, every call is denied", detail=reason)
        else:
            kept = self.revision
            log.error("policies refused, the ones before stay in force", kept=kept, detail=reason)

    async def watch(self, stop: asyncio.Event) -> None:
        """Take changes up until told to stop; a folder that is missing may still appear."""
        while not stop.is_set():
            await self.reload()
            try:
                await self._follow(stop)
            except (DrawbarError, OSError):
                await _pause(stop)  # not there, or not to be watched: look again and again

    async def _follow(self, stop: asyncio.Event) -> None:
        """Look for changes at every event, and every few seconds for those that brought none."""
        events = awatch(
            self.folder,
            stop_event=stop,
            debounce=DEBOUNCE_MS,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
        )
        async with aclosing(events):
            async for _ in events:
                now = await asyncio.to_thread(fingerprint, self.folder)
                replaced = now[:1] != self._seen[:1]
                if now != self._seen:
                    await self.reload()
                if replaced:
                    return  # events would go on coming from the folder that stood there before


def fingerprint(folder: Path) -> tuple[object, ...]:
    """Return what changes when a folder or a file in it does: first of all the folder itself."""
    suffixes = (policies.SUFFIX, policies.TOOLS_SUFFIX)
    files = [
        path
        for path in policies.walk(folder)
        if path.suffix.lower() in suffixes or path.name == NAME
    ]
    stats = [(str(path), path.stat()) for path in files]
    return (
        folder.stat().st_ino,
        *((name, s.st_mtime_ns, s.st_size, s.st_ino) for name, s in stats),
    )


def _tell_mistakes(report: LintReport) -> None:
    """Log what the linter calls an error in a policy that was taken up all the same."""
    for file in report.files:
        for finding in (one for one in file.findings if one.level == "error"):
            detail = render(file.source, finding)
            log.warning("a policy in force has a mistake", code=finding.code, detail=detail)


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), ABSENT_S)
    except TimeoutError:
        return
