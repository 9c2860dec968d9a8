"""Writes and reads seat tokens: a decision of one seat, signed, for the next seat of the call.

A token is a JWS in compact form with one algorithm only, so there is nothing to choose in it. It
holds no value of the call: what was released stands in it as a keyed digest.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from dsl import strictjson
from dsl.model import ReasonCode, ToolCall
from memory.mac import Mac
from memory.sealing import derived

LASTS: Final = timedelta(seconds=60)
# Gateways of one store may disagree about the time by so much.
AHEAD: Final = timedelta(seconds=10)
LONGEST: Final = 2048
_FORM: Final = 1  # changes when what is bound does
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_HEAD: Final = {"alg": "HS256", "typ": "drawbar-seat"}


class Claims(Struct, frozen=True):
    """What a seat decided: which decision of which call, where, why, and by which policies."""

    decision: str
    call_id: str
    digest: str
    edge: str
    reason: str
    revision: str | None
    at: str
    glass: str = ""  # that was broken for it, where a policy judged in place of another


class Handed(Struct, frozen=True):
    """What must be the same where a token is used: whose call, and the call as it was released."""

    tenant: str
    call: ToolCall
    args: Mapping[str, Any]


class SeatTokens:
    """Makes and reads the tokens. All gateways of a store have one key."""

    def __init__(self, root: bytes) -> None:
        self._signs = Mac(derived(root, "seat tokens"))
        self._digests = Mac(derived(root, "seat digests"))

    def digest(self, handed: Handed) -> str:
        """Return a digest of a call as it is released, and of whose it is."""
        call = handed.call
        whose = (_FORM, handed.tenant, call.subject.id, call.agent, call.session)
        args = call.written if handed.args is call.args else strictjson.canonical(dict(handed.args))
        bound = _ENCODER.encode((*whose, call.server, call.tool)) + args.encode()
        return self._digests.digest(bound).hex()

    def write(self, claims: Claims) -> str:
        """Return a token."""
        signed = f"{_HEADER}.{_base64(_ENCODER.encode(claims))}"
        return f"{signed}.{self._signature(signed)}"

    def read(self, token: str, now: datetime) -> Claims | None:
        """Return what a token says; None if it is not of these gateways, or not of this time."""
        if len(token) > LONGEST or not token.isascii():
            return None
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(signed)):
            return None
        head, _, body = signed.partition(".")
        claims = _claims(body) if head == _HEADER else None
        return claims if claims is not None and _is_of_now(claims, now) else None

    def _signature(self, signed: str) -> str:
        return _base64(self._signs.digest(signed.encode()))


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


_HEADER: Final = _base64(_ENCODER.encode(_HEAD))


def _claims(body: str) -> Claims | None:
    """Read what was signed: it is what `write` wrote, of this form or of another version."""
    try:
        told = strictjson.read(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        claims = Claims(**told)
        ReasonCode(claims.reason)
        datetime.fromisoformat(claims.at)
    except (ValueError, TypeError):
        return None
    return claims


def _is_of_now(claims: Claims, now: datetime) -> bool:
    age = now - datetime.fromisoformat(claims.at)
    return -AHEAD <= age < LASTS
