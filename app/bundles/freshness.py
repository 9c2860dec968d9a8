"""How long policies from a bundle may decide."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from app.bundles.bundle import SKEW


class Freshness:
    """Knows when the policies were last found to be the newest, and when their bundle ends.

    Two clocks must agree: one that is set back, or a machine that slept, makes nothing fresh.
    """

    def __init__(self, limit: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._at: datetime | None = None
        self._ends: datetime | None = None
        self._ticks = 0.0
        self._told: float | None = None

    def confirm(self, at: datetime, ends: datetime) -> None:
        """Note that somebody said right now that the policies are the newest."""
        self.recall(at, ends, timedelta())
        self._told = self._ticks

    def recall(self, at: datetime, ends: datetime, ago: timedelta) -> None:
        """Note that the policies were the newest at a time that lies `ago` back, before a start."""
        self._at, self._ends = at, ends
        self._ticks = self._clock() - ago.total_seconds()

    def silent_s(self) -> float:
        """Return for how long nobody said so to this process; without end before the first time."""
        return float("inf") if self._told is None else self._clock() - self._told

    def age_s(self) -> float:
        """Return for how long nobody said that the policies are the newest."""
        return float("inf") if self._at is None else self._clock() - self._ticks

    def stale(self, now: datetime) -> bool:
        """Tell whether the policies are too old to decide."""
        if self._at is None or self._ends is None or now >= self._ends:
            return True
        age = now - self._at
        limit = self._limit.total_seconds()
        return age > self._limit or age < -SKEW or self.age_s() > limit
