"""Passwords: kept as scrypt digests, compared slowly, a few at a time."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from typing import Final

from dsl.errors import DrawbarError

SHORTEST: Final = 12
LONGEST: Final = 256
AT_ONCE: Final = 2  # each takes 32 MiB while it is compared
_COST, _BLOCK, _LANES = 2**15, 8, 1
_MEMORY: Final = 64 << 20


class PasswordError(DrawbarError):
    """A password that is not to be used."""


def digested(password: str) -> str:
    """Return what is stored of a password."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordError(f"a password has {SHORTEST} to {LONGEST} characters")
    salt = secrets.token_bytes(16)
    return f"scrypt${_text(salt)}${_text(_scrypt(password, salt))}"


def fits(stored: str, password: str) -> bool:
    """Tell whether a password is the one that was stored; what cannot be read fits nothing."""
    kind, _, rest = stored.partition("$")
    salt, _, digest = rest.partition("$")
    if kind != "scrypt" or len(password) > LONGEST:
        return False
    return hmac.compare_digest(_text(_scrypt(password, _bytes(salt))), digest)


class Passwords:
    """Compares passwords beside the loop, a few at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._nobodys = f"scrypt${_text(b'nobody')}${_text(secrets.token_bytes(32))}"

    async def fit(self, stored: str | None, password: str) -> bool:
        """Compare; for a name that nobody has it takes as long, so it tells nothing."""
        async with self._turn:
            return await asyncio.to_thread(fits, stored or self._nobodys, password)


def _scrypt(password: str, salt: bytes) -> bytes:
    given = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode())
