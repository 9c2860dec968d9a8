"""Keeps connections open between questions, and sends each request over one of them."""

import os
from collections import deque
from typing import Final, Generic, Protocol, TypeVar

from drawbar.http1 import Answer, Broken, Incoming, Line, Unanswered, read_answer

MOST_IDLE: Final = 32
AnyLine = TypeVar("AnyLine", bound=Line)
OneLine_co = TypeVar("OneLine_co", bound=Line, covariant=True)


class Opens(Protocol[OneLine_co]):
    """Opens connections to one gateway, and waits."""

    async def open(self, deadline: float) -> OneLine_co:
        """Connect."""

    async def pause(self, seconds: float) -> None:
        """Wait."""


class Lines(Generic[AnyLine]):
    """The open connections of one client; threads may share it, and a forked child starts anew."""

    def __init__(self, opens: Opens[AnyLine]) -> None:
        self.opens: Final = opens
        self._idle: deque[AnyLine] = deque()
        self._process = os.getpid()
        self._closed = False

    async def exchange(self, request: bytes, deadline: float) -> Answer:
        """Send a request and read its answer.

        A kept connection that ends before a byte of the answer came had been closed by the
        gateway: the request goes out once more, on a new one.
        """
        if (kept := self._take()) is not None:
            try:
                return await self._over(kept, request, deadline)
            except Unanswered:
                pass
        return await self._over(await self.opens.open(deadline), request, deadline)

    def close(self) -> None:
        """Close what is idle; what is in use is closed after its answer."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    async def _over(self, line: AnyLine, request: bytes, deadline: float) -> Answer:
        incoming = Incoming(line, deadline)
        keep = False
        try:
            await _sent(line, incoming, request, deadline)
            answer, keep = await read_answer(incoming)
        except TimeoutError:
            raise
        except OSError as error:
            raise (Broken if incoming.begun else Unanswered)(*error.args) from error
        finally:  # a cancelled wait as well: only after a whole answer it is usable
            self._put(line) if keep else line.close()
        return answer

    def _take(self) -> AnyLine | None:
        """Return the connection used last that is still good."""
        if self._process != os.getpid():  # a fork: the connections are the parent's
            self._process, self._idle = os.getpid(), deque()
        while self._idle:
            try:
                line = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if line.usable():
                return line
            line.close()
        return None

    def _put(self, line: AnyLine) -> None:
        if self._closed or len(self._idle) >= MOST_IDLE:
            line.close()
        else:
            line.rest()
            self._idle.append(line)


async def _sent(line: Line, incoming: Incoming, request: bytes, deadline: float) -> None:
    """Send a request; if that breaks, find out whether an answer had begun all the same."""
    try:
        await line.send(request, deadline)
    except TimeoutError:
        raise
    except OSError:
        await incoming.more()
        raise
