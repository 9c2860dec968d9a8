"""The revision in force as a signed bundle: made once, and sent to whoever asks."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.bundles.bundle import Bundle, BundleFault, Stamp
from app.bundles.interventions import Interventions
from app.bundles.making import number_of, signed, signing_key
from app.sources.source import Fresh

ANEW: Final = 4  # times within its life a bundle is issued anew, so that nobody's runs out
log = structlog.get_logger("drawbar.bundles")


@dataclass(frozen=True, slots=True)
class Offer:
    """A bundle as it is sent."""

    raw: bytes
    etag: str
    interventions: Interventions
    anew_at: datetime


class Offering:
    """Has the bundle of what is in force; its number is the time at which that was taken up.

    So later policies have a greater number, also after a restart, and also where they are earlier
    ones again. `interventions` says who is frozen and what is broken; None while that is unclear.
    """

    def __init__(
        self,
        key: Ed25519PrivateKey,
        lasts: timedelta,
        now: Callable[[], datetime],
        interventions: Callable[[], Interventions | None],
    ) -> None:
        self._key = key
        self._lasts = lasts
        self._now = now
        self._interventions = interventions
        self._turn = asyncio.Lock()
        self._bundle: Bundle | None = None
        self._number = 0
        self._offer: Offer | None = None

    def take(self, fresh: Fresh) -> None:
        """Offer other policies from now on; where there are none, nothing."""
        made = Bundle(fresh.policies.digest, fresh.texts)
        self._bundle = made if fresh.policies.decides else None
        self._number = max(self._number + 1, number_of(self._now()))
        self._offer = None

    async def offer(self) -> Offer | None:
        """Return the bundle, or nothing while there is none.

        Nor is there one while nobody can say who is frozen: it would be believed to be the newest.
        """
        if (made := self._made_already()) is not None:
            return made
        async with self._turn:
            return self._made_already() or await self._made()

    def _made_already(self) -> Offer | None:
        """Return what was signed, if it is so still."""
        made = self._offer
        if (
            made is None
            or self._now() >= made.anew_at
            or made.interventions != self._interventions()
        ):
            return None
        return made

    async def _made(self) -> Offer | None:
        """Sign what is in force."""
        bundle, number, now = self._bundle, self._number, self._now()
        interventions = self._interventions()
        if bundle is None or interventions is None:
            return None
        whole = replace(bundle, interventions=interventions)
        stamp = Stamp(number, now, now + self._lasts)
        try:
            raw = await asyncio.to_thread(signed, whole, self._key, stamp)
        except BundleFault as fault:
            log.error("no bundle can be made", detail=str(fault))  # noqa: TRY400 - one line
            return None
        etag = f'"{hashlib.sha256(raw).hexdigest()[:40]}"'
        made = Offer(raw, etag, interventions, now + self._lasts / ANEW)
        if bundle is self._bundle:
            self._offer = made
        return made


def offering(
    key: Path | None,
    lasts: timedelta,
    now: Callable[[], datetime],
    interventions: Callable[[], Interventions | None],
) -> Offering | None:
    """Return what offers bundles, where there is a file with a key to sign them."""
    return None if key is None else Offering(signing_key(key), lasts, now, interventions)


def is_known(offer: Offer, if_none_match: str | None) -> bool:
    """Tell whether whoever asks has this bundle already."""
    if if_none_match is None:
        return False
    named = (one.strip().removeprefix("W/") for one in if_none_match.split(","))
    return any(one in {offer.etag, "*"} for one in named)
