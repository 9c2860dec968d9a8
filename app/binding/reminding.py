"""Keeps saying that a policy only observes: what is open by intent must not be forgotten."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import structlog

from app.background import Stop, background
from app.binding.bindings import shown
from app.policy.policies import PolicySet
from app.telemetry import Metrics

EVERY_S: Final = 3600.0
log = structlog.get_logger("drawbar.policies")


class Reminding:
    """Says at each load, and once an hour, which policies in force refuse nothing yet."""

    def __init__(
        self,
        current: Callable[[], PolicySet],
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._current = current
        self._metrics = metrics
        self._now = now
        self._told: set[tuple[str, datetime]] = set()

    def observing(self) -> Mapping[str, datetime]:
        """Return the policies in force that only observe, each with its end."""
        return self._current().observing(self._now())

    def remind(self) -> None:
        """Say it in the log and in the metrics; once, also that an end has come."""
        found = self.observing()
        self._metrics.observe_until.clear()
        for name, until in found.items():
            self._metrics.observe_until.labels(name).set(until.timestamp())
            log.warning(
                "a policy only observes, it refuses nothing", policy=name, until=shown(until)
            )
        for one in self._current().bindings:
            if one.observe_until is not None and one.policy not in found:
                self._ended(one.policy, one.observe_until)

    def _ended(self, policy: str, until: datetime) -> None:
        """Say once that an end has come: it may have been written wrongly."""
        if (policy, until) not in self._told:
            self._told.add((policy, until))
            log.warning("a policy enforces, its end is over", policy=policy, since=shown(until))

    @asynccontextmanager
    async def running(self, every_s: float = EVERY_S) -> AsyncIterator[None]:
        """Remind until the end."""

        async def again(stop: Stop) -> None:
            while not stop.is_set():
                await stop.within(every_s)
                if not stop.is_set():
                    self.remind()

        async with background(again, "reminding"):
            yield
