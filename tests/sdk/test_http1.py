"""An answer that could be read in two ways is not read; one that is whole is read whole."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar.blocking import at_once
from drawbar.http1 import MAX_ANSWER, MAX_HEAD, Answer, Incoming, NotHttp, read_answer

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b'{"a":1}'
PLAIN = OK + b"Content-Type: Application/JSON; charset=utf-8\r\nContent-Length: 7\r\n\r\n" + BODY
CHUNKED = (
    OK + b"content-type: application/json\r\ntransfer-encoding: Chunked\r\n\r\n"
    b'3\r\n{"a\r\n4;x=y\r\n":1}\r\n0\r\n\r\n'
)
GOOD = Answer(200, "application/json", BODY)


class Pieces:
    """A line that gives an answer bit by bit, and then ends."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = [piece for piece in pieces if piece]

    async def send(self, data: bytes, deadline: float) -> None:
        """Send nothing."""

    async def receive(self, deadline: float) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def usable(self) -> bool:
        return True

    def rest(self) -> None:
        """Rest."""

    def close(self) -> None:
        """Close nothing."""


def _read(*pieces: bytes) -> tuple[Answer, bool]:
    return at_once(read_answer(Incoming(Pieces(*pieces), 0.0)))


@pytest.mark.parametrize("whole", [PLAIN, CHUNKED], ids=["length", "chunks"])
@given(st.data())
def test_how_an_answer_is_cut_into_pieces_says_nothing(whole: bytes, data: st.DataObject) -> None:
    """The same bytes are the same answer, however they arrive."""
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=6).map(sorted))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    assert _read(*pieces) == (GOOD, True)


@pytest.mark.parametrize("whole", [PLAIN, CHUNKED], ids=["length", "chunks"])
@given(st.data())
def test_a_beginning_is_never_an_answer(whole: bytes, data: st.DataObject) -> None:
    """An answer that ends early is none, wherever it ends."""
    end = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(ConnectionError):
        _read(whole[:end])


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 7\r\nTransfer-Encoding: chunked",
        b"Content-Length: 7\r\nContent-Length: 7",
        b"Content-Length: 7, 7",
        b"Content-Length: +7",
        b"Content-Length: -7",
        b"Content-Length: 0x7",
        b"Content-Length: 7 7",
        b"Content-Length: 77777777777",
        b"Content-Length: \xb2",
        b"Content-Length:",
        b"Content-Length : 7",
        b" Content-Length: 7",
        b"X: a\r\n Content-Length: 7",
        b"X: a\nContent-Length: 7",
        b"X: a\rContent-Length: 7",
        b"X: \x00\r\nContent-Length: 7",
        b"Content-Length: 7\r\n: x",
        b"Content-Length: 7\r\nno colon",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: xchunked",
        b"X: the end is not told",
    ],
)
def test_an_end_that_is_told_in_two_ways_or_none_is_refused(headers: bytes) -> None:
    """The end of a body is told once and plainly, or the answer is none."""
    with pytest.raises(NotHttp):
        _read(OK + headers + b"\r\n\r\n" + BODY)


@pytest.mark.parametrize(
    "status",
    [
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 199 x",
        b"HTTP/2 200 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 0200 OK",
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1 200OK",
        b"http/1.1 200 OK",
        b" HTTP/1.1 200 OK",
        b"HTTP/1.1 +20 OK",
        b"HTTP/1.1 200 \x00",
        b"\r\nHTTP/1.1 200 OK",
        b"",
    ],
)
def test_a_strange_status_line_is_refused(status: bytes) -> None:
    """An answer begins with a status, and with a final one."""
    with pytest.raises(NotHttp):
        _read(status + b"\r\nContent-Length: 7\r\n\r\n" + BODY)


@pytest.mark.parametrize(
    "chunks",
    [
        b"-3\r\n",
        b"+3\r\n{}\r\n\r\n",
        b"0x3\r\n",
        b" 3\r\n",
        b"\r\n",
        b"3 \x00\r\n",
        b'3\r\n{"aXX4\r\n',
        b"2\r\n{}\n0\r\n\r\n",
        b"fffffffff\r\n",
        b"0\r\nTrailer: x\r\n\r\n",
        b"0" * 300 + b"\r\n\r\n",
    ],
)
def test_strange_chunks_are_refused(chunks: bytes) -> None:
    """A chunk has a plain size and a plain end; trailers are not read."""
    with pytest.raises(NotHttp):
        _read(OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")


def test_a_head_without_end_is_refused() -> None:
    """What grows past its limit is refused before it is whole."""
    with pytest.raises(NotHttp):
        _read(OK, *[b"X: " + b"x" * 8000 + b"\r\n"] * (MAX_HEAD // 8000 + 1), b"\r\n")


@pytest.mark.parametrize("size", [MAX_ANSWER, MAX_ANSWER + 1, MAX_ANSWER * 3])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_over_the_limit_is_cut_and_its_connection_is_not_kept(
    size: int, *, chunked: bool
) -> None:
    """At most one byte over the limit is held, so that the reader sees that it is too much."""
    told = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b" " * size) if chunked else b" " * size
    answer, keep = _read(OK + told + b"\r\n\r\n", body)

    assert len(answer.body) == min(size, MAX_ANSWER + 1)
    assert keep is (size <= MAX_ANSWER)


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN + b"HTTP/1.1 200 OK\r\n",
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n"),
        PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: x, close\r\n\r\n"),
        PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: x\r\nConnection: close\r\n\r\n"),
    ],
    ids=["more bytes", "HTTP/1.0", "close", "close among others", "close in a second line"],
)
def test_what_cannot_carry_another_answer_is_not_kept(answer: bytes) -> None:
    """A connection is kept only if the next byte on it can only belong to the next answer."""
    assert _read(answer) == (GOOD, False)
    assert _read(PLAIN) == (GOOD, True)


@given(st.binary(max_size=200))
def test_stray_bytes_are_no_answer(stray: bytes) -> None:
    """Any bytes are an answer, or one of two refusals."""
    try:
        answer, _ = _read(stray)
    except (NotHttp, ConnectionError):
        return
    assert re.match(rb"HTTP/1\.[01] [2-9]", stray)
    assert answer.status >= 200
