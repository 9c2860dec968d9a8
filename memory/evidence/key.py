"""One key of the vault: what it seals opens with it alone, at the same place."""

from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from memory.drawn import Drawn
from memory.sealing import SealError

BYTES: Final = 32
_GENERATION: Final = 4
_NONCE: Final = 12
_HEAD: Final = _GENERATION + _NONCE
_NONCES: Final = Drawn(_NONCE)


class ErasedError(SealError):
    """Something was sealed with a key that was destroyed: nobody can open it any more."""


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a tenant, or of one subject of it, in its newest generation.

    Without `secret` there is none at present: it was destroyed, or never made. `masks` is the
    tenant's key for masks. Neither is ever shown.
    """

    tenant: str
    subject: str
    generation: int
    secret: bytes | None = field(repr=False)
    masks: bytes = field(repr=False)
    # Made once, and gone with the key: one key seals many things.
    _made: ChaCha20Poly1305 | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make what seals, if there is a key."""
        made = None if self.secret is None else ChaCha20Poly1305(self.secret)
        object.__setattr__(self, "_made", made)

    def seal(self, content: bytes, place: str) -> bytes:
        """Return the bytes sealed, with the generation that opens them in front."""
        nonce = _NONCES.take()
        return self._head + nonce + self._cipher.encrypt(nonce, content, self._bound(place))

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return what was sealed at a place."""
        if self._older(sealed):
            raise ErasedError("it was sealed with a key that was destroyed")
        nonce, rest = sealed[_GENERATION:_HEAD], sealed[_HEAD:]
        try:
            if sealed[:_GENERATION] != self._head:
                raise SealError("it was sealed with a key that is not known here")
            return self._cipher.decrypt(nonce, rest, self._bound(place))
        except (InvalidTag, ValueError) as error:
            raise SealError("what the store holds cannot be opened with this key") from error

    def _older(self, sealed: bytes) -> bool:
        """Tell whether something is of a generation that is gone."""
        generation = int.from_bytes(sealed[:_GENERATION], "big")
        gone = self.generation if self.secret is None else self.generation - 1
        return 0 < generation <= gone

    @property
    def _head(self) -> bytes:
        return self.generation.to_bytes(_GENERATION, "big")

    @property
    def _cipher(self) -> ChaCha20Poly1305:
        if self._made is None:
            raise SealError("there is no key")
        return self._made

    def _bound(self, place: str) -> bytes:
        """Return what is authenticated beside the content: where it stands."""
        return f"{self.generation}\n{place}".encode()
