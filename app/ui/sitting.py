"""Who sits at a browser: a cookie that only our gateways can read, and what forms carry."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from memory.sealing import Sealer, SealError, derived

COOKIE: Final = "drawbar_sitting"
LASTS: Final = timedelta(hours=8)
_PLACE: Final = "cookie"


@dataclass(frozen=True, slots=True)
class Sitting:
    """One browser: what tells who sits there, and the token that its forms must bring."""

    told: Mapping[str, Any]
    token: str


class Sittings:
    """Makes cookies and reads them; nothing of them is kept here."""

    def __init__(self, root: bytes) -> None:
        self._sealer = Sealer(root, "approvals page cookie")
        self._forms = derived(root, "approvals page forms")

    def cookie(self, told: Mapping[str, Any], until: datetime) -> str:
        """Return what a browser is given once somebody has come in."""
        whole = json.dumps({**told, "until": until.isoformat()})
        return base64.urlsafe_b64encode(self._sealer.seal(whole.encode(), _PLACE)).decode()

    def read(self, cookie: str | None, now: datetime) -> Sitting | None:
        """Return who sits there, unless the cookie is none of ours, or its time is over."""
        try:
            sealed = base64.urlsafe_b64decode((cookie or "").encode())
            told = json.loads(self._sealer.open(sealed, _PLACE))
        except (SealError, ValueError, binascii.Error):
            return None
        if now >= datetime.fromisoformat(told["until"]):
            return None
        return Sitting(told, hmac.digest(self._forms, sealed, "sha256").hex())


def same(given: str, token: str) -> bool:
    """Compare a form's token without telling how far it is right."""
    return hmac.compare_digest(given.encode(), token.encode())
