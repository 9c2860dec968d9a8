"""Token buckets: so many requests a second, and so many at once."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST: Final = 10_000  # buckets; those of callers that were quiet the longest go first


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second, so many of them at once."""

    rate: float
    burst: float


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Buckets:
    """One bucket for each name. All of them are in memory, and of this gateway alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, name: str, rate: Rate) -> float:
        """Return how long somebody has to wait for the next request; 0 where they need not."""
        bucket = self._filled(name, rate)
        return 0.0 if bucket.left >= 1 else (1 - bucket.left) / rate.rate

    def take(self, name: str, rate: Rate, count: float = 1.0) -> None:
        """Count requests; more than are left are a debt that the next ones wait for."""
        self._filled(name, rate).left -= count

    def _filled(self, name: str, rate: Rate) -> _Bucket:
        now = self._clock()
        bucket = self._held.setdefault(name, _Bucket(rate.burst, now))
        self._held.move_to_end(name)
        if len(self._held) > MOST:
            self._held.popitem(last=False)
        passed = max(0.0, now - bucket.at)
        bucket.left, bucket.at = min(rate.burst, bucket.left + passed * rate.rate), now
        return bucket


def whole_seconds(wait_s: float) -> str:
    """Write how long to wait as `Retry-After` wants it: whole seconds, and never too few."""
    return str(max(1, math.ceil(wait_s)))
