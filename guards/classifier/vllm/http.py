"""Speaks to one vLLM server: small JSON, one retry where nothing was sent, no words kept."""

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Final

import httpx

from dsl import strictjson
from dsl.model import Cause
from guards.judgement import NoJudgement

MOST_BYTES: Final = 1 << 20
OK: Final = 200
_BAD_REQUEST: Final = 400
_SERVER: Final = 500
# How vLLM says that an input has more tokens than the model takes.
_TOO_LONG: Final = (
    "maximum context length",
    "input_tokens",
    "maximum model length",
    "max_model_len",
)
# The first is what vLLM 0.32 answers when its engine ends, of the type `InternalServerError`.
_DEAD: Final = (
    "EngineCore encountered an issue",
    "EngineDeadError",
    "EngineDead",
    "engine is dead",
    "Background loop has errored",
)
Headers = Callable[[], Mapping[str, str]]


class Http:
    """One server. Secrets in the headers are read at `open` and never told."""

    def __init__(self, url: str, headers: Headers, at_once: int = 64) -> None:
        self._url = url.rstrip("/")
        self._headers = headers
        self._at_once = at_once
        self._client: httpx.AsyncClient | None = None

    async def open(self) -> None:
        """Make the client, if there is none yet."""
        if self._client is not None:
            return
        headers = dict(await asyncio.to_thread(self._headers))
        _know_what_is_missing()
        self._client = httpx.AsyncClient(
            headers={**headers, "Accept": "application/json", "Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=False,  # no proxy that nobody wrote into the settings
            verify=_trusted(self._url),
            limits=httpx.Limits(max_connections=self._at_once, keepalive_expiry=2.0),
        )

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def get(self, path: str, seconds: float, leaves: int = strictjson.MAX_LEAVES) -> Any:
        """Return what stands at a path, of no more than so many values."""
        return _read(await self._within("GET", path, None, seconds), leaves)

    async def post(self, path: str, body: Mapping[str, Any], seconds: float) -> Any:
        """Send a question and return the answer as JSON, or raise `NoJudgement`."""
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return _read(await self._within("POST", path, content, seconds))

    async def _within(self, method: str, path: str, content: bytes | None, seconds: float) -> bytes:
        until = time.monotonic() + seconds
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._sent(method, path, content, seconds)
                except httpx.ConnectError:  # not a byte was sent: once more, while there is time
                    return await self._sent(method, path, content, until - time.monotonic())
        except (TimeoutError, httpx.TimeoutException):
            raise NoJudgement(Cause.TIMEOUT) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NoJudgement(Cause.CONNECT) from None  # its words may hold a header's value

    async def _sent(self, method: str, path: str, content: bytes | None, seconds: float) -> bytes:
        if self._client is None:
            raise NoJudgement(Cause.CONNECT)
        sent = {"Content-Type": "application/json"} if content is not None else {}
        asked = self._client.stream(
            method, self._url + path, content=content, headers=sent, timeout=max(seconds, 0.001)
        )
        async with asked as answer:
            body = await _body(answer)
        if answer.status_code != OK:
            raise NoJudgement(_refusal(answer.status_code, body))
        return body


def _know_what_is_missing() -> None:
    """Spare each request a look through all folders for a package that need not be there.

    Httpcore imports it several times a request; what is missing Python searches anew each time.
    """
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # how Python marks it as missing


def _trusted(url: str) -> ssl.SSLContext | bool:
    """Return whose certificates count; where none are spoken of, none are read, and none count."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if url.startswith("http://") else True


def _read(body: bytes, leaves: int = strictjson.MAX_LEAVES) -> Any:
    try:
        return strictjson.read(body, leaves)
    except strictjson.InvalidJson:  # also what is no number, as NaN
        raise NoJudgement(Cause.BAD_SHAPE) from None


async def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise NoJudgement(Cause.BAD_SHAPE)
    return bytes(body)


def _refusal(status: int, body: bytes) -> Cause:
    """Return what a server means that does not answer: its words are looked at and not kept."""
    words = body[:4096].decode("utf-8", "replace")
    if status == _BAD_REQUEST and any(one in words for one in _TOO_LONG):
        return Cause.INPUT_TOO_LONG
    if status >= _SERVER and any(one in words for one in _DEAD):
        return Cause.ENGINE_DEAD
    return Cause.BAD_STATUS
