"""The policies in force, and how changed ones replace them: wholly or not at all."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog

from app.binding import softening
from app.binding.bindings import refuse_meaningless
from app.deciding.unknowns import Rules, rules_in
from app.policy.apart import mistakes_in
from app.policy.calm import calm, stays
from app.policy.policies import EMPTY, PolicySet
from app.policy.revising import NotKept
from app.sources.source import Fresh, Source
from app.telemetry import Metrics
from dsl import walk
from dsl.engine.evaluating import prepare
from dsl.errors import DrawbarError, Finding
from dsl.functions import registry
from dsl.lint.rule import Unit
from dsl.syntax import CallOf
from memory.database import FAULTS
from memory.faults import cause
from memory.revisions.revision import Texts, named

ABSENT_S: Final = 1.0
LONG: Final = 256 << 10  # characters of policies whose trees take long to be looked through
log = structlog.get_logger("drawbar.policies")


class NotReady(DrawbarError):
    """Policies of which it cannot be worked out what deciding by them needs: a defect of ours."""


class LivePolicies:
    """Holds what is in force; a broken change leaves it as it is.

    `keep` stores the text of policies before they decide; what it refuses is not taken up. `heed`
    looks at policies that were taken up, for what the gateway alone can tell of them. `lints` says
    whether the linter looks at them too.
    """

    def __init__(
        self,
        source: Source,
        metrics: Metrics,
        heed: Callable[[PolicySet], Awaitable[None]],
        keep: Callable[[Fresh, int], Awaitable[None]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._clock = clock
        self.lints = True
        self._heed = heed
        self._keep = keep
        self._turn = asyncio.Lock()
        self.current: PolicySet = EMPTY
        self.refused: str | None = None
        self.unkept: str | None = None  # the digest of what could not be kept
        self.digests: dict[str, str] = {}  # of the revisions that were in force, by name
        self._number = 0
        self._telling: asyncio.Task[None] | None = None
        self._metrics = metrics

    @property
    def revision(self) -> str | None:
        """Name what is in force."""
        return self.current.revision

    async def reload(self) -> None:
        """Read the source again, off the event loop, and swap if it is sound."""
        async with self._turn:
            with calm():
                await self._reload()

    async def _reload(self) -> None:
        try:
            fresh = await self._source.read()
            await asyncio.to_thread(self._refuse_meaningless, fresh.policies)
            changed = self.revision is None or fresh.policies.digest != self.current.digest
            if changed:
                rules = await self._ready(fresh.policies)
                await self._kept(fresh)
        except (DrawbarError, OSError, ValueError) as error:
            self._not_taken(error)
            return
        self._sound()
        if changed:
            self._swap(fresh.policies, rules)
            self._tell(fresh.texts)

    def _tell(self, texts: Texts) -> None:
        """Say what is to be said of what was taken up: beside it, so that nothing waits for it.

        A long policy takes the linter seconds, and the store may not answer: neither holds up what
        is taken up next.
        """
        if self._telling is not None:
            self._telling.cancel()
        self._telling = asyncio.create_task(
            self._told(self.current, texts), name="policies told of"
        )

    async def _told(self, taken: PolicySet, texts: Texts) -> None:
        try:
            with calm():
                await self._heed(taken)
        except (DrawbarError, *FAULTS, TimeoutError) as error:
            self._metrics.faults.labels("none", "heed").inc()
            log.warning("what policies ask for could not be looked at", cause=cause(error))
        if self.lints:
            found = await mistakes_in(texts.files) if _is_long(taken) else None
            with calm():
                await asyncio.to_thread(_tell_mistakes, taken.units, found)

    async def told(self) -> None:
        """Wait until what was taken up last is told of."""
        if self._telling is not None:
            await asyncio.gather(self._telling, return_exceptions=True)

    async def close(self) -> None:
        """Tell of nothing any more."""
        if self._telling is not None:
            self._telling.cancel()
        await self.told()

    async def _kept(self, fresh: Fresh) -> None:
        """Have the text of policies kept; under a new number, unless the attempt before failed."""
        digest = fresh.policies.digest
        if self.unkept is None or self.unkept != digest:
            self._number += 1
        self.unkept = digest
        await self._keep(fresh, self._number)
        self.unkept = None

    def _not_taken(self, error: Exception) -> None:
        if isinstance(error, NotKept):
            self._source.again()
            self._metrics.faults.labels("none", "revision").inc()
        self._refuse(str(error))

    def _sound(self) -> None:
        self.refused = self.unkept = None
        self._metrics.policy_refused.set(0)

    def _refuse_meaningless(self, fresh: PolicySet) -> None:
        """Refuse what cannot be meant where it takes the place of what is in force."""
        before = self.current.bindings
        first = self.revision is None
        refuse_meaningless(fresh.bindings, None if first else before, self._clock())

    async def _ready(self, fresh: PolicySet) -> Rules:
        """Work out what takes long; a defect there refuses the policies, and ends no watch."""
        work = asyncio.to_thread(self._made_ready, fresh)
        (made,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(made, BaseException):
            fault, trace = type(made).__name__, "".join(traceback.format_tb(made.__traceback__))
            log.error("a fault while policies were made ready", fault=fault, trace=trace)
            raise NotReady(f"they cannot be made ready ({fault})") from made
        return made

    def _made_ready(self, fresh: PolicySet) -> Rules:
        """Work out what takes long, so that no call waits for it; return their rules."""
        for call in (call for one in fresh.bound for call in walk.nodes(one.policy, CallOf)):
            registry.warm(call.name)
        fresh.warm()
        deciding = {one.policy.name: one for one in self.current.whole}
        for one in fresh.bound:
            prepare(one, deciding.get(one.policy.name))
        for one in softening.beside(fresh.bound, fresh.bindings):
            prepare(one)
        if _is_long(fresh):
            stays()
        return rules_in(fresh)

    def _swap(self, fresh: PolicySet, rules: Rules) -> None:
        revision = named(self._number, fresh.digest)
        self.digests[revision] = fresh.digest
        self.current = replace(fresh, revision=revision, read=None)
        self._metrics.revision(revision)
        self._metrics.unknowns.bind(rules)
        names = [one.policy.name for one in fresh.bound]
        log.info("policies in force", policies=names, revision=revision)
        if not fresh.decides:
            log.warning("no policy is in force, every call is denied", source=self._source.place)

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
        """Take changes up until told to stop; a source that is missing may still appear."""
        while not stop.is_set():
            await self.reload()
            try:
                async with aclosing(self._source.changes(stop)) as changes:
                    async for _ in changes:
                        await self.reload()
            except (DrawbarError, OSError):
                await _pause(stop)  # not there, or not to be followed: look again and again


def _is_long(policies: PolicySet) -> bool:
    return sum(len(one.source.text) for one in policies.units) >= LONG


def _tell_mistakes(
    units: Sequence[Unit], found: Mapping[str, Sequence[Finding]] | None = None
) -> None:
    """Tell what the linter found, or lint here: off the loop, as it is large to load."""
    from app.policy.mistakes import tell, tell_mistakes  # noqa: PLC0415 - as said

    named = [(one.policy.name, one.source) for one in units if one.policy is not None]
    if found is None or not found.keys() >= {name for name, _ in named}:
        tell_mistakes(units)
        return
    for name, source in named:
        tell(source, found[name])


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), ABSENT_S)
    except TimeoutError:
        return
