"""What a sidecar heard of who is frozen and what is broken: the newest, also over restarts."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from app.bundles.bundle import Bundle, BundleFault
from app.bundles.interventions import Broken, Frozen, Interventions
from app.bundles.opening import file_content, put_file

FILE: Final = "bundle.heard"
_AGAIN: Final = "remove `bundle.heard` and `bundle.kept` to begin anew"
log = structlog.get_logger("drawbar.bundles")


class Heard:
    """Holds what was heard last, and takes nothing older in its place.

    It counts from bundles that are signed, also where their policies are refused, be it for the
    clock: a freeze must not wait until somebody has mended that. So it has a file of its own.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._kept: Interventions | None = None  # by this process
        self.interventions: Interventions | None = None
        self.told: Callable[[Interventions], None] = lambda _: None

    @property
    def frozen(self) -> Frozen | None:
        """Return who is frozen, where that was heard."""
        return None if self.interventions is None else self.interventions.frozen

    def kept(self) -> bytes | None:
        """Return the bundle that was heard of last before a start."""
        return file_content(self._file) if self._file.exists() else None

    def keep(self, raw: bytes, bundle: Bundle) -> None:
        """Keep a bundle that came, or refuse it: what it says is older than what was heard."""
        self._refuse_older(bundle.interventions)
        if bundle.interventions == self._kept:
            return
        try:
            put_file(self._file, raw)
            self._kept = bundle.interventions
        except BundleFault as error:
            log.error("the bundle cannot be kept", detail=str(error))  # noqa: TRY400 - one line

    def heed(self, interventions: Interventions | None) -> None:
        """Let it hold from now on, unless something newer does."""
        before = self.interventions
        if interventions is None or (before is not None and _is_older(interventions, before)):
            return
        if interventions != before:
            frozen, glass = len(interventions.frozen.ids), len(interventions.broken.glass)
            log.info("freezes and broken glass were heard", frozen=frozen, broken=glass)
        self.interventions = interventions
        self.told(interventions)

    def _refuse_older(self, interventions: Interventions | None) -> None:
        before = self.interventions
        if before is None:
            return
        if interventions is None:
            words = "the bundle does not say who is frozen, and one before it did"
            raise BundleFault(f"{words}; {_AGAIN}")
        if _is_older(interventions, before):
            words = "what the bundle says of freezes or broken glass is older than what was heard"
            raise BundleFault(f"{words}; {_AGAIN}")


def _is_older(one: Interventions, before: Interventions) -> bool:
    return _goes_back(one.frozen, before.frozen) or _goes_back(one.broken, before.broken)


def _goes_back(one: Frozen | Broken, before: Frozen | Broken) -> bool:
    """Tell whether it is no newer, and something else: then nobody knows what came first."""
    return one != before and one.number <= before.number
