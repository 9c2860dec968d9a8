"""One API key: what is stored of it, how it is made, and made again."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.engine import RowMapping

from dsl.errors import DrawbarError
from memory.ids import new_id
from memory.records.act import Actor, ActRecord, What, act
from memory.scopes import DEFAULT_TENANT, Scope, ScopeError, checked

TENANT: Final = r"[A-Za-z0-9_.-]{1,64}"
MOST_RATE: Final = 1e6


class KeyRotated(DrawbarError):
    """A key that is kept for a while only, and is not rotated again."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as it is stored; the secret itself is not."""

    id: str
    tenant: str
    name: str
    subject: str
    agent: str | None
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None
    roles: tuple[str, ...] = ()
    trusts_not_run: bool = False  # believed when it says that an allowed call never ran
    expires_at: datetime | None = None
    rate: float | None = None  # requests a second; None: as the settings say
    burst: int | None = None
    last_used_at: datetime | None = None  # coarse, and written late
    rotated_at: datetime | None = None  # another has its place, and this one ends soon

    def works(self, now: datetime) -> bool:
        """Tell whether it is in use: neither revoked nor expired."""
        return self.revoked_at is None and not self.expired(now)

    def state(self, now: datetime) -> str:
        """Say in a word whether it is in use."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expired(now) else "active"

    def expired(self, now: datetime) -> bool:
        """Tell whether its time is over."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that is to be made; without a subject it speaks for itself."""

    name: str
    scopes: frozenset[Scope]
    tenant: str = DEFAULT_TENANT
    subject: str | None = None
    agent: str | None = None
    roles: tuple[str, ...] = ()
    trusts_not_run: bool = False
    expires_at: datetime | None = None
    rate: float | None = None
    burst: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A key that was made, and its secret, which is kept nowhere."""

    key: ApiKey
    secret: str = field(repr=False)


def digest(secret: str) -> str:
    """Return what is stored of a secret. It has 256 random bits, so a plain hash will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fresh(new: NewKey, now: datetime) -> tuple[Made, Mapping[str, Any]]:
    """Return a key with a new secret, and its row; refuse one that nobody may hold."""
    _sound(new, now)
    secret = "drw_" + secrets.token_urlsafe(32)
    key_id = new_id("k", now)
    row = {
        "id": key_id,
        "tenant": new.tenant,
        "name": new.name,
        "subject": new.subject or key_id,
        "agent": new.agent,
        "scopes": " ".join(sorted(new.scopes)),
        "digest": digest(secret),
        "created_at": now,
        "revoked_at": None,
        "trusts_not_run": new.trusts_not_run,
        "roles": json.dumps(sorted(set(new.roles))),
        "expires_at": new.expires_at,
        "rate": new.rate,
        "burst": new.burst,
        "last_used_at": None,
        "rotated_at": None,
    }
    return Made(read(row), secret), row


def _sound(new: NewKey, now: datetime) -> None:
    granted = checked(new.scopes, new.tenant)
    if re.fullmatch(TENANT, new.tenant) is None:
        raise ScopeError("a tenant's name has up to 64 letters, digits, `_`, `.` and `-`")
    if new.trusts_not_run and Scope.OBSERVE not in granted:
        raise ScopeError("a key that is trusted for `not_run` needs the scope `observe`")
    if new.expires_at is not None and new.expires_at <= now:
        raise ScopeError("a key cannot expire before it is made")
    if new.rate is not None and not 0 < new.rate <= MOST_RATE:
        raise ScopeError("a rate is a number of requests a second above zero")
    if new.burst is not None and (new.rate is None or not 1 <= new.burst <= MOST_RATE):
        raise ScopeError("a burst is a whole number from 1 on, and needs a rate")


def again(old: ApiKey, now: datetime) -> NewKey:
    """Return what is to be made with the rights of a key, for as long as that was made for.

    A rotated key ends sooner than it was made for, so nobody could tell how long that was.
    """
    if old.rotated_at is not None:
        raise KeyRotated("the key was rotated before; rotate the one that has its place")
    return NewKey(
        name=old.name,
        scopes=old.scopes,
        tenant=old.tenant,
        subject=old.subject,
        agent=old.agent,
        roles=old.roles,
        trusts_not_run=old.trusts_not_run,
        expires_at=None if old.expires_at is None else _later(old.expires_at, now - old.created_at),
        rate=old.rate,
        burst=old.burst,
    )


def _later(ends: datetime, by: timedelta) -> datetime:
    try:
        return ends + by
    except OverflowError:  # it lasts as long as there are years
        return ends


def created(key: ApiKey, by: Actor) -> ActRecord:
    """Return what is kept of a key that is made: all but what it is known by."""
    named: dict[str, Any] = {
        "name": key.name,
        "agent": key.agent,
        "trusts_not_run": key.trusts_not_run,
        "scopes": sorted(key.scopes),
        "roles": list(key.roles),
    }
    if key.expires_at is not None:
        named["expires_at"] = key.expires_at.isoformat()
    if key.rate is not None:
        named["rate"] = f"{key.rate:g}"
    told = {"about": key.id, "subject": key.subject, "details": named}
    return act(What.KEY_CREATED, by, key.created_at, key.tenant, **told)


def read(row: RowMapping | Mapping[str, Any]) -> ApiKey:
    """Return a key as its row tells it."""
    return ApiKey(
        id=row["id"],
        tenant=row["tenant"],
        name=row["name"],
        subject=row["subject"],
        agent=row["agent"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"].split()),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        roles=tuple(json.loads(row["roles"])),
        trusts_not_run=row["trusts_not_run"],
        expires_at=row["expires_at"],
        rate=row["rate"],
        burst=row["burst"],
        last_used_at=row["last_used_at"],
        rotated_at=row["rotated_at"],
    )
