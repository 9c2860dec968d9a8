"""One piece of glass: what somebody asked to break, and what another person confirmed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from dsl.errors import DrawbarError
from memory.publishing.draft import Who
from memory.records.record import canonical

LONGEST_REASON: Final = 500
CONFIRMED_WITHIN: Final = timedelta(minutes=15)
_TIMES: Final = ("asked_at", "until", "confirmed_at")
_PEOPLE: Final = ("asked_by", "confirmed_by")


class GlassFault(DrawbarError):
    """Glass that cannot be broken."""


class NoGlass(GlassFault):
    """No such glass waits, or is broken."""


class NotYours(GlassFault):
    """It takes another person."""


class TooMuchGlass(GlassFault):
    """As much waits, or is broken, as may be at once."""


class State(StrEnum):
    """What became of it. `lapsed`: nobody confirmed in time; `over`: its time came.

    `void` is what no gateway wrote so: it is not heeded.
    """

    ASKED = "asked"
    LAPSED = "lapsed"
    BROKEN = "broken"
    ENDED = "ended"
    OVER = "over"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Glass:
    """Which policy is to judge in place of another, for whom, until when, and who said so.

    `stand_in_digest` is of the policy that takes the place, as it was when somebody asked.
    """

    id: str
    policy: str
    stand_in: str
    stand_in_digest: str
    tenant: str | None
    reason: str
    asked_at: datetime
    until: datetime
    asked_by: Who
    confirmed_at: datetime | None = None
    confirmed_by: Who | None = None

    @property
    def digest(self) -> str:
        """Return the digest of all that was asked: whoever confirms names it."""
        asked = replace(self, confirmed_at=None, confirmed_by=None)
        return f"sha256:{hashlib.sha256(asked.content().encode()).hexdigest()}"

    @property
    def confirm_by(self) -> datetime:
        """Return until when another person may confirm it."""
        return min(self.until, self.asked_at + CONFIRMED_WITHIN)

    def covers(self, tenant: str) -> bool:
        """Tell whether it is broken for a tenant's calls."""
        return self.tenant is None or self.tenant == tenant

    def lasts(self, now: datetime) -> bool:
        """Tell whether it is broken at a moment; a clock that went back is not believed."""
        return self.confirmed_at is not None and self.confirmed_at <= now < self.until

    def content(self) -> str:
        """Write it in one form only, as it is sealed and stored."""
        told = {**asdict(self), **{name: _iso(getattr(self, name)) for name in _TIMES}}
        return canonical({**told, "record": "glass"})


def glass(content: str) -> Glass:
    """Read glass as it was written."""
    told: dict[str, Any] = json.loads(content)
    if told.pop("record") != "glass":
        raise ValueError("it is no glass")
    times = {name: _time(told[name]) for name in _TIMES}
    people = {name: _who(told[name]) for name in _PEOPLE}
    if None in (times["asked_at"], times["until"], people["asked_by"]):
        raise ValueError("nobody asked for it")
    return Glass(**{**told, **times, **people})


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time(told: str | None) -> datetime | None:
    found = None if told is None else datetime.fromisoformat(told)
    if found is not None and found.tzinfo is None:
        raise ValueError("a time has no zone")
    return found


def _who(told: Mapping[str, str] | None) -> Who | None:
    return None if told is None else Who(**told)
