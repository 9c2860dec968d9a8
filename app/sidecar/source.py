"""Where a sidecar's policies come from."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from app.bundles.carrying import Carrier, Fetched, Mounted
from app.bundles.freshness import Freshness
from app.deciding.freezing import UNHEARD_S
from app.policy.policies import Trees
from app.sidecar.settings import SidecarSettings
from app.sources.bundle import KEPT, BundleSource, Terms
from app.telemetry import Metrics
from memory.records.signer import public_key

LOOKS: Final = 4  # between which the gateway must have been heard, for its broken glass to count


def bundle_source(
    settings: SidecarSettings,
    data: Path,
    metrics: Metrics,
    now: Callable[[], datetime],
    trees: Trees | None = None,
) -> BundleSource:
    """Return what looks for bundles; a key that cannot be read is said at once."""
    trusted = [public_key(one) for one in settings.trust]
    freshness = Freshness(timedelta(seconds=settings.stale_s))
    metrics.bundle_age.set_function(freshness.age_s)
    terms = Terms(trusted, data / KEPT, settings.poll_s, trees)
    return BundleSource(
        _carrier(settings), terms, freshness, lambda came: metrics.bundles.labels(came).inc(), now
    )


def hears_lately(settings: SidecarSettings, freshness: Freshness) -> bool:
    """Tell whether the gateway said lately that the bundle is the newest, with what is broken.

    A file and a web server say nothing of the sort: they may lie there as somebody left them.
    """
    told = settings.bundle is None and settings.bundle_url is None
    return told and freshness.silent_s() < max(UNHEARD_S, LOOKS * settings.poll_s)


def _carrier(settings: SidecarSettings) -> Carrier:
    if settings.bundle is not None:
        return Mounted(settings.bundle)
    key = settings.key if settings.bundle_url is None else None
    return Fetched(settings.address, key, settings.ca)
