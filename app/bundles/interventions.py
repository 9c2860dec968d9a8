"""Who is frozen and which glass is broken, as a gateway tells its sidecars in a bundle.

Both have a number that only grows with each change and is the same at every gateway of a store, so
a bundle that lacks a freeze is known to be older. Of names there are digests: a sidecar must find
its own callers among those who are frozen, and has no need to learn of others.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from memory.freezes.store import Freeze, Kind
from memory.glass.glass import Glass
from memory.publishing.draft import Who
from memory.records.record import canonical

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ID: Final = re.compile(r"[a-z]{3}_[0-9A-Z]{26}")
_NUMBERS: Final = range(2**53)
_NOT_TOLD: Final = Who("?", "?")  # who asked for glass, and who confirmed it


@dataclass(frozen=True, slots=True)
class Frozen:
    """Who is frozen: names of freezes, each by the digest of whom it freezes."""

    number: int
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Broken:
    """Which glass is broken, sorted by its name."""

    number: int
    glass: tuple[Glass, ...]


@dataclass(frozen=True, slots=True)
class Interventions:
    """What people did that holds beside the policies, until they undo it or its time comes."""

    frozen: Frozen
    broken: Broken

    def told(self) -> dict[str, Any]:
        """Return it as a bundle has it: of glass neither the reason nor the people."""
        frozen, broken = self.frozen, self.broken
        return {
            "frozen": {"number": frozen.number, "ids": dict(frozen.ids)},
            "broken": {"number": broken.number, "glass": [_told(one) for one in broken.glass]},
        }


class ToldGlass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of glass as a bundle has it."""

    id: str
    policy: str
    stand_in: str
    stand_in_digest: str
    tenant: str | None
    confirmed_at: str
    until: str


class ToldBroken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is broken as a bundle has it."""

    number: int
    glass: list[ToldGlass]


class ToldFrozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is frozen as a bundle has it."""

    number: int
    ids: dict[str, str]


def whom(tenant: str, kind: Kind, name: str) -> str:
    """Return the digest by which somebody is found who may be frozen."""
    told = canonical({"tenant": tenant, "kind": str(kind), "name": name})
    return hashlib.sha256(f"drawbar frozen 1\n{told}".encode()).hexdigest()


def frozen(number: int, freezes: Iterable[Freeze]) -> Frozen:
    """Return who is frozen, as sidecars are told."""
    return Frozen(number, {whom(one.tenant, one.kind, one.name): one.id for one in freezes})


def broken(number: int, glass: Iterable[Glass]) -> Broken:
    """Return what is broken, as sidecars are told."""
    return Broken(number, tuple(sorted(glass, key=lambda one: one.id)))


def read(frozen: ToldFrozen, broken: ToldBroken) -> Interventions:
    """Return the interventions of a bundle; raises `ValueError` where anything is not clear."""
    if frozen.number not in _NUMBERS or broken.number not in _NUMBERS:
        raise ValueError("a number that counts nothing")
    names = [*frozen.ids.values(), *(one.id for one in broken.glass)]
    if not all(map(_DIGEST.fullmatch, frozen.ids)) or not all(map(_ID.fullmatch, names)):
        raise ValueError("no name of a freeze or of glass")
    glass = tuple(_glass(one) for one in broken.glass)
    return Interventions(Frozen(frozen.number, frozen.ids), Broken(broken.number, glass))


def _glass(told: ToldGlass) -> Glass:
    """Return glass of which nothing is known that was before it was confirmed."""
    at = instant(told.confirmed_at)
    return Glass(
        id=told.id,
        policy=told.policy,
        stand_in=told.stand_in,
        stand_in_digest=told.stand_in_digest,
        tenant=told.tenant,
        reason="",
        asked_at=at,
        until=instant(told.until),
        asked_by=_NOT_TOLD,
        confirmed_at=at,
        confirmed_by=_NOT_TOLD,
    )


def _told(one: Glass) -> dict[str, Any]:
    names = ("id", "policy", "stand_in", "stand_in_digest", "tenant")
    told: dict[str, Any] = {name: getattr(one, name) for name in names}
    confirmed = one.confirmed_at or one.until  # never the latter: what is broken was confirmed
    return {**told, "confirmed_at": confirmed.isoformat(), "until": one.until.isoformat()}


def instant(written: str) -> datetime:
    """Read a time as bundles have it."""
    read = datetime.fromisoformat(written)
    if read.tzinfo is None:
        raise ValueError("a time without a zone")
    return read
