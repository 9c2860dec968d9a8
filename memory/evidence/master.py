"""The master key, which wraps the keys of tenants: a file now, a key service later."""

from typing import Protocol

from memory.sealing import Sealer

PURPOSE = "vault master key"


class Master(Protocol):
    """Wraps keys and opens them again; asynchronous, as a key service is asked over a network."""

    async def wrap(self, secret: bytes, place: str) -> bytes:
        """Return a key in a form that only the master opens, and only for its place."""

    async def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """Return a key that was wrapped, or raise `SealError`."""


class FileMaster:
    """A master key made from the root key that lies in a file of the data folder."""

    def __init__(self, root: bytes) -> None:
        self._sealer = Sealer(root, PURPOSE)

    async def wrap(self, secret: bytes, place: str) -> bytes:
        """Return the key wrapped."""
        return self._sealer.seal(secret, place)

    async def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """Return the key."""
        return self._sealer.open(wrapped, place)
