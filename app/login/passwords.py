"""Passwords: kept as scrypt digests, compared slowly, a few at a time."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

from dsl.errors import DrawbarError

SHORTEST: Final = 12
LONGEST: Final = 256
AT_ONCE: Final = 2  # each takes 32 MiB while it is compared
WAITS_S: Final = 10.0  # for one's turn, and no longer
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
    try:
        made = _text(_scrypt(password, _bytes(salt)))
    except ValueError:
        return False
    return hmac.compare_digest(made.encode(), digest.encode())


class Passwords:
    """Compares passwords beside the loop, a few at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._begun: set[asyncio.Task[bool]] = set()
        self._nobodys = f"scrypt${_text(b'nobody')}${_text(secrets.token_bytes(32))}"

    async def fit(
        self,
        stored: str | None,
        password: str,
        admitted: Callable[[], None],
        failed: Callable[[], None],
    ) -> bool:
        """Compare; for a name that nobody has it takes as long, so it tells nothing.

        `admitted` raises where nobody may try any more when it is their turn. What is begun is
        brought to its end, also where whoever asked has gone: a wrong one has `failed`, and the
        place is taken until the thread is done. Raises `TimeoutError` where one's turn never comes.
        """
        async with asyncio.timeout(WAITS_S):
            await self._turn.acquire()
        begun = asyncio.create_task(
            self._compared(stored or self._nobodys, password, admitted, failed)
        )
        self._begun.add(begun)
        begun.add_done_callback(self._begun.discard)
        return await asyncio.shield(begun)

    async def _compared(
        self,
        stored: str,
        password: str,
        admitted: Callable[[], None],
        failed: Callable[[], None],
    ) -> bool:
        try:
            admitted()
            fitting = await asyncio.to_thread(fits, stored, password)
            if not fitting:
                failed()
            return fitting
        finally:
            self._turn.release()


def _scrypt(password: str, salt: bytes) -> bytes:
    given = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode())
