"""Which decisions people look at without being asked to: drawn by a keyed hash of their ids.

So nobody can foresee or choose them, every gateway draws the same, and nothing need be kept of it.
"""

import hmac
from enum import StrEnum
from typing import Final

FIRST_FIRINGS: Final = 50  # of a rule


class Stratum(StrEnum):
    """What was done about a call: of each an own share is drawn."""

    ALLOWED = "allowed"
    SOFTLY_DENIED = "softly_denied"  # by rules that ask a model, and they alone
    FIRED = "fired"  # one of the first calls that a learned rule asked about


def is_drawn(key: bytes, decision: str, share: float) -> bool:
    """Tell whether a decision is one of the share that is drawn; so it is of any larger one."""
    found = int.from_bytes(hmac.digest(key, decision.encode(), "sha256")[:8])
    return found < int(share * (1 << 64))
