"""Signs and sends messages as Standard Webhooks says."""

import base64
import binascii
import hmac
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.version import VERSION

if TYPE_CHECKING:
    import httpx

PREFIX: Final = "whsec_"
SHORTEST: Final = 24
LONGEST: Final = 64
_GONE: Final = 410


class Outcome(StrEnum):
    """What came of one attempt."""

    SENT = "sent"
    REFUSED = "refused"  # the answer says that there is nobody any more
    FAILED = "failed"


def key(secret: str) -> bytes:
    """Return the key that a secret stands for, or raise `ValueError`."""
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(found) <= LONGEST:
        raise ValueError("the secret must be `whsec_` and base64 of 24 to 64 bytes")
    return found


def headers(secret: str, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return what proves that a message comes from here, and when."""
    at = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), at.encode(), body))
    digest = base64.b64encode(hmac.digest(key(secret), signed, "sha256")).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{digest}",
    }


def client() -> "httpx.AsyncClient":
    """Return what sends, and follows nobody elsewhere."""
    import httpx  # noqa: PLC0415 - only where something is sent

    ours = {"User-Agent": f"drawbar/{VERSION}"}
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, headers=ours)


async def send(
    client: "httpx.AsyncClient", address: str, told: dict[str, str], body: bytes, seconds: float
) -> tuple[Outcome, str]:
    """Make one attempt; return what came of it, and a word on why."""
    import httpx  # noqa: PLC0415 - as above

    try:
        answer = await client.post(address, content=body, headers=told, timeout=seconds)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Outcome.FAILED, type(error).__name__
    if answer.is_success:
        return Outcome.SENT, str(answer.status_code)
    gone = answer.status_code == _GONE
    return Outcome.REFUSED if gone else Outcome.FAILED, str(answer.status_code)
