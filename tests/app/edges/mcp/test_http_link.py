"""Servers over HTTP that go wrong, and older ones: what is told of a call to them."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import pytest

from app.edges.mcp.links import http
from app.edges.mcp.links.http import HttpLink
from app.edges.mcp.links.link import Garbled, Heard, Link, Lost, Unsent
from app.edges.mcp.links.opening import LEGACY, MODERN
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.messages import Refused

FINE: Final = {"content": [{"type": "text", "text": "done"}]}
PACKED: Final = "Content-Encoding: gzip\r\n"
Answers = Callable[["Asked"], bytes | None]


class Asked:
    """One request as it came."""

    def __init__(self, headers: Mapping[str, str], body: Any) -> None:
        self.headers = headers
        self.body = body

    @property
    def method(self) -> str:
        return str(self.body.get("method"))


def answer(
    body: str | bytes, kind: str = "application/json", status: str = "200 OK", more: str = ""
) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
    return f"{head}{more}\r\n".encode() + content


def result(asked: Asked, content: Any, **how: Any) -> bytes:
    return answer(json.dumps({"jsonrpc": "2.0", "id": asked.body["id"], "result": content}), **how)


def events(*messages: Any) -> bytes:
    text = "".join(f"event: message\r\ndata: {json.dumps(one)}\r\n\r\n" for one in messages)
    return answer(text, "text/event-stream")


class Served:
    """A server whose answers to calls are given; `asked` is all that reached it."""

    def __init__(self, calls: Answers, *, older: bool = False) -> None:
        self._calls = calls
        self._older = older
        self.asked: list[Asked] = []
        self._talks: list[asyncio.Task[Any] | None] = []

    def _answer(self, asked: Asked) -> bytes | None:
        self.asked.append(asked)
        told: dict[str, Any] = {"capabilities": {"tools": {}}}
        match asked.method:
            case "server/discover" if not self._older:
                cached = {"ttlMs": 0, "cacheScope": "public", "resultType": "complete"}
                return result(asked, {**told, **cached, "supportedVersions": [MODERN]})
            case "initialize":
                mine = {"protocolVersion": LEGACY, "serverInfo": {"name": "x", "version": "1"}}
                return result(asked, {**told, **mine}, more="Mcp-Session-Id: s1\r\n")
            case "notifications/initialized":
                return answer("", status="202 Accepted")
            case "tools/call":
                return self._calls(asked)
            case _:
                error = {"code": -32601, "message": "no"}
                told = {"jsonrpc": "2.0", "id": asked.body.get("id"), "error": error}
                return answer(json.dumps(told), status="404 Not Found")

    async def connected(self, reading: asyncio.StreamReader, writing: Any) -> None:
        self._talks.append(asyncio.current_task())
        try:
            while True:
                head = (await reading.readuntil(b"\r\n\r\n")).decode()
                pairs = [one.partition(":") for one in head.split("\r\n")[1:] if one]
                headers = {name.lower(): value.strip() for name, _, value in pairs}
                body = await reading.readexactly(int(headers.get("content-length", 0)))
                told = self._answer(Asked(headers, json.loads(body or "{}")))
                if told is None:
                    break
                writing.write(told)
                await writing.drain()
                if b"Connection: close" in told:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writing.close()
        with suppress(ConnectionError):
            await writing.wait_closed()

    async def ended(self) -> None:
        """Wait until nobody is talked to any longer."""
        await asyncio.gather(*(one for one in self._talks if one is not None))


def play(served: Served, story: Callable[[Upstream], Awaitable[None]], seconds: float = 30) -> None:
    async def bounded() -> None:
        server = await asyncio.start_server(served.connected, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        async def opens(heard: Heard) -> Link:
            return HttpLink(f"http://127.0.0.1:{port}/mcp", {"Authorization": "ours"}, heard)

        upstream = Upstream("x", opens, seconds)
        async with asyncio.timeout(60):
            await story(upstream)
        await upstream.close()
        await served.ended()
        server.close()

    asyncio.run(bounded())


def calls(upstream: Upstream) -> Awaitable[Mapping[str, Any]]:
    return upstream.ask("tools/call", {"name": "pay", "arguments": {"amount": 5}})


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (lambda asked: answer("{"), Garbled),
        (lambda asked: answer('{"jsonrpc": "2.0", "id": 2, "result": {"a": 1, "a": 2}}'), Garbled),
        (lambda asked: answer(b"\xff\xfe"), Garbled),
        (lambda asked: answer(json.dumps("x" * (5 << 20))), Garbled),
        (lambda asked: result(asked, FINE, more=PACKED), Garbled),
        (
            lambda asked: answer(gzip.compress(b"x"), status="403 No", more=PACKED),
            Unsent,
        ),
        (lambda asked: answer('{"jsonrpc": "2.0", "id": 99, "result": {}}'), Garbled),
        (lambda asked: answer('{"jsonrpc": "2.0", "id": 7, "method": "ping"}'), Garbled),
        (lambda asked: events({"jsonrpc": "2.0", "id": 99, "result": FINE}), Garbled),
        (lambda asked: events({"jsonrpc": "2.0", "method": "notifications/message"}), Lost),
        (lambda asked: answer("oh", "text/html"), Lost),
        (lambda asked: answer("oh", "text/html", "500 Oh"), Lost),
        (lambda asked: answer("oh", "text/html", "403 No"), Unsent),
        (lambda asked: answer("", "text/html", "302 Gone", "Location: /else\r\n"), Unsent),
        (
            lambda asked: b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{",
            Lost,
        ),
        (lambda asked: None, Lost),
    ],
)
def test_an_answer_that_cannot_be_used_is_no_result(told: Answers, kind: type[Exception]) -> None:
    """What is no answer to the call is a fault of the kind that says what is known of it."""
    served = Served(told)

    async def story(upstream: Upstream) -> None:
        with pytest.raises(kind):
            await calls(upstream)

    play(served, story)

    assert [one.method for one in served.asked].count("tools/call") == 1


def test_an_answer_among_events_is_found() -> None:
    """Progress and other words before the answer do not take its place."""
    moved: list[Any] = []

    def told(asked: Asked) -> bytes:
        token = asked.body["params"]["_meta"]["progressToken"]
        params = {"progressToken": token, "progress": 1}
        return events(
            {"jsonrpc": "2.0", "method": "notifications/progress", "params": params},
            {"jsonrpc": "2.0", "id": asked.body["id"], "result": FINE},
        )

    async def progress(params: Mapping[str, Any]) -> None:
        moved.append(params["progress"])

    async def story(upstream: Upstream) -> None:
        sent = {"name": "pay", "arguments": {}}
        assert await upstream.ask("tools/call", sent, progress) == FINE

    play(Served(told), story)

    assert moved == [1]


def test_a_server_that_answers_no_notification_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What wants no answer is waited for for a while and no longer; calls go on after it."""

    class Silent(Served):
        def _answer(self, asked: Asked) -> bytes | None:
            told = super()._answer(asked)
            return b"" if asked.method == "notifications/initialized" else told

    monkeypatch.setattr(http, "CONNECT_S", 1.0)

    async def story(upstream: Upstream) -> None:
        assert await calls(upstream) == FINE

    play(Silent(lambda asked: result(asked, FINE), older=True), story)


def test_an_older_server_gets_the_handshake_and_its_session() -> None:
    """A server of 2025-11-25 is greeted in its way; its session goes along from then on."""
    served = Served(lambda asked: result(asked, FINE), older=True)

    async def story(upstream: Upstream) -> None:
        assert await calls(upstream) == FINE
        assert (await upstream.greeted()).revision == LEGACY

    play(served, story)

    call = next(one for one in served.asked if one.method == "tools/call")
    assert call.headers["mcp-session-id"] == "s1"
    assert call.headers["mcp-protocol-version"] == LEGACY
    assert "_meta" not in call.body["params"]


def test_a_server_that_forgot_the_session_is_greeted_anew() -> None:
    """A forgotten session did nothing: it is said so, and the next call shakes hands again."""
    answers = iter([answer("", status="404 Not Found"), None])

    def told(asked: Asked) -> bytes | None:
        return next(answers) or result(asked, FINE)

    async def story(upstream: Upstream) -> None:
        with pytest.raises(Unsent):
            await calls(upstream)
        for _ in range(300):
            try:
                assert await calls(upstream) == FINE
            except Unsent:
                await asyncio.sleep(0.05)
            else:
                return
        raise AssertionError("it was not greeted again")

    served = Served(told, older=True)
    play(served, story)

    assert [one.method for one in served.asked].count("initialize") == 2


def test_an_error_of_the_server_is_its_own() -> None:
    """An error of JSON-RPC is told as one, whatever its status."""

    def told(asked: Asked) -> bytes:
        error = {"code": -32602, "message": "no such account"}
        body = {"jsonrpc": "2.0", "id": asked.body["id"], "error": error}
        return answer(json.dumps(body), status="400 Bad Request")

    async def story(upstream: Upstream) -> None:
        with pytest.raises(Refused, match="no such account"):
            await calls(upstream)

    play(Served(told), story)


def test_an_address_where_nobody_listens_got_nothing() -> None:
    """Where there is no connection nothing was sent."""

    async def opens(heard: Heard) -> Link:
        return HttpLink("http://127.0.0.1:9/mcp", {}, heard)

    async def story() -> None:
        upstream = Upstream("x", opens)
        with pytest.raises(Unsent):
            await calls(upstream)
        await upstream.close()

    asyncio.run(story())


def test_what_the_settings_send_is_sent_once() -> None:
    """The settings may name us otherwise; what we can read, and in which words, they may not."""
    heads: list[list[str]] = []

    async def counted(reading: asyncio.StreamReader, writing: Any) -> None:
        head = (await reading.readuntil(b"\r\n\r\n")).decode()
        heads.append(head.lower().split("\r\n")[1:-2])
        writing.write(answer("", status="400 Bad"))
        await writing.drain()
        writing.close()

    async def bounded() -> None:
        server = await asyncio.start_server(counted, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        told = {"user-agent": "mine", "accept": "all", "Host": "tools.internal"}
        link = HttpLink(f"http://127.0.0.1:{port}/mcp", told, lambda _method: None)
        with pytest.raises(Unsent):
            await link.ask("tools/list", {}, 30)
        await link.close()
        server.close()

    asyncio.run(bounded())

    names = [one.partition(":")[0] for one in heads[0]]
    assert len(names) == len(set(names))
    assert {"user-agent: mine", "host: tools.internal"} <= set(heads[0])
    assert "accept: application/json, text/event-stream" in heads[0]
