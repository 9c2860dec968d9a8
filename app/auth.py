"""Who asks: the key behind a request, and what that key may say."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from fastapi import Request
from fastapi.security import HTTPBearer

from app.problems import Problem
from dsl.model import Subject
from memory.database import StoreError
from memory.faults import cause
from memory.keys import ApiKey, Keys, Scope
from memory.records.act import Actor, By

CACHE_S: Final = 2.0
CACHE_KEYS: Final = 10_000
_OVER: Final = float("-inf")
log = structlog.get_logger("drawbar.auth")

# What the short way of a check leaves in the scope of a request that it hands on: whose key it is,
# counted already, and what was raised on the way. No client can put anything there.
KNOWN: Final = "drawbar.caller"
RAISED: Final = "drawbar.raised"

# Only for the API's description: `authenticate` reads the header itself, before the body.
BEARER: Final = HTTPBearer(auto_error=False, description="An API key: `drawbar keys create`.")


class KeyRing:
    """Remembers known keys for a moment, so that not every request asks the store.

    A revoked key works until that is heard of, and at most `CACHE_S` longer. Unknown secrets are
    never remembered.
    """

    def __init__(self, keys: Keys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now
        self._known: OrderedDict[str, tuple[float, ApiKey]] = OrderedDict()
        self._forgotten = 0
        self.used: dict[str, datetime] = {}  # when each key was used last, until that is stored

    async def find(self, secret: str) -> ApiKey | None:
        """Return the key of a secret, unless it is unknown, revoked or expired."""
        return self._used(self._remembered(secret) or await self._asked(secret))

    def remembered(self, secret: str) -> ApiKey | None:
        """Return the key of a secret, if that is known without asking the store."""
        return self._used(self._remembered(secret))

    def _used(self, key: ApiKey | None) -> ApiKey | None:
        if key is None:
            return None
        now = self._now()
        if not key.works(now):
            return None
        self.used[key.id] = now
        return key

    def worked(self, secret: str) -> bool:
        """Tell whether a secret worked here when the store was asked for it last."""
        return secret in self._known

    async def forget(self) -> None:
        """Ask the store anew for every key: some were revoked, or have another end."""
        self._forgotten += 1
        for secret, (_, key) in self._known.items():
            self._known[secret] = (_OVER, key)

    def _remembered(self, secret: str) -> ApiKey | None:
        known = self._known.get(secret)
        return known[1] if known is not None and known[0] > time.monotonic() else None

    async def _asked(self, secret: str) -> ApiKey | None:
        """Ask the store; what changed while it was asked is not remembered."""
        began, forgotten = time.monotonic(), self._forgotten
        key = await self._keys.find(secret)
        if key is None:
            self._known.pop(secret, None)
        else:
            until = began + CACHE_S if forgotten == self._forgotten else _OVER
            self._known[secret] = (until, key)
            self._known.move_to_end(secret)
            if len(self._known) > CACHE_KEYS:
                self._known.popitem(last=False)
        return key


@dataclass(frozen=True, slots=True)
class Caller:
    """The key behind a request."""

    key: ApiKey

    @property
    def actor(self) -> Actor:
        """Return who acts, as records of acts say it."""
        return Actor(By.API_KEY, self.key.id)

    def require(self, scope: Scope) -> None:
        """Refuse what the key may not do."""
        if scope not in self.key.scopes:
            detail = f"this key lacks the scope `{scope}`"
            raise Problem(403, "missing_scope", detail)

    def subject(self, claimed: Subject | None) -> Subject:
        """Return on whose behalf the call is made: the key's subject, or one it may name."""
        if claimed is None:
            return Subject(self.key.subject, self.key.roles)
        self.require(Scope.ASSERT_SUBJECT)
        return claimed

    def agent(self, claimed: str | None) -> str | None:
        """Return the agent: the key's, or one it may name."""
        if claimed is None:
            return self.key.agent
        self.require(Scope.ASSERT_SUBJECT)
        return claimed

    def may_read(self, tenant: str, subject: str | None, key_id: str | None = None) -> bool:
        """Tell whether a record, or a session, is this caller's to read."""
        if tenant != self.key.tenant:
            return False
        mine = key_id == self.key.id or subject == self.key.subject
        return mine or Scope.AUDIT in self.key.scopes


async def authenticate(request: Request, seconds: float | None = None) -> Caller:
    """Return the caller, or refuse with 401; more than one credential is none."""
    known: Caller | None = request.scope.get(KNOWN)
    if known is not None:
        return known
    given = request.headers.getlist("authorization")
    scheme, _, secret = (given[0] if len(given) == 1 else "").partition(" ")
    readable = scheme.lower() == "bearer" and secret
    key = await found_key(request, secret.strip(), seconds) if readable else None
    if key is None:
        detail = "an API key is needed: `Authorization: Bearer drw_...`"
        headers = {"WWW-Authenticate": 'Bearer realm="drawbar"'}
        raise Problem(401, "unauthenticated", detail, headers=headers)
    request.app.state.gateway.limits.admit(key)
    return Caller(key)


async def found_key(request: Request, secret: str, seconds: float | None) -> ApiKey | None:
    """Return the key of a secret, or count a failure of where it came from.

    A secret that worked here before is looked up also for an address that is locked out: who shares
    an address with somebody that guesses goes on working.
    """
    gateway = request.app.state.gateway
    if not gateway.ring.worked(secret):
        gateway.limits.check_address(request)
    key = await _find(request, secret, seconds)
    if key is None:
        gateway.limits.failed(request)
    return key


def _why(error: BaseException) -> str:
    return "time-out" if isinstance(error, TimeoutError) else cause(error)


async def _find(request: Request, secret: str, seconds: float | None) -> ApiKey | None:
    """Look a key up; where the store cannot be asked, nobody comes in."""
    gateway = request.app.state.gateway
    try:
        async with asyncio.timeout(seconds):
            found: ApiKey | None = await gateway.ring.find(secret)
    except (StoreError, TimeoutError) as error:
        gateway.metrics.faults.labels("none", "authenticate").inc()
        log.warning("a key could not be looked up", cause=_why(error))
        raise Problem(503, "unavailable", "the key cannot be checked right now") from error
    return found
