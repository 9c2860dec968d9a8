"""Facts from an HTTP service: GET, one address, no redirects, certificates checked, small JSON."""

import asyncio
import ssl
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx

from app.config_file import SettingsError
from app.facts import headers
from app.facts.settings import FromFile, HttpSettings
from app.facts.source import NoFact, Outcome
from app.version import VERSION
from dsl import strictjson

FOUND: Final = 200
NOT_THERE: Final = 404
# Shorter than servers keep a quiet connection, so that it is not closed while we use it again.
QUIET_S: Final = 2.0
_OURS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # what is packed may be larger than it looks
    "User-Agent": f"drawbar/{VERSION}",
}


class HttpSource:
    """Asks one address. `open` first; the headers' secrets are read there, files at each use."""

    def __init__(self, name: str, settings: HttpSettings) -> None:
        self._where = f"facts.{name}"
        self._settings = settings
        self._template = settings.template
        self._client: httpx.AsyncClient | None = None
        self._headers: dict[str, str] = {}
        self._from_files = any(isinstance(one, FromFile) for one in settings.headers.values())

    @property
    def takes(self) -> frozenset[str]:
        """Name the arguments that the address has places for."""
        return self._template.takes

    @property
    def max_age_s(self) -> float:
        """See `FactSource`."""
        return self._settings.max_age_s

    async def open(self) -> None:
        """Read the headers and the certificates, and make the client."""
        self._headers = await asyncio.to_thread(self._read_headers)
        self._client = httpx.AsyncClient(
            headers=_OURS,
            verify=self._certificates(),
            follow_redirects=False,
            # Each step alone; whoever asks sets a shorter one, on all of them together.
            timeout=2 * self._settings.timeout_ms / 1000,
            trust_env=False,  # no proxy and no password that nobody wrote into the settings
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx.Limits(
                max_connections=self._settings.max_concurrent, keepalive_expiry=QUIET_S
            ),
        )

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def fetch(self, args: Mapping[str, Any]) -> Any:
        """Ask, and return the answer as JSON."""
        if self._client is None:
            raise NoFact(Outcome.FAULT)
        address = self._template.fill(args)
        if self._from_files:
            self._headers = await asyncio.to_thread(self._read_headers)
        try:
            async with self._client.stream("GET", address, headers=self._headers) as answer:
                body = await self._body(answer)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NoFact(Outcome.UNREACHABLE) from None  # its words may hold a header's value
        try:
            return strictjson.read(body)
        except strictjson.InvalidJson:
            raise NoFact(Outcome.UNREADABLE) from None

    async def _body(self, answer: httpx.Response) -> bytes:
        """Return the body of a sound answer, and no more of it than is wanted."""
        if answer.status_code == NOT_THERE:
            raise NoFact(Outcome.NOT_THERE)
        if answer.status_code != FOUND:
            raise NoFact(Outcome.STATUS)
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise NoFact(Outcome.UNREADABLE)
        body = bytearray()
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > self._settings.max_bytes:
                raise NoFact(Outcome.TOO_LARGE)
        return bytes(body)

    def _read_headers(self) -> dict[str, str]:
        return headers.read(self._where, self._settings.headers)

    def _certificates(self) -> ssl.SSLContext | bool:
        file = self._settings.ca_file
        if file is None:
            return True
        try:
            return ssl.create_default_context(cafile=file)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"`{self._where}.ca_file`: `{file}` cannot be used as certificates"
            ) from error
