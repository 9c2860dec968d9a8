"""Keeps what people said and tools gave back unreadable in the store without its key."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dsl.errors import DrawbarError

_NONCE: Final = 12
_KEY: Final = 32


class SealError(DrawbarError):
    """Something sealed cannot be opened: another key, another place, or changed bytes."""


def derived(root: bytes, purpose: str) -> bytes:
    """Return the key for one purpose; whoever has the same root has the same."""
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=purpose.encode()).derive(root)


class Sealer:
    """Seals bytes for one purpose; `place` says where they stand, so they open nowhere else."""

    def __init__(self, root: bytes, purpose: str) -> None:
        self._cipher = ChaCha20Poly1305(derived(root, purpose))

    def seal(self, content: bytes, place: str) -> bytes:
        """Return the bytes sealed."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return what was sealed at a place."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise SealError("what the store holds cannot be opened with this key") from error
