"""The public keys of issuers: fetched with limits, kept for a while, fetched again on change."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx
import structlog

from app.version import VERSION
from dsl import strictjson

MAX_BYTES: Final = 256 << 10
MAX_KEYS: Final = 64
RETRY_S: Final = 10.0  # between two fetches, whatever tokens name
_FOUND: Final = 200
Key = Mapping[str, Any]
Fetch = Callable[[str], Awaitable[bytes]]
log = structlog.get_logger("drawbar.mcp.oauth")


class KeysUnavailable(Exception):
    """The keys of an issuer cannot be had, so nobody can tell whether a token is good."""


@dataclass
class KeySet:
    """The keys of one issuer.

    They are fetched again when they are half as old as they may get, and when a token names one
    that is not there; but never more often than every `RETRY_S` seconds, so that made-up names
    cannot make us ask an issuer all day. Too old ones that cannot be fetched anew are none.
    """

    url: str
    max_age_s: float
    fetch: Fetch
    clock: Callable[[], float] = time.monotonic
    _keys: dict[str, Key] = field(default_factory=dict)
    _fetched: float | None = None
    _tried: float | None = None
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, name: str) -> Key | None:
        """Return a key by its `kid`; none of that name is None, no keys at all is an error."""
        if self._age > self.max_age_s / 2 or name not in self._keys:
            async with self._one:  # whoever waited finds what the first one fetched
                if self._age > self.max_age_s / 2 or name not in self._keys:
                    await self._refresh()
        if self._age > self.max_age_s:
            raise KeysUnavailable
        return self._keys.get(name)

    @property
    def _age(self) -> float:
        return float("inf") if self._fetched is None else self.clock() - self._fetched

    async def _refresh(self) -> None:
        now = self.clock()
        if self._tried is not None and now - self._tried < RETRY_S:
            return
        self._tried = now
        try:
            self._keys = read(await self.fetch(self.url))
        except (KeysUnavailable, httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            log.warning("an issuer's keys cannot be fetched", cause=type(error).__name__)
            return
        self._fetched = now


def read(text: bytes) -> dict[str, Key]:
    """Return the keys of a set by their names; what can be understood in two ways is left out."""
    try:
        found = strictjson.read(text)
    except strictjson.InvalidJson as error:
        raise KeysUnavailable from error
    listed = found.get("keys") if isinstance(found, Mapping) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise KeysUnavailable
    named = [one for one in listed if isinstance(one, Mapping) and _signs(one)]
    names = [one["kid"] for one in named]
    return {one["kid"]: one for one in named if names.count(one["kid"]) == 1}


def _signs(key: Mapping[str, Any]) -> bool:
    """Tell whether a key has a name, is public, and is there to check signatures."""
    named = isinstance(key.get("kid"), str) and bool(key["kid"])
    public = key.get("kty") in ("RSA", "EC", "OKP") and "d" not in key
    return named and public and key.get("use", "sig") == "sig"


class Fetcher:
    """Fetches key sets: GET, one address, no redirects, certificates checked, small answers."""

    def __init__(self, timeout_ms: int) -> None:
        self._seconds = timeout_ms / 1000
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, url: str) -> bytes:
        """Return what stands at an address."""
        async with asyncio.timeout(self._seconds):
            async with self._opened().stream("GET", url) as answer:
                return await _body(answer)

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                headers={
                    "Accept": "application/jwk-set+json, application/json",
                    "Accept-Encoding": "identity",  # what is packed may be larger than it looks
                    "User-Agent": f"drawbar/{VERSION}",
                },
                follow_redirects=False,
                timeout=self._seconds,
                trust_env=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


async def _body(answer: httpx.Response) -> bytes:
    packed = answer.headers.get("content-encoding", "identity") != "identity"
    if answer.status_code != _FOUND or packed:
        raise KeysUnavailable
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise KeysUnavailable
    return bytes(body)
