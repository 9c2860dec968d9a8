"""Refuses requests that are too many, and addresses that tried too many wrong keys."""

from collections.abc import Iterator
from typing import Final

from fastapi import Request

from app.limits.buckets import Buckets, Rate, whole_seconds
from app.limits.lockout import LockOut
from app.limits.settings import SECONDS, LimitSettings
from app.problems import Problem
from app.telemetry import Metrics
from memory.keys import ApiKey, NewKey

TOO_MANY: Final = 429


class Limits:
    """What one gateway knows of how much was sent to it, and from where."""

    def __init__(self, settings: LimitSettings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._buckets = Buckets()
        self._lockout = LockOut(settings.failures, settings.lockout_max_s)

    def admit(self, key: ApiKey) -> None:
        """Count a request of a key, or refuse it: then it counts for nothing."""
        rates = list(self._rates(key))
        for name, rate in rates:
            wait_s = self._buckets.wait_s(name, rate)
            if wait_s > 0:
                detail = f"this key may send {rate.rate:g} requests a second; wait and send again"
                if name.startswith("tenant"):
                    detail = "the keys of this tenant send too much together; wait and send again"
                raise self._refused("rate_limited", detail, wait_s)
        for name, rate in rates:
            self._buckets.take(name, rate)

    def more(self, key: ApiKey, count: int) -> None:
        """Count what a request holds beside itself; the next ones wait for it."""
        for name, rate in self._rates(key):
            self._buckets.take(name, rate, count)

    def rate_of(self, key: ApiKey | NewKey) -> Rate | None:
        """Return what a key may send, as it or the settings say; None: as much as it likes."""
        if key.rate is not None:
            return _rate(key.rate, key.burst)
        settings = self._settings
        return None if settings.rate is None else _rate(settings.rate, settings.burst)

    def check_address(self, request: Request) -> None:
        """Refuse who is locked out."""
        left_s = self._lockout.left_s(_address(request))
        if left_s > 0:
            detail = "too many wrong keys came from this address; wait and send again"
            raise self._refused("locked_out", detail, left_s)

    def failed(self, request: Request) -> None:
        """Count a wrong key from an address."""
        self._lockout.failed(_address(request))

    def _refused(self, code: str, detail: str, wait_s: float) -> Problem:
        self._metrics.refused.labels(code).inc()
        return Problem(TOO_MANY, code, detail, headers={"Retry-After": whole_seconds(wait_s)})

    def _rates(self, key: ApiKey) -> Iterator[tuple[str, Rate]]:
        """Return the buckets that a request of a key is counted in: its own, and its tenant's."""
        own = self.rate_of(key)
        if own is not None:
            yield f"key {key.id}", own
        together = self._settings.tenants.get(key.tenant)
        if together is not None:
            yield f"tenant {key.tenant}", _rate(together.rate, together.burst)


def _rate(rate: float, burst: int | None) -> Rate:
    return Rate(rate, float(burst or max(1.0, rate * SECONDS)))


def _address(request: Request) -> str | None:
    """Return where a request comes from; proxies that the settings name said so before."""
    return None if request.client is None else request.client.host
