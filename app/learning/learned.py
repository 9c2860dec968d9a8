"""What memory has learned, as this gateway has taken it up."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from app.learning.naming import softening_text, text_of
from app.telemetry import Metrics
from memory.induction.evidence import RHO, Side
from memory.induction.rule import Level
from memory.learning.revisions import MemoryFault, MemoryRevisions
from memory.learning.softening import Soften, Softening, Word

STALE: Final = timedelta(days=3)  # rules are made anew once a day at least
log = structlog.get_logger("drawbar.memory")
Content = Mapping[str, Any]


class Learned:
    """Holds each tenant's last good revision. What is held never goes back by itself."""

    def __init__(
        self,
        revisions: MemoryRevisions,
        softening: Softening,
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._revisions = revisions
        self._softening = softening
        self._metrics = metrics
        self._now = now
        self.held: dict[str, Content] = {}
        self.words: Mapping[str, Word] = {}  # what people said of softening, as far as it counts
        self.softening: Mapping[str, str] = {}  # what softens of each tenant, where it may
        self._newest: Mapping[str, int] = {}
        self._refused: dict[str, int] = {}
        self._heard: dict[str, int] = {}  # the number of the last word that was believed
        self._distrusted: set[str] = set()
        self._stood: object = None
        self._began = False

    @property
    def overlays(self) -> Mapping[str, str]:
        """Return what is bound: the overlay of each tenant that has rules."""
        texts = {tenant: text_of(one) for tenant, one in self.held.items() if _can_bind(tenant)}
        return {tenant: text for tenant, text in texts.items() if text is not None}

    async def take(self) -> bool:
        """Take up what is newest and signed; tell whether other rules stand now."""
        self._newest = await self._revisions.numbers()
        for tenant, seq in self._newest.items():
            held = self.held.get(tenant)
            if held is None or seq > held["seq"]:
                await self._take(tenant, seq)
        self.words = self._believed(await self._softening.newest())
        self.softening = dict(self._softened())
        self._began = True
        self._metrics.memory_rules.clear()
        for one in self.held.values():
            for rule in one["told"]["rules"]:
                self._metrics.memory_rules.labels(rule["side"], rule["level"]).inc()
        for side in Side:
            rhos = (one.get("rho", {}).get(side, RHO) for one in self.held.values())
            self._metrics.memory_rho.labels(side).set(min(rhos, default=RHO) / 1000)
        self._metrics.memory_nominations.set(sum(map(_nominated, self.held.values())))
        self._metrics.memory_blast.set(max(map(_stopped, self.held.values()), default=0))
        self._metrics.memory_softening.set(len(self.softening))
        before, self._stood = self._stood, (self.overlays, self.softening)
        return self._stood != before

    def _believed(self, found: Mapping[str, Word | MemoryFault]) -> Mapping[str, Word]:
        """Return the words that count; one that is older than another that was heard does not."""
        words = dict[str, Word]()
        for tenant, one in found.items():
            heard = self._heard.get(tenant, 0)
            if isinstance(one, MemoryFault):
                self._distrust(tenant, str(one))
            elif one.seq < heard:
                self._distrust(tenant, f"word {heard} was heard, and the store has {one.seq}")
            else:
                words[tenant], self._heard[tenant] = one, one.seq
                self._distrusted.discard(tenant)
        return words

    def _distrust(self, tenant: str, why: str) -> None:
        if tenant not in self._distrusted:
            log.error("softening refused", tenant=tenant, detail=why)
        self._distrusted.add(tenant)

    def _softened(self) -> Iterator[tuple[str, str]]:
        """Yield what softens: a person lets it, and the revision is the newest, and is no older."""
        for tenant in self.words:
            if self.why_not(tenant) is None:
                text = softening_text(self.held[tenant])
                if text is not None:
                    yield tenant, text

    def why_not(self, tenant: str) -> str | None:
        """Say why nothing of a tenant's denials is softened; None: what is nominated softens."""
        word, held = self.words.get(tenant), self.held.get(tenant)
        if word is None or word.soften is not Soften.ASK:
            return "it is switched off"
        if held is None:
            return "nothing was learned yet"
        if held["seq"] != self._newest.get(tenant):
            return "the newest revision of memory is not the one that is held"
        if self._now() - datetime.fromisoformat(held["as_of"]) > STALE:
            return "the rules are too old"
        return None if _can_bind(tenant) else "a tenant of this name cannot be bound alone"

    def _count(self, was: Content | None, now: Content) -> None:
        """Count the rules whose levels are others than a moment ago."""
        old, new = levels(was), levels(now)
        moved = sum(old.get(name) != new.get(name) for name in {*old, *new})
        self._metrics.memory_level_changes.labels(_cause(now)).inc(moved)

    async def _take(self, tenant: str, seq: int) -> None:
        """Hold the newest revision of a tenant; where it must not be used, the last good one."""
        found: Content | None
        try:
            found = await self._revisions.newest(tenant)
            self._refused.pop(tenant, None)
        except MemoryFault as error:
            if self._refused.get(tenant) != seq:
                log.error("learned rules refused", tenant=tenant, detail=str(error))  # noqa: TRY400 - one line
            self._refused[tenant] = seq
            found = await self._revisions.last_good(tenant)
        held = self.held.get(tenant)
        if found is not None and (held is None or found["seq"] > held["seq"]):
            self.held[tenant] = found
            if self._began:
                self._count(held, found)


def levels(content: Content | None) -> Mapping[str, str]:
    """Return the level of each rule of a revision."""
    rules = () if content is None else content["told"]["rules"]
    return {str(one.get("id")): one["level"] for one in rules}


def _cause(content: Content) -> str:
    if content.get("restored") is not None:
        return "rollback"
    return "anew" if content.get("before") is None else "refresh"


def _nominated(content: Content) -> int:
    return sum(one["nominated"] for one in content["told"]["soften"])


def _stopped(content: Content) -> float:
    """Return what share of a week's calls the asking rules stop, each counted by itself."""
    rules = (one for one in content["told"]["rules"] if one["side"] == str(Side.DENY))
    return sum(int(one.get("blast", 0)) for one in rules if one["level"] == str(Level.ASK)) / 10_000


def _can_bind(tenant: str) -> bool:
    """Tell whether an entry can name this tenant alone: a glob would name others too."""
    return "*" not in tenant
