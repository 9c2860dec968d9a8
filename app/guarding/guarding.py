"""All guards of one gateway: made, checked beside requests, and asked decision by decision."""

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

import structlog

from app.background import Stop, background
from app.config_file import SettingsError
from app.facts import headers
from app.guarding.asked import Scores
from app.guarding.settings import AnyGuard, EncoderSettings, GuardSettings, OwnSettings
from app.telemetry import Metrics
from guards.asking import Asker, Heard
from guards.classifier.embedded.guard import NAME, Embedded
from guards.guard import Guard
from guards.judgement import Judgement
from guards.skill.manifest import FILE, NotASkill, read
from memory.sessions.sessions import Turn

LOOK_S: Final = 1.0  # how often a guard that failed is looked at
CHECK_S: Final = 300.0  # how often one that is well is asked what is known
log = structlog.get_logger("drawbar.guards")


class Guards:
    """Opens the guards, checks them again and again, and gives each decision its own view."""

    def __init__(self, settings: Mapping[str, AnyGuard], metrics: Metrics) -> None:
        self._metrics = metrics
        self.askers = {name: self._made(name, one) for name, one in settings.items()}

    def _made(self, name: str, one: AnyGuard) -> Asker:
        where = f"guards.{name}"
        if name == NAME:  # records tell by it what code decided
            raise SettingsError(f"`{where}` is a name of our own: give the guard another one")
        guard = _guard(where, one)
        try:
            skill = read(one.folder / FILE)
        except NotASkill as error:
            raise SettingsError(f"`{where}.folder`: {error}") from error
        return self.asker(Asker(name, guard, skill, longest_s=one.timeout_ms / 1000))

    def asker(self, asker: Asker) -> Asker:
        """Listen to what comes of asking a guard."""
        asker.heard = Heard(self._noted, _tell_fault)
        return asker

    def asked(self, turn: Turn) -> Scores:
        """Return the scores of one decision."""
        return Scores(self.askers, turn)

    def count(self, scores: Scores) -> None:
        """Count what code found in one decision; it takes no time that is worth to be told."""
        for one in scores.found:
            self._metrics.judgements.labels(NAME, one.form, _outcome(one)).inc()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Check the guards while it is entered; a gateway starts also while one is away."""
        async with AsyncExitStack() as opened:
            for one in self.askers.values():
                opened.push_async_callback(one.close)
            if self.askers:
                await opened.enter_async_context(background(self._watch, "guards"))
            yield

    async def _watch(self, stop: Stop) -> None:
        """Check each guard in its own time: one that hangs keeps no other waiting."""
        watching = [self._watch_one(stop, name, one) for name, one in self.askers.items()]
        await asyncio.gather(*watching)

    async def _watch_one(self, stop: Stop, name: str, one: Asker) -> None:
        """Check a guard at the start and then at its time, until told to stop."""
        due_at = time.monotonic()
        while not stop.is_set():
            now = time.monotonic()
            if one.breaker.is_due or (not one.breaker.is_open and now >= due_at):
                due_at = now + CHECK_S
                await self._check(name, one)
            await stop.within(LOOK_S)

    async def _check(self, name: str, one: Asker) -> None:
        was = one.is_well
        await one.check()
        self._metrics.guard_up.labels(name).set(one.is_well)
        if one.is_well and not was:
            log.info("a guard answers as it was verified", guard=name)
        elif was and not one.is_well:
            log.warning("a guard is not believed any more", guard=name, cause=one.unwell)
        elif not one.is_well:
            log.warning("a guard cannot be asked", guard=name, cause=one.unwell)

    def _noted(self, name: str, judgement: Judgement) -> None:
        self._metrics.judgements.labels(name, judgement.form, _outcome(judgement)).inc()
        self._metrics.judgement_seconds.labels(name).observe(judgement.ms / 1000)


def _outcome(judgement: Judgement) -> str:
    return str(judgement.cause or "score")


def _guard(where: str, one: AnyGuard) -> Guard:
    match one:
        case GuardSettings():
            return _served(where, one)
        case EncoderSettings():
            return _encoder(where, one)
        case OwnSettings():
            return _own(where, one)
        case _:
            return _head(where, one.folder)


def _encoder(where: str, one: EncoderSettings) -> Guard:
    """Look at the start whether an encoder is there; it is loaded when it is checked."""
    folder = import_module("guards.classifier.encoder.folder")
    try:
        guard: Guard = import_module("guards.classifier.encoder.made").made(one.weights, one.folder)
    except folder.NotAnEncoder as error:
        raise SettingsError(f"`{where}.weights`: {error}") from error
    return guard


def _served(where: str, one: GuardSettings) -> Guard:
    made = import_module("guards.classifier.vllm.made").made  # loads an HTTP client
    guard: Guard = made(
        one.url, one.model, one.family, one.folder, lambda: headers.read(where, one.headers)
    )
    if one.batch_ms:
        guard.together(one.batch_ms / 1000)  # type: ignore[attr-defined]  # a served one can
    return guard


def _own(where: str, one: OwnSettings) -> Guard:
    """Load code of somebody else: a gateway whose settings name some that is not there does not."""
    own = import_module("guards.classifier.own")
    try:
        guard: Guard = own.made(one.entry, one.folder)
    except own.NotAGuard as error:
        raise SettingsError(f"`{where}.entry`: {error}") from error
    return guard


def _head(where: str, folder: Path) -> Guard:
    """Read a head at the start: a gateway whose settings name one that is not there does not."""
    head = import_module("guards.classifier.embedded.off_task.head")
    try:
        return Embedded({head.LABEL: head.read(folder)})
    except head.NotAHead as error:
        raise SettingsError(f"`{where}.folder`: {error}") from error


def _tell_fault(name: str, error: Exception) -> None:
    """Say where it happened and not in which words: those may be those of a call."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("a fault in a guard", guard=name, fault=type(error).__name__, trace=where)
