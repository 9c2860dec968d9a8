"""The sealed `requestState`: what a client carries for us between a question and its answer.

The official SDK has such a seal (`mcp.server.request_state`). It belongs to the SDK's own server,
and answers a state that does not open with an error. Here such a state counts as absent: the call
is decided anew, so that it can do no more than a call without one.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.edges.mcp.judge import Asked
from dsl import strictjson
from memory.sealing import derived

LASTS: Final = timedelta(minutes=15)
LONGEST: Final = 64 << 10  # characters that are looked at
_SKEW: Final = timedelta(minutes=1)  # between the clocks of gateways
_NONCE: Final = 12
_KEY: Final = 32
_FORM: Final = "1."


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client carries.

    `approval` names what people were asked, by a form or otherwise; what *that* is bound to is kept
    with it, in the store. `upstream` is the state of the server behind us, which only this call may
    take back to it, `asked` the names that server gave its own questions, and `answers` what people
    answered to them, while somebody else must still approve the call.
    """

    approval: str | None = None
    form: bool = False
    upstream: str | None = None
    asked: tuple[str, ...] = ()
    answers: str | None = None


class _Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sealed: `call` stands for whose call it is and what exactly is called."""

    call: str
    expires: float
    carried: Carried


@dataclass(frozen=True, slots=True)
class Bound:
    """Whose call a state belongs to, and which call that is."""

    gateway: str
    principal: tuple[str | None, ...]
    method: str
    name: str
    args: Mapping[str, Any]

    @property
    def written(self) -> bytes:
        """Write all of it in one way only."""
        whole = {
            "gateway": self.gateway,
            "principal": list(self.principal),
            "method": self.method,
            "name": self.name,
            "args": dict(self.args),
        }
        return strictjson.canonical(whole).encode()


def bound_to(gateway: str, principal: str, asked: Asked) -> Bound:
    """Return what the state of a call is bound to."""
    name = f"{asked.server}/{asked.tool}"
    return Bound(gateway, (principal,), "call", name, asked.args)


class RequestStates:
    """Seals and opens states. All gateways with the same root open each other's.

    The key changes every day (UTC). A state lives a quarter of an hour at most, so besides today's
    key only the one of just before, or just after, midnight is ever tried.
    """

    def __init__(self, root: Callable[[], bytes], now: Callable[[], datetime]) -> None:
        self._root = root  # a gateway has it once it is open
        self._now = now

    def seal(self, bound: Bound, carried: Carried, until: datetime | None = None) -> str:
        """Return a text that only we can read, for this call alone and for a while."""
        now = self._now()
        expires = min(now + LASTS, until or now + LASTS)
        state = _Sealed(self._call(bound), expires.timestamp(), carried)
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher(now).encrypt(nonce, msgspec.json.encode(state), _FORM.encode())
        return _FORM + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, text: object, bound: Bound) -> Carried | None:
        """Return what was sealed, or nothing where it is forged, over, or of another call.

        Which of these it was is told to nobody.
        """
        sealed = _bytes(text)
        state = None if sealed is None else self._opened(sealed)
        if state is None or not hmac.compare_digest(state.call, self._call(bound)):
            return None
        return state.carried if self._now().timestamp() < state.expires else None

    def _opened(self, sealed: bytes) -> _Sealed | None:
        now = self._now()
        for moment in {one.date(): one for one in (now, now - LASTS, now + _SKEW)}.values():
            try:
                found = self._cipher(moment).decrypt(
                    sealed[:_NONCE], sealed[_NONCE:], _FORM.encode()
                )
                return msgspec.json.decode(found, type=_Sealed)
            except (InvalidTag, msgspec.MsgspecError):  # another day's key, or none of ours
                continue
        return None

    def _cipher(self, moment: datetime) -> ChaCha20Poly1305:
        day = moment.astimezone(UTC).date().isoformat()
        return ChaCha20Poly1305(self._key(f"mcp request state {day}"))

    def _call(self, bound: Bound) -> str:
        return hmac.digest(self._key("mcp request state: calls"), bound.written, "sha256").hex()

    def _key(self, purpose: str) -> bytes:
        return derived(self._root(), purpose)


def _bytes(text: object) -> bytes | None:
    """Return the bytes of a text that is written as we write it, and in no other way."""
    if not isinstance(text, str) or len(text) > LONGEST or not text.startswith(_FORM):
        return None
    body = text.removeprefix(_FORM)
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return None
    canonical = base64.urlsafe_b64encode(raw).decode().rstrip("=") == body
    return raw if canonical and len(raw) > _NONCE else None
