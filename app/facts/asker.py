"""Keeps a source harmless: a time limit, so many at once, and whatever it raises is unknown."""

import asyncio
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog

from app.config_file import SettingsError
from app.facts.settings import FactSettings
from app.facts.source import FactSource, NoFact, Outcome, inside
from app.telemetry import Metrics
from dsl import strictjson
from dsl.model import Cause
from dsl.types import Unknown

log = structlog.get_logger("drawbar.facts")
# The source is well, and has no value all the same.
_HEALTHY: Final = (Outcome.FOUND, Outcome.NOT_THERE, Outcome.ARGUMENTS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one look-up, how long it took, and how much the value is in characters."""

    outcome: Outcome
    seconds: float
    value: Any = None
    size: int = 0

    @property
    def cause(self) -> Cause | None:
        """Return why there is no value, if there is none."""
        if self.outcome in (Outcome.FOUND, Outcome.KEPT):
            return None
        return Cause.TIMEOUT if self.outcome is Outcome.TIMEOUT else Cause.NO_FACT

    def told(self, within: float, shown: str) -> Any | Unknown:
        """Return the value to who would wait so long for it and no longer."""
        cause = self.cause
        if cause is None and self.seconds > within:
            cause = Cause.TIMEOUT
        return self.value if cause is None else Unknown(cause, shown)


class Asker:
    """Asks one source. It never raises, and its log holds no argument, value, address or secret."""

    def __init__(
        self, name: str, source: FactSource, settings: FactSettings, metrics: Metrics
    ) -> None:
        self.name = name
        self.source = source
        self.from_request = settings.from_request
        self._metrics = metrics
        self._limit = settings.timeout_ms / 1000
        self._steps = settings.steps
        self._null = settings.missing == "null"
        self._turns = asyncio.Semaphore(settings.max_concurrent)
        self._well = True

    async def ask(self, args: Mapping[str, Any], seconds: float) -> Answer:
        """Return what the source says within so many seconds; the wait for a turn counts."""
        began, size = time.monotonic(), 0
        try:
            async with asyncio.timeout(min(seconds, self._limit)), self._turns:
                value = inside(await self.source.fetch(args), self._steps)
            outcome, size = Outcome.FOUND, len(strictjson.canonical(value))
        except NoFact as error:
            value, outcome = None, error.outcome
        except TimeoutError:
            value, outcome = None, Outcome.TIMEOUT
        except Exception as error:  # noqa: BLE001 - a source may fail in any way; the fact is unknown
            value, outcome = None, Outcome.FAULT
            _tell_fault(self.name, error)
        took = time.monotonic() - began
        self._metrics.fact_seconds.labels(self.name).observe(took)
        self._noted(outcome)
        return self._nulled(Answer(outcome, took, value, size))

    def count(self, outcome: Outcome) -> None:
        """Count one look-up."""
        self._metrics.facts.labels(self.name, outcome).inc()

    def _nulled(self, answer: Answer) -> Answer:
        """Take what is not there as null, where the settings say so."""
        absent = self._null and answer.outcome is Outcome.NOT_THERE
        return replace(answer, outcome=Outcome.FOUND) if absent else answer

    def _noted(self, outcome: Outcome) -> None:
        """Count it; tell once when the source begins to fail, and once when that is over."""
        self.count(outcome)
        well = outcome in _HEALTHY
        if well and not self._well:
            log.info("a source of facts answers again", source=self.name)
        elif not well and self._well:
            log.warning("a source of facts fails", source=self.name, outcome=outcome)
        self._well = well


def _tell_fault(name: str, error: Exception) -> None:
    """Say where it happened and not in which words: those may hold a value or a secret.

    Our own words about settings hold neither.
    """
    ours = isinstance(error, SettingsError)
    where = str(error) if ours else "".join(traceback.format_tb(error.__traceback__))
    kind = type(error).__name__
    log.error("a fault in a source of facts", source=name, kind=kind, detail=where)
