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

    def confirm(self, at: datetime, ends: datetime, ago: timedelta = timedelta()) -> None:
        """Note that the policies were the newest at a time that lies `ago` back."""
        self._at, self._ends = at, ends
        self._ticks = self._clock() - ago.total_seconds()

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
