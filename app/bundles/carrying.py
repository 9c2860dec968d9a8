"""How a bundle comes here: from a file in a mounted folder, or over HTTPS."""

import asyncio
import ssl
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from app.bundles.bundle import MOST_BYTES, BundleFault
from app.bundles.opening import file_content
from app.version import VERSION

if TYPE_CHECKING:
    import httpx

FETCH_S: Final = 30.0  # for all of it
CONNECT_S: Final = 5.0
MOST_TAG: Final = 200
_OK: Final = 200
_SAME: Final = 304


class Carrier(Protocol):
    """Brings what there is now."""

    @property
    def place(self) -> str:
        """Name it for people."""
        ...

    async def fetch(self) -> bytes | None:
        """Return the newest bundle, or nothing where it is the one that was returned before."""
        ...

    def again(self) -> None:
        """Return it once more, though it was returned before."""
        ...

    async def close(self) -> None:
        """Let go of what is held open."""
        ...


class Mounted:
    """Looks at a file; what a ConfigMap replaces is another file behind the same link."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: object = None

    @property
    def place(self) -> str:
        """Name it for people."""
        return f"the file `{self._path}`"

    async def fetch(self) -> bytes | None:
        """Return what the file holds, unless it is as it was."""
        return await asyncio.to_thread(self._fetch)

    def _fetch(self) -> bytes | None:
        try:
            told = self._path.stat()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise BundleFault(f"`{self._path}` cannot be read: {reason}") from error
        now = (told.st_ino, told.st_dev, told.st_mtime_ns, told.st_size)
        if now == self._seen:
            return None
        raw = file_content(self._path)
        self._seen = now
        return raw

    def again(self) -> None:
        """Read it once more."""
        self._seen = None

    async def close(self) -> None:
        """Nothing is held open."""


class Fetched:
    """Asks a web server, with the tag of what it answered last."""

    def __init__(self, address: str, key: Path | None, ca: Path | None) -> None:
        self._address = address
        self._key = key
        self._ca = ca
        self._tag: str | None = None
        self._client: httpx.AsyncClient | None = None

    @property
    def place(self) -> str:
        """Name it for people."""
        return f"`{self._address}`"

    async def fetch(self) -> bytes | None:
        """Return what the server has, unless it says that nothing changed."""
        import httpx  # noqa: PLC0415 - only where something is fetched

        try:
            async with asyncio.timeout(FETCH_S):
                return await self._asked()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError, ValueError) as error:
            why = type(error).__name__
            raise BundleFault(f"`{self._address}` cannot be asked: {why}") from error

    async def _asked(self) -> bytes | None:
        if self._client is None:
            self._client = client_of(self._ca)
        told = {"Accept-Encoding": "identity", **bearer(self._key)}
        if self._tag is not None:
            told["If-None-Match"] = self._tag
        async with self._client.stream("GET", self._address, headers=told) as answer:
            if answer.status_code == _SAME and self._tag is not None:
                return None
            if answer.status_code != _OK:
                raise BundleFault(f"`{self._address}` answers {answer.status_code}")
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise BundleFault(f"`{self._address}` sends something packed")
            raw = await bounded(answer, MOST_BYTES)
            if raw is None:
                raise BundleFault(f"a bundle holds at most {MOST_BYTES >> 20} MiB")
            tag = answer.headers.get("etag", "")
            self._tag = tag if 0 < len(tag) <= MOST_TAG and tag.isascii() else None
            return raw

    def again(self) -> None:
        """Ask for it once more."""
        self._tag = None

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


async def bounded(answer: "httpx.Response", most: int) -> bytes | None:
    """Return a body as it comes and never unpacked, or nothing of one that is larger."""
    parts, size = [], 0
    async for part in answer.aiter_raw():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)


def client_of(ca: Path | None) -> "httpx.AsyncClient":
    """Return what asks: it follows nobody elsewhere, and no proxy of the environment."""
    import httpx  # noqa: PLC0415 - only where something is fetched

    return httpx.AsyncClient(
        verify=_trusted(ca),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(FETCH_S, connect=CONNECT_S),
        headers={"User-Agent": f"drawbar/{VERSION}"},
    )


@cache
def _trusted(ca: Path | None) -> ssl.SSLContext:
    """Return whose certificates are believed: who fetches and who ships do so alike."""
    return ssl.create_default_context(cafile=None if ca is None else str(ca))


def bearer(key: Path | None) -> dict[str, str]:
    """Return the credential that stands in a file; it is read anew, as it may be rotated."""
    if key is None:
        return {}
    secret = key.read_text("ascii").strip()
    if not secret or not secret.isprintable() or " " in secret:
        raise ValueError("the file holds no key")
    return {"Authorization": f"Bearer {secret}"}
