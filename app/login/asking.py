"""Asks an OpenID Connect provider: no redirects, certificates checked, small answers."""

import asyncio
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, Protocol
from urllib.parse import quote_plus

import httpx

from app.version import VERSION
from dsl import strictjson

MAX_BYTES: Final = 256 << 10
_OK: Final = 200
_FAULTS: Final = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError)


class ProviderFault(Exception):
    """The provider cannot be asked, or its answer cannot be used. Why is for our log alone."""


class Asks(Protocol):
    """What asks a provider."""

    async def get(self, url: str) -> bytes:
        """Return what stands at an address, or raise `ProviderFault`."""

    async def post(self, url: str, form: Mapping[str, str], login: tuple[str, str] | None) -> bytes:
        """Return the answer to a form, or raise `ProviderFault`."""


class Asking:
    """Asks by HTTP."""

    def __init__(self, timeout_ms: int) -> None:
        self._seconds = timeout_ms / 1000

    async def get(self, url: str) -> bytes:
        """Return what stands at an address."""
        return await self._ask("GET", url)

    async def post(self, url: str, form: Mapping[str, str], login: tuple[str, str] | None) -> bytes:
        """Return the answer to a form."""
        auth = None if login is None else tuple(quote_plus(one) for one in login)  # RFC 6749 2.3.1
        return await self._ask("POST", url, data=dict(form), auth=auth)

    async def _ask(self, method: str, url: str, **parts: Any) -> bytes:
        client = httpx.AsyncClient(
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": f"drawbar/{VERSION}",
            },
            follow_redirects=False,
            timeout=self._seconds,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        try:
            async with (
                asyncio.timeout(self._seconds),
                client,
                client.stream(method, url, **parts) as answer,
            ):
                return await _body(answer)
        except _FAULTS as error:
            raise ProviderFault(type(error).__name__) from error


async def _body(answer: httpx.Response) -> bytes:
    packed = answer.headers.get("content-encoding", "identity") != "identity"
    if answer.status_code != _OK or packed:
        raise ProviderFault(f"status {answer.status_code}")
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ProviderFault("too large an answer")
    return bytes(body)


def table(text: bytes) -> Mapping[str, Any]:
    """Read an answer that must be a JSON object, in one way only."""
    try:
        read = strictjson.read(text)
    except strictjson.InvalidJson as error:
        raise ProviderFault("an answer that is no sound JSON") from error
    if not isinstance(read, Mapping):
        raise ProviderFault("an answer that is no object")
    return read
