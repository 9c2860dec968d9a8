"""Puts the parts of one gateway together, opens them in order and closes them in reverse."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from app.approvals.approving import Approving
from app.auth import KeyRing
from app.background import background
from app.binding.bindings import EDGE_NAMES
from app.binding.edge_cannot import CODE, edge_cannot
from app.binding.lots import Lots
from app.binding.reminding import Reminding
from app.binding.whom import Whom
from app.bundles.interventions import Interventions
from app.bundles.offering import offering
from app.checkpointing import Anchor, Checkpointing
from app.data_folder import alone, digest_key, owned_folder
from app.deciding.canary import Canaries
from app.deciding.freezing import Freezing
from app.deciding.glass import BrokenGlass, HeededGlass
from app.deciding.repeating import Repeats
from app.evidence.keeper import Keeper
from app.evidence.masker import Masker
from app.evidence.sweeping import Sweeping
from app.facts.facts import Facts
from app.facts.unmet import unmet
from app.guarding.guarding import Guards
from app.guarding.unmet import unmet as unskilled
from app.limits.limits import Limits
from app.login.login import Login
from app.places import open_database, session_store
from app.policy.kept_trees import KeptTrees
from app.policy.live import LivePolicies
from app.policy.policies import PolicySet
from app.policy.revising import Keeping
from app.publishing.desk import Desk, trusted
from app.sending.handing_on import handing_on
from app.sending.notices import Notices
from app.sending.sender import Sender
from app.settings import Settings
from app.sidecar.shipping import shipped
from app.sidecar.source import bundle_source, hears_lately
from app.sources.bundle import BundleSource
from app.sources.chosen import chosen, hear
from app.sources.source import Fresh, Source
from app.telemetry import Metrics
from app.tracing.tracing import Tracing, tracing
from app.ui.sitting import Sittings
from app.using import Using
from app.version import VERSION
from dsl.errors import render
from memory.announcing.announce import Topic
from memory.announcing.listening import Announcements
from memory.approvals.binding import Binder
from memory.approvals.store import Approvals
from memory.database import Database
from memory.evidence.evidence import Evidence
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.faults import cause
from memory.feedback.store import Feedback
from memory.freezes.store import Freezes
from memory.glass.store import Glasses
from memory.idempotency.answers import Answers
from memory.keys import DEFAULT_TENANT, Keys
from memory.outbox.outbox import Outbox
from memory.people import People
from memory.records.checkpoints import Checkpoints
from memory.records.log import RecordLog
from memory.records.record import Recorder
from memory.records.signer import Signer, file_signer
from memory.records.store import Records
from memory.revisions.store import Keeper as RevisionKeeper
from memory.revisions.store import Revisions
from memory.sealing import Sealer, SealError, derived
from memory.seats.token import SeatTokens
from memory.seats.uses import forget
from memory.sessions.joining import Names
from memory.sessions.opening import open_sessions
from memory.sessions.sealed import SealedByVault
from memory.sessions.sessions import Sessions
from memory.shipping.receiving import Receiving

if TYPE_CHECKING:
    from app.learning.learning import Learning
    from app.learning.source import LearnedSource

log = structlog.get_logger("drawbar.gateway")


class Gateway:
    """All that a running gateway holds."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] | None = None) -> None:
        self.settings = settings
        self.now = now or (lambda: datetime.now(UTC))
        self.metrics = Metrics()
        self.facts = Facts(settings.facts, settings.read_only, self.metrics)
        self.guards = Guards(settings.guards, self.metrics)
        self._trees = KeptTrees()
        self.bundles = self._bundles(settings)
        source = self.bundles or chosen(settings, lambda: self.desk.published, self._trees)
        self._source = source
        self.learning: Learning | None = None
        self.written: LearnedSource | None = None
        if settings.memory.learn:
            source = self._learns(source)
        self.live = LivePolicies(source, self.metrics, self._heed, self._keep, self._clock)
        self.live.lints = self.bundles is None  # a bundle is looked at where it is made
        if self.bundles is not None:
            self.bundles.in_force = lambda: self.live.current.digest if self.live.revision else None
        lasts = timedelta(seconds=settings.bundle_s)
        self.offering = offering(settings.bundle_key, lasts, self._clock, self._interventions)
        self.limits = Limits(settings.limits, self.metrics)
        self.canaries = Canaries()
        self.tracing: Tracing | None = None
        self.reminding = Reminding(lambda: self.live.current, self.metrics, self._clock)
        self.repeats = Repeats()
        self._watcher: asyncio.Task[None] | None = None
        self._opened: AsyncExitStack | None = None

    async def open(self) -> None:
        """Open store and sources, read the policies, start log and watch; once is enough."""
        if self._opened is not None:
            return
        async with AsyncExitStack() as opening:
            folder = owned_folder(self.settings.data)
            secret = digest_key(folder)
            self._trees.open(folder, secret)
            self.database = await self._store(opening, folder)
            self.announcements = Announcements(self.database, _unheard)
            self.tracing = await opening.enter_async_context(tracing(self.settings.otel))
            self.metrics.changes_unheard.set_function(self.announcements.silent_s)
            vault = Vault(self.database, FileMaster(secret), now=self.now)
            self.vault = vault
            self._people(opening, vault, secret)
            await self._open_sessions(opening, vault)
            await self._recording(opening, vault, folder, secret)
            await self._telling(opening, secret)
            opening.push_async_callback((await self.facts.open()).aclose)
            await opening.enter_async_context(self.guards.running())
            if self.bundles is not None:
                opening.push_async_callback(self.bundles.close)
            await self._intervening(opening)
            await self._learn(folder, secret)
            opening.push_async_callback(self.live.close)
            await self.live.reload()
            await opening.enter_async_context(self.reminding.running())
            await self.announcements.look()
            self.using = Using(self.keys, self.ring.used)
            await opening.enter_async_context(background(self.using.run, "use of keys"))
            hearing = background(self.announcements.listen, "announcements")
            await opening.enter_async_context(hearing)
            if self.learning is not None:
                for work in (self.learning.hear, self.learning.run):
                    await opening.enter_async_context(background(work, "memory"))
            opening.push_async_callback(self._start_watch())
            self._trees.apart = True  # from now on there are requests to be answered
            self._opened = opening.pop_all()

    def _bundles(self, settings: Settings) -> BundleSource | None:
        """Return where a sidecar's policies come from."""
        if settings.sidecar is None:
            return None
        data, trees = settings.data, self._trees
        return bundle_source(settings.sidecar, data, self.metrics, self._clock, trees)

    async def _store(self, opening: AsyncExitStack, folder: Path) -> Database:
        """Open the database; an embedded one for this gateway alone."""
        database = open_database(self.settings)
        if not database.shared:
            opening.enter_context(alone(folder))
        opening.push_async_callback(database.close)
        await database.migrate()
        return database

    def _people(self, opening: AsyncExitStack, vault: Vault, secret: bytes) -> None:
        """Know who may ask, and whom to ask."""
        self.keys = Keys(self.database, self._clock)
        self.ring = KeyRing(self.keys, self._clock)
        self.announcements.heed(Topic.KEYS, self.ring.forget)
        self.answers = Answers(self.database, secret)
        self.freezes = Freezes(self.database)
        self.freezing = Freezing(self.freezes, self.announcements)
        self.glasses = Glasses(self.database, secret)
        self.glass = self._broken_glass()
        self.sittings = Sittings(secret)
        self.people = People(self.database)
        settings = self.settings
        self.login = Login(settings.login, settings.public_url, self.keys, self.people, secret)
        self.carried_root = derived(secret, "mcp request state: root")  # of what clients carry
        self.session_names = Names(secret)
        self.seats = SeatTokens(secret)
        self.lots = Lots(secret)
        self.feedback = Feedback(self.database, vault)
        approvals, binder = Approvals(self.database, vault), Binder(secret)
        self.approving = Approving(approvals, binder, self.settings, self.metrics, self._clock)
        opening.push_async_callback(self.approving.holds.close)

    def _broken_glass(self) -> HeededGlass:
        """Know what is broken: from the store, and at a sidecar from its bundles."""
        bundles, settings = self.bundles, self.settings.sidecar
        if bundles is None or settings is None:
            return BrokenGlass(self.glasses, self.announcements, self._clock)
        glass = HeededGlass(lambda: hears_lately(settings, bundles.freshness), self._clock)
        bundles.heard.told = lambda told: glass.take(told.broken.glass)
        self.freezing.carried = lambda: bundles.heard.frozen
        return glass

    async def _intervening(self, opening: AsyncExitStack) -> None:
        """Know who is frozen and what is broken, before anything is decided."""
        if self.offering is not None:
            await self.announcements.begin(Topic.FREEZES, Topic.GLASS)
        await self.freezing.read()
        self.metrics.frozen.set_function(self.freezing.number)
        await self.glass.read()
        self.metrics.break_glass.set_function(self.glass.number)
        await opening.enter_async_context(self.glass.running(self.notices, self.log.name))

    def _interventions(self) -> Interventions | None:
        """Return what sidecars are told beside policies; None: this gateway does not know it."""
        frozen, broken = self.freezing.told(), self.glass.told()
        return None if frozen is None or broken is None else Interventions(frozen, broken)

    async def _open_sessions(self, opening: AsyncExitStack, vault: Vault) -> None:
        """Open the sessions; they let go of what somebody erases."""
        sealed = SealedByVault(vault)
        store = await open_sessions(self.database, session_store(self.settings), sealed)
        opening.push_async_callback(store.close)
        idle = timedelta(seconds=self.settings.session_idle_s)
        self.sessions = Sessions(store, sealed, idle)
        vault.heeding.append(self.sessions.forget)
        if not await self.sessions.readable():
            log.error("what happened in sessions cannot be read with this digest.key")

    async def _recording(
        self, opening: AsyncExitStack, vault: Vault, folder: Path, secret: bytes
    ) -> None:
        """Start the log, between what looks after evidence and checkpoints."""
        settings, database = self.settings, self.database
        self.records = Records(database)
        self.recorder = Recorder(secret, f"drawbar/{VERSION}", self.live.digests)
        at_once = settings.audit == "async"
        self.log = RecordLog(
            database, settings.record_queue, self.recorder.engine, at_once=at_once, lost=self._lost
        )
        self.metrics.queue.set_function(lambda: self.log.depth)
        await opening.enter_async_context(await self._evidence(database, vault))
        signer = file_signer(folder)
        await opening.enter_async_context(self._checkpoints(database, signer))
        self.revisions = Revisions(database)
        keeper = RevisionKeeper(database, signer, self.log.name)
        self._keeping = Keeping(keeper, self._clock)
        self.receiving = Receiving(database, signer)
        keys = trusted(settings.policy_keys, folder)
        self.desk = Desk(database, signer, self.log.name, keys)
        hear(self._source, self.announcements)
        self.log.start()
        opening.push_async_callback(self.log.stop)

    async def _telling(self, opening: AsyncExitStack, secret: bytes) -> None:
        """Start to send: messages that rules require, and records to whoever collects them."""
        outbox, targets = Outbox(self.database, Sealer(secret, "outbox")), self.settings.notify
        told = (self.settings.approvals_notify, self.settings.glass_notify)
        self.notices = Notices(outbox, targets, *told)
        self.sender = Sender(outbox, self.log, targets, self.metrics, self.now)
        await opening.enter_async_context(self.sender.running())
        siem = handing_on(self.settings.siem, self.database, self.metrics, self.now)
        await opening.enter_async_context(siem)
        sidecar = self.settings.sidecar
        if sidecar is not None and sidecar.ships:
            ship = shipped(sidecar, self.database, self.log, self.metrics)
            await opening.enter_async_context(ship)

    async def _learn(self, folder: Path, secret: bytes) -> None:
        """Take up what was learned, where the gateway learns."""
        if not self.settings.memory.learn:
            return
        from app.learning.learning import Learning  # noqa: PLC0415 - most learn nothing

        self.learning = Learning(self, file_signer(folder), secret)
        self.announcements.heed(Topic.POLICIES, self.learning.told)
        await self.learning.take()

    def _learns(self, source: Source) -> Source:
        """Return a source of policies to which memory adds its overlays."""
        from app.learning.source import LearnedSource  # noqa: PLC0415 - most learn nothing

        def overlays() -> Mapping[str, str]:
            return {} if self.learning is None else self.learning.learned.overlays

        def softening() -> Mapping[str, str]:
            return {} if self.learning is None else self.learning.learned.softening

        self.written = LearnedSource(source, overlays, self.metrics, softening)
        return self.written

    async def _evidence(
        self, database: Database, vault: Vault
    ) -> AbstractAsyncContextManager[None]:
        """Return what looks after the evidence while it is entered."""
        evidence = Evidence(database, vault, self.settings.evidence.keep)
        self.keeper = Keeper(vault, evidence, Masker(self.settings.masking))
        try:
            await vault.key(DEFAULT_TENANT)
        except SealError:
            log.error("what is sealed cannot be opened with this digest.key")  # noqa: TRY400 - as said
        housework = Sweeping(evidence, vault, self.metrics, self.now, self._sweep)
        return housework.running(self.settings.evidence.sweep_s)

    async def _sweep(self, now: datetime) -> None:
        await forget(self.database, now)
        await self.answers.sweep(now)

    def _lost(self, names: Sequence[str]) -> None:
        """Tell of decisions that were answered and whose records can never be stored."""
        self.metrics.faults.labels("none", "record").inc(len(names))
        log.error("records were answered and are lost", records=list(names))

    def _checkpoints(self, database: Database, signer: Signer) -> AbstractAsyncContextManager[None]:
        """Return what makes checkpoints of the log while it is entered."""
        settings = self.settings
        anchor = Anchor(settings.checkpoint_anchor) if settings.checkpoint_anchor else None
        made = Checkpoints(database, signer)
        return Checkpointing(made, self.log, anchor, self.now).running(settings.checkpoint_s)

    def whom(self, edge: str, tenant: str, agent: str | None, session: str | None) -> Whom:
        """Return who calls, as bindings ask of it."""
        environment, lot = self.settings.environment, self.lots.of(tenant, session)
        return Whom(edge, tenant, agent, environment, lot)

    def policies_for(self, whom: Whom, now: datetime) -> PolicySet:
        """Return the policies that judge a call now, also where glass is broken."""
        current = self.live.current
        return current.under(self.glass.broken(current, whom.tenant, now)).at(whom)

    def _clock(self) -> datetime:
        return self.now()

    async def _keep(self, fresh: Fresh, number: int) -> None:
        """Keep the text of policies that are to decide."""
        await self._keeping.keep(fresh.texts, fresh.policies.digest, number)
        if self.offering is not None:
            self.offering.take(fresh)

    async def _heed(self, fresh: PolicySet) -> None:
        """Tell of rules that nothing can answer here: of facts, of words, of results."""
        self.metrics.evaluations.bind(fresh, self.settings.environment)
        self.reminding.remind()
        await asyncio.to_thread(self._tell_unmet, fresh)
        await self.heed_keys()
        await asyncio.to_thread(self._trees.keep, fresh.units)

    def _tell_unmet(self, fresh: PolicySet) -> None:
        for source, finding in unmet(fresh.units, self.facts.takes):
            log.warning("a fact cannot be looked up", detail=render(source, finding))
        for source, finding in unskilled(fresh.units, self.guards.askers):
            log.warning("a guard cannot answer", code=finding.code, detail=render(source, finding))

    async def heed_keys(self) -> None:
        """Tell of rules that no key in use can answer; without any key nobody can ask either."""
        scopes = await self.keys.scopes()
        units = self.live.current.units if scopes else ()
        found = await asyncio.to_thread(lambda: [*edge_cannot(units, scopes, self._bound_at)])
        self.metrics.edge_cannot.set(len(found))
        for source, finding in found:
            log.warning("a rule cannot be answered", code=CODE, detail=render(source, finding))

    def _bound_at(self, policy: str) -> Sequence[str]:
        """Name the edges at which a policy may judge here."""
        entries = self.live.current.entries_for(policy)
        here = self.settings.environment
        return [edge for edge in EDGE_NAMES if any(one.here(edge, here) for one in entries)]

    def _start_watch(self) -> Callable[[], Awaitable[None]]:
        """Start to watch the policies; return how to stop it."""
        stop = asyncio.Event()
        watcher = asyncio.create_task(self.live.watch(stop), name="policy watch")
        watcher.add_done_callback(self._watch_ended)
        self._watcher = watcher

        async def end() -> None:
            stop.set()
            await asyncio.gather(watcher, return_exceptions=True)

        return end

    @property
    def watches(self) -> bool:
        """Tell whether changed policies are taken up."""
        return self._watcher is not None and not self._watcher.done()

    def _watch_ended(self, watcher: "asyncio.Task[None]") -> None:
        if not watcher.cancelled() and (error := watcher.exception()) is not None:
            self.metrics.faults.labels("none", "watch").inc()
            log.error("policy changes are no longer taken up", cause=cause(error))

    async def close(self) -> None:
        """Store what waits, then let go of everything."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()


def _unheard(cause: str) -> None:
    log.warning("what other gateways announce cannot be heard", cause=cause)
