"""The bytes of HTTP between us and a server: what is an answer, and what ends the line."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any, Final

import pytest
import uvloop
from hypothesis import example, given
from hypothesis import strategies as st

from guards.wire import wire
from guards.wire.line import MOST_BESIDE, MOST_UNREAD, Broken, Line, Reply
from guards.wire.wire import NotReached, Wire
from tests.guards.talking import CHUNKED, FINE, Says, Server, listening

LOOPS: Final = (asyncio.new_event_loop, uvloop.new_event_loop)


def play(
    says: Says,
    story: Callable[[Wire, Server], Awaitable[None]],
    headers: dict[str, str] | None = None,
    loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
    server: Callable[[Says], Server] = Server,
) -> Server:
    made = server(says)

    async def asking(address: str) -> None:
        spoken = Wire(f"{address}/mcp?a=b", headers or {})
        try:
            await story(spoken, made)
        finally:
            spoken.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(listening(made, asking))
    return made


async def said(spoken: Wire, body: bytes = b"{}") -> bytes:
    """Ask, and return the whole answer."""
    content = b""
    async with spoken.asked("POST", {}, body) as reply:
        while part := await reply.read():
            content += part
    return content


@pytest.mark.parametrize("loop", LOOPS)
def test_calls_share_a_connection(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """One connection is kept for calls one after another; at once, each has its own."""

    async def story(spoken: Wire, served: Server) -> None:
        for number in range(3):
            assert await said(spoken, str(number).encode()) == str(number).encode()
        assert served.lines == 1
        both = await asyncio.gather(said(spoken, b"a"), said(spoken, b"b"))
        assert list(both) == [b"a", b"b"]
        assert served.lines == 2

    def echo(_number: int, body: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    served = play(echo, story, {"X-Key": "ours"}, loop)

    head = served.heard[0].decode().lower()
    assert head.startswith("post /mcp?a=b http/1.1\r\nhost: 127.0.0.1:")
    assert "\r\nx-key: ours\r\n" in head


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfine",
        CHUNKED + b"4\r\nfine\r\n",
        CHUNKED + b"4\r\nfine\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nfine",
    ],
)
@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_that_is_cut_off_is_none(
    told: bytes, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """What ends before its own end is never taken for the whole."""

    async def story(spoken: Wire, _served: Server) -> None:
        with pytest.raises(Broken):
            await said(spoken)

    # The words that let the server hang up stand in a header, where they tell nothing else.
    head, empty, rest = told.partition(b"\r\n\r\n")
    cut = head + b"\r\nX-Ends: until I hang up" + empty + rest if empty else None
    play(lambda _number, _body: cut if cut is not None else None, story, loop=loop)


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    """Servers of old tell the end by hanging up; their connection is not used again."""
    told = b"HTTP/1.1 200 OK\r\n\r\nall of it until I hang up"

    async def story(spoken: Wire, served: Server) -> None:
        for number in (1, 2):
            assert await said(spoken) == b"all of it until I hang up"
            assert served.lines == number

    play(lambda _number, _body: told, story)


@pytest.mark.parametrize(
    "told",
    [
        b"SMTP ready\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nfine",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nfine",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\nX: a\x00b\r\n\r\nfine",
        b"HTTP/1.1 2OO OK\r\nContent-Length: 4\r\n\r\nfine",
        b"HTTP/1.1 101 Other\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nfine",
        CHUNKED + b"zz\r\nfine\r\n0\r\n\r\n",
        CHUNKED + b"ffffffffffffffffff\r\nfine\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * (MOST_BESIDE + 1),
        b"HTTP/1.1 100 Continue\r\n\r\n" * (MOST_BESIDE // 20),
        CHUNKED + b"4;" + b"a" * (MOST_BESIDE + 1),
        CHUNKED + b"0\r\nX: " + b"a" * (MOST_BESIDE + 1),
    ],
    ids=lambda told: told[-24:].decode("latin-1"),
)
def test_what_is_no_answer_ends_the_line(told: bytes) -> None:
    """Bytes that could be read in two ways, or that never end, are a fault and no answer."""

    async def story(spoken: Wire, served: Server) -> None:
        with pytest.raises(Broken):
            await said(spoken)
        assert await said(spoken) == b"fine"
        assert served.lines == 2

    play(lambda number, _body: told if number == 1 else FINE, story)


def test_a_word_before_the_answer_is_not_the_answer() -> None:
    """A status that promises the answer for later is skipped, with its headers."""
    told = b"HTTP/1.1 103 Early\r\nContent-Length: 9\r\nX-Kind: early\r\n\r\n" + FINE

    async def story(spoken: Wire, _served: Server) -> None:
        async with spoken.asked("POST", {}, b"") as reply:
            assert reply.status == 200
            assert reply.headers == {"content-length": "4"}
            assert await reply.read() == b"fine"

    play(lambda _number, _body: told, story)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    "rest", [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", b"x", b"HTTP"]
)
def test_a_second_answer_never_answers_the_next_call(
    rest: bytes, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """What a server says beyond its answer ends the connection, and is heard by nobody."""

    async def story(spoken: Wire, served: Server) -> None:
        assert await said(spoken) == b"fine"
        assert await said(spoken) == b"fine"
        assert served.lines == 2

    play(lambda number, _body: FINE + rest if number == 1 else FINE, story, loop=loop)


def test_a_server_that_speaks_unasked_is_not_heard() -> None:
    """Bytes that come while nothing was asked end the connection."""

    class Talks(Server):
        async def _talk(self, reading: asyncio.StreamReader, writing: Any) -> None:
            await reading.readuntil(b"\r\n\r\n")
            writing.write(FINE)
            await asyncio.sleep(0.05)
            writing.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
            await reading.read()

    async def story(spoken: Wire, served: Server) -> None:
        assert await said(spoken, b"") == b"fine"
        await served.ends.wait()
        assert await said(spoken, b"") == b"fine"
        assert served.lines == 2

    play(lambda _number, _body: None, story, server=Talks)


def test_a_server_that_hung_up_meanwhile_is_called_again() -> None:
    """A connection that ended while it rested is not used: the call is not lost by it."""
    told = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Then: until I hang up\r\n\r\nfine"

    async def story(spoken: Wire, served: Server) -> None:
        assert await said(spoken) == b"fine"
        await served.ends.wait()
        for _ in range(100):
            await asyncio.sleep(0.001)
        assert await said(spoken) == b"fine"
        assert served.lines == 2

    play(lambda _number, _body: told, story)


def test_a_connection_that_rested_for_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may be about to hang up: whoever was too long away comes anew."""
    monkeypatch.setattr(wire, "REST_S", 0.0)

    async def story(spoken: Wire, served: Server) -> None:
        assert await said(spoken) == await said(spoken) == b"fine"
        assert served.lines == 2

    play(lambda _number, _body: FINE, story)


def test_an_answer_that_nobody_waited_for_answers_nobody() -> None:
    """A call that was given up takes its connection with it."""

    async def story(spoken: Wire, served: Server) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await said(spoken)
        assert await said(spoken) == b"fine"
        assert served.lines == 2

    play(lambda number, _body: b"" if number == 1 else FINE, story)


def test_a_server_waits_until_its_words_are_read() -> None:
    """Of an answer that nobody reads no more than a bounded part is held."""
    size = 64 << 20

    async def story(spoken: Wire, _served: Server) -> None:
        async with spoken.asked("POST", {}, b"") as reply:
            await asyncio.sleep(0.5)
            assert len(await reply.read()) < MOST_UNREAD + (1 << 20)
            read = 0
            while read < 4 << 20:
                read += len(await reply.read())

    play(
        lambda _number, _body: (
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)
        ),
        story,
    )


@pytest.mark.parametrize("value", ["a\r\nX-More: b", "a\nb", "a\x00b", " a", "a ", "\u20ac"])
def test_a_header_that_says_two_things_is_not_sent(value: str) -> None:
    """Nothing is sent where a header could be read as two, or cannot be written."""

    async def story(spoken: Wire, served: Server) -> None:
        with pytest.raises(NotReached):
            async with spoken.asked("POST", {"X-Key": value}, b""):
                raise AssertionError("it was sent")
        assert not served.lines

    play(lambda _number, _body: FINE, story)


@pytest.mark.parametrize("url", ["", "ftp://a/", "http:///x", "http://a:99999/", "http://[::1/"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """What is no address of HTTP is found before anything is sent."""
    with pytest.raises(NotReached):
        Wire(url, {})


def test_a_password_in_the_address_goes_along_as_one() -> None:
    """What an address says of a user is told as it is usual, and not in the path."""
    address = wire.Address.read("https://ann:secret@example.com:8443/a?b#c")

    assert address.login == "Basic YW5uOnNlY3JldA=="
    assert (address.named, address.target, address.port) == ("example.com:8443", "/a?b", 8443)


def test_a_closed_link_reaches_nobody() -> None:
    """After the end nothing is sent, and whoever waits hears of it."""

    async def story(spoken: Wire, _served: Server) -> None:
        waits = asyncio.create_task(said(spoken))
        await asyncio.sleep(0.1)
        spoken.close()
        with pytest.raises(Broken):
            await waits
        with pytest.raises(NotReached):
            await said(spoken)

    play(lambda _number, _body: b"HTTP/1.1 200 OK\r\n\r\nhalf", story)


def test_each_header_is_sent_once_however_it_is_written() -> None:
    """What two places name goes along once: the request's own word counts. There is one host."""
    headers = {"Host": "tools.internal", "X-KEY": "settings", "X-More": "more"}

    async def story(spoken: Wire, served: Server) -> None:
        async with spoken.asked("POST", {"x-key": "call"}, b"{}") as reply:
            while await reply.read():
                pass
        lines = served.heard[0].decode().partition("\r\n\r\n")[0].split("\r\n")[1:]
        told = [(name.lower(), value) for name, _, value in (one.partition(": ") for one in lines)]
        assert sorted(told) == [
            ("content-length", "2"),
            ("host", "tools.internal"),
            ("x-key", "call"),
            ("x-more", "more"),
        ]

    play(lambda _number, _body: FINE, story, headers)


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "CONNECTION", "Expect"])
def test_nobody_else_says_where_a_request_ends(name: str) -> None:
    """A header that would say it a second time, or otherwise, is not sent, and nothing is."""

    async def story(spoken: Wire, served: Server) -> None:
        with pytest.raises(NotReached):
            await said(spoken)
        assert not served.lines

    play(lambda _number, _body: FINE, story, {name: "5"})


PIECES: Final = (
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.0 500 x\r\n", b"\r\n"),
    *(b"Content-Length: 4\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"),
    *(b"Connection: close\r\n", b"X: a\x00\r\n", b" b\r\n", b"Upgrade: x\r\n", b"fine", b"4\r\n"),
    *(b"fine\r\n", b"0\r\n\r\n", b"ffffffffffffffff1\r\n", b"\xff", b"HTTP", FINE),
)


def heard(parts: list[bytes]) -> tuple[Any, ...] | None:
    """Return the answer that is read from bytes that come in these parts; None where it is none."""
    reply = Reply(Line())
    for part in parts:
        if reply.whole or not reply.feed(part):
            break
    reply.ended()
    return (reply.status, reply.headers, bytes(reply._unread)) if reply.whole else None


@given(
    st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join) | st.binary(max_size=40),
    st.lists(st.integers(0, 200), max_size=6).map(sorted),
)
@example(FINE + b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", [])
@example(FINE + b"HTTP/1.1 100 Continue\r\n\r\n", [])
def test_what_is_read_does_not_depend_on_how_it_comes(told: bytes, cuts: list[int]) -> None:
    """One answer is the same in one piece and in many; what stands behind it changes none of it."""
    first, *rest = heard([told]), heard([told[at : at + 1] for at in range(len(told))])
    ends = [0, *cuts, len(told)]
    rest.append(heard([told[a:b] for a, b in pairwise(ends) if a < b]))

    assert rest == [first, first]
