"""What a server of a guard may do with the bytes of HTTP: an answer, or an unknown with its cause.

How they are read is told by the tests of the wire; here it is what the guard makes of it.
"""

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from dsl.model import Cause
from guards.classifier.vllm.http import MOST_BYTES, Http
from guards.judgement import NoJudgement
from guards.wire.line import MOST_BESIDE
from tests.certificates import Certificate
from tests.guards.talking import CHUNKED, Server, listening

PATIENCE_S: Final = 50.0
ELSEWHERE: Final = b"Location: /elsewhere\r\nContent-Length: 2\r\n\r\n{}"
CUT: Final = b"\r\nContent-Length: 9\r\nX: until I hang up\r\n\r\n{}"
Story = Callable[[Http, Server], Awaitable[None]]


def whole(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, more, len(body), body)


def play(
    server: Server,
    story: Story,
    headers: dict[str, str] | None = None,
    certificate: ssl.SSLContext | None = None,
) -> Server:
    async def asking(address: str) -> None:
        http = Http(address, lambda: headers or {})
        await http.open()
        try:
            await story(http, server)
        finally:
            await http.close()

    asyncio.run(listening(server, asking, certificate))
    return server


async def said(http: Http, body: Any = "?", seconds: float = PATIENCE_S) -> Any:
    """Return what a server answers, or why that is none."""
    try:
        return await http.post("/classify", {"input": body}, seconds)
    except NoJudgement as error:
        return error.cause


def echo(_number: int, body: bytes) -> bytes:
    return whole(body)


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (CHUNKED + b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n', {"a": 1}),
        (b"HTTP/1.1 103 Early\r\nX: 1\r\n\r\n" + whole(b'{"a":1}'), {"a": 1}),
        (b'HTTP/1.1 200 OK\r\n\r\n{"a":"until I hang up"}', {"a": "until I hang up"}),
        (b"SMTP ready\r\n\r\n", Cause.CONNECT),
        (whole(b"{}", more=b"Content-Length: 3\r\n"), Cause.CONNECT),
        (whole(b"{}", more=b"Transfer-Encoding: chunked\r\n"), Cause.CONNECT),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * (MOST_BESIDE // 20), Cause.CONNECT),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * (MOST_BESIDE + 1), Cause.CONNECT),
        (b"HTTP/1.1 101 Other\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", Cause.CONNECT),
        (b"HTTP/1.1 200 OK" + CUT, Cause.BAD_SHAPE),
        (CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", Cause.BAD_SHAPE),
        (CHUNKED + b"ffffff\r\n" + b" " * (MOST_BYTES + 1), Cause.BAD_SHAPE),
        (whole(b" " * (MOST_BYTES + 1)), Cause.BAD_SHAPE),
        (whole(gzip.compress(b"{}"), more=b"Content-Encoding: gzip\r\n"), Cause.BAD_SHAPE),
        (whole(b""), Cause.BAD_SHAPE),
        (whole(b"{}{}"), Cause.BAD_SHAPE),
        (whole(b"", b"204 No Content"), Cause.BAD_STATUS),
        (whole(b"{}", b"206 Partial Content"), Cause.BAD_STATUS),
        (b"HTTP/1.1 500 Oh" + CUT, Cause.BAD_STATUS),
        *((b"HTTP/1.1 %d Go\r\n" % one + ELSEWHERE, Cause.BAD_STATUS) for one in (301, 307, 308)),
    ],
    ids=lambda told: told[:40].decode("latin-1") if isinstance(told, bytes) else None,
)
def test_only_one_whole_answer_is_one(told: bytes, answer: Any) -> None:
    """All else is an unknown; what was sent is not sent again, and no server sends us elsewhere."""

    async def story(http: Http, _server: Server) -> None:
        assert await said(http) == answer
        assert await said(http, "then") == {"input": "then"}

    served = play(Server(lambda at, body: told if at == 1 else whole(body)), story)
    assert len(served.heard) == 2


def test_a_server_that_trickles_does_not_outlast_the_deadline() -> None:
    """Each byte comes soon, and all of them too late; the next question is asked elsewhere."""

    class Trickles(Server):
        async def _talk(self, reading: asyncio.StreamReader, writing: Any) -> None:
            if self.lines > 1:
                await super()._talk(reading, writing)
                return
            writing.write(b"HTTP/1.1 200 OK\r\nX: ")
            while not writing.is_closing():
                writing.write(b"a")
                await writing.drain()
                await asyncio.sleep(0.01)

    async def story(http: Http, server: Server) -> None:
        assert await said(http, seconds=0.3) is Cause.TIMEOUT
        assert await said(http, "then") == {"input": "then"}
        assert server.lines == 2

    play(Trickles(echo), story)


def test_an_answer_that_comes_too_late_answers_no_other_question() -> None:
    """Whoever gave up takes the connection along: the late words are heard by nobody."""

    class Late(Server):
        async def _talk(self, reading: asyncio.StreamReader, writing: Any) -> None:
            await asyncio.sleep(0.5 if self.lines == 1 else 0)
            await super()._talk(reading, writing)

    async def story(http: Http, _server: Server) -> None:
        assert await said(http, "first", seconds=0.1) is Cause.TIMEOUT
        assert await said(http, "second") == {"input": "second"}

    play(Late(echo), story)


def test_a_server_that_hung_up_meanwhile_is_asked_anew() -> None:
    """VLLM ends a connection on which nothing came: that costs no answer."""

    async def story(http: Http, server: Server) -> None:
        for number in (1, 2):
            assert await said(http) == {"a": "until I hang up"}
            await server.ends.wait()
            for _ in range(100):
                await asyncio.sleep(0.001)
            assert server.lines == number

    play(Server(lambda _number, _body: whole(b'{"a":"until I hang up"}')), story)


def test_many_at_once_get_each_their_own_answer() -> None:
    """However many ask over few connections, nobody hears another's answer."""

    async def story(http: Http, server: Server) -> None:
        for _ in range(3):
            found = await asyncio.gather(*(said(http, one) for one in range(32)))
            assert found == [{"input": one} for one in range(32)]
        assert server.lines <= 32

    play(Server(echo), story)


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody on the way reads calls because a variable was set for something else."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def story(http: Http, _server: Server) -> None:
        assert await said(http, 7) == {"input": 7}

    play(Server(echo), story)


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "\u20ac"])
def test_a_secret_that_is_no_header_is_not_sent(value: str) -> None:
    """A secret with a line end would be two headers: nothing is sent at all."""

    async def story(http: Http, server: Server) -> None:
        assert await said(http) is Cause.CONNECT
        assert not server.lines

    play(Server(echo), story, {"Authorization": value})


@pytest.mark.parametrize(
    ("of", "believes", "answer"),
    [
        ("127.0.0.1", "127.0.0.1", {"input": "?"}),
        ("127.0.0.1", None, Cause.CONNECT),
        ("127.0.0.1", "127.0.0.2", Cause.CONNECT),
        ("127.0.0.2", "127.0.0.2", Cause.CONNECT),  # vouched for, and another machine's
        ("127.0.0.1", "missing", Cause.CONNECT),
    ],
)
def test_a_server_without_a_good_certificate_hears_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    of: str,
    believes: str | None,
    answer: Any,
) -> None:
    """Neither the call nor the key is told to whom nobody vouches for."""
    shown = Certificate(tmp_path, address=of)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if believes == "missing":
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    elif believes is not None:
        other = shown if believes == of else Certificate(tmp_path, address=believes)
        monkeypatch.setenv("SSL_CERT_FILE", str(other.file))

    async def story(http: Http, server: Server) -> None:
        assert await said(http) == answer
        assert len(server.heard) == (answer is not Cause.CONNECT)

    play(Server(echo), story, {"Authorization": "Bearer s"}, shown.context())
