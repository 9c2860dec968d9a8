"""Speaks to one vLLM server: small JSON, one retry where nothing was sent, no words kept."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from dsl import strictjson
from dsl.model import Cause
from guards.judgement import NoJudgement
from guards.wire.line import Broken, Reply
from guards.wire.wire import NotReached, Wire, lowered

MOST_BYTES: Final = 1 << 20
_JSON: Final = "application/json"
OK: Final = 200
BAD_REQUEST: Final = 400
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


class Refused(NoJudgement):
    """The server answered with another status than 200."""

    def __init__(self, status: int, cause: Cause) -> None:
        self.status = status
        super().__init__(cause)


class Http:
    """One server. Secrets in the headers are read at `open` and never told."""

    def __init__(self, url: str, headers: Headers) -> None:
        self._url = url.rstrip("/")
        self._headers = headers
        self._wire: Wire | None = None

    async def open(self) -> None:
        """Make the client, if there is none yet."""
        if self._wire is not None:
            return
        told = lowered(await asyncio.to_thread(self._headers))
        told |= {"accept": _JSON, "accept-encoding": "identity", "content-type": _JSON}
        try:
            self._wire = Wire(self._url, told)
        except NotReached:
            raise NoJudgement(Cause.CONNECT) from None

    async def close(self) -> None:
        """Close the connections."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    async def get(self, path: str, seconds: float, leaves: int = strictjson.MAX_LEAVES) -> Any:
        """Return what stands at a path, of no more than so many values."""
        return _read(await self._within("GET", path, b"", seconds), leaves)

    async def post(self, path: str, body: Mapping[str, Any], seconds: float) -> Any:
        """Send a question and return the answer as JSON, or raise `NoJudgement`."""
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return _read(await self._within("POST", path, content, seconds))

    async def _within(self, method: str, path: str, content: bytes, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._sent(method, path, content)
                except NotReached:  # not a byte was sent: once more, while there is time
                    return await self._sent(method, path, content)
        except (NotReached, Broken):
            raise NoJudgement(Cause.CONNECT) from None
        except TimeoutError:
            raise NoJudgement(Cause.TIMEOUT) from None

    async def _sent(self, method: str, path: str, content: bytes) -> bytes:
        if self._wire is None:
            raise NoJudgement(Cause.CONNECT)
        async with self._wire.asked(method, {}, content, path) as reply:
            try:
                body = await _body(reply)
            except Broken:  # cut off
                raise NoJudgement(
                    Cause.BAD_SHAPE if reply.status == OK else Cause.BAD_STATUS
                ) from None
        if reply.status != OK:
            raise Refused(reply.status, _refusal(reply.status, body))
        return body


def _read(body: bytes, leaves: int = strictjson.MAX_LEAVES) -> Any:
    try:
        return strictjson.read(body, leaves)
    except strictjson.InvalidJson:  # also what is no number, as NaN
        raise NoJudgement(Cause.BAD_SHAPE) from None


async def _body(reply: Reply) -> bytes:
    body = bytearray()
    while part := await reply.read():
        body += part
        if len(body) > MOST_BYTES:
            raise NoJudgement(Cause.BAD_SHAPE)
    return bytes(body)


def _refusal(status: int, body: bytes) -> Cause:
    """Return what a server means that does not answer: its words are looked at and not kept."""
    words = body[:4096].decode("utf-8", "replace")
    if status == BAD_REQUEST and any(one in words for one in _TOO_LONG):
        return Cause.INPUT_TOO_LONG
    if status >= _SERVER and any(one in words for one in _DEAD):
        return Cause.ENGINE_DEAD
    return Cause.BAD_STATUS
