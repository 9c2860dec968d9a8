"""Draws which part of a canary a session falls into."""

from memory.mac import Mac
from memory.sealing import derived


class Lots:
    """Draws a lot from a session by a key: nobody can choose a name that falls outside.

    All gateways of a store draw alike, so a session stays in its part wherever it calls.
    """

    def __init__(self, root: bytes) -> None:
        self._mac = Mac(derived(root, "canary lots"))

    def of(self, tenant: str, session: str | None) -> bytes | None:
        """Return the lot of a session; a call without one has none, and falls into every part."""
        if session is None:
            return None
        named = len(tenant).to_bytes(4, "big") + tenant.encode() + session.encode()
        return self._mac.digest(named)
