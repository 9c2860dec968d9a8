"""Locks addresses out that try wrong keys, for longer each time.

It spares the store: each wrong key is one question to it. A secret has 256 random bits, so nobody
guesses one, however many addresses they have.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST: Final = 10_000  # addresses; those that failed longest ago go first
FORGET_S: Final = 3_600.0  # without a failure; then an address is as good as new
LOCAL: Final = "socket"  # whoever comes by a Unix socket has no address
_NEIGHBOURS: Final = 64  # bits that one owner of IPv6 addresses is known by


@dataclass(slots=True)
class _Failing:
    count: int = 0
    until: float = 0.0
    last: float = 0.0


class LockOut:
    """Who failed how often. In memory, bounded, and of this gateway alone."""

    def __init__(
        self, free: int, longest_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._free = free
        self._longest_s = longest_s
        self._clock = clock
        self._failing: OrderedDict[str, _Failing] = OrderedDict()

    def left_s(self, address: str | None) -> float:
        """Return how long an address is locked out still; 0 where it is not."""
        found = self._failing.get(_owner(address))
        return 0.0 if found is None else max(0.0, found.until - self._clock())

    def failed(self, address: str | None) -> None:
        """Count a failure; from the last free one on each doubles the time."""
        name, now = _owner(address), self._clock()
        found = self._failing.setdefault(name, _Failing(last=now))
        self._failing.move_to_end(name)
        if len(self._failing) > MOST:
            self._failing.popitem(last=False)
        if now - max(found.last, found.until) > FORGET_S:
            found.count = 0
        found.count, found.last = found.count + 1, now
        over = found.count - self._free
        if over >= 0:
            found.until = now + min(self._longest_s, 2.0 ** min(over, 30))


def _owner(address: str | None) -> str:
    """Return whom an address belongs to: of IPv6 one has as many as one likes."""
    if address is None:
        return LOCAL
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(read, ipaddress.IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(ipaddress.ip_network((read, _NEIGHBOURS), strict=False))
    return str(read)
