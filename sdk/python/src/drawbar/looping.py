"""Connections of an asyncio loop: TCP, TLS or a Unix socket, each wait bound to one moment."""

import asyncio
import select

from drawbar.address import Address
from drawbar.blocking import left
from drawbar.http1 import MAX_ANSWER


class LoopLine(asyncio.Protocol):
    """A transport of the loop that opened it, and of no other."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._came = bytearray()
        self._ended = False
        self._asked = False
        self._why: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream it is one
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what came; more than any answer, or what nobody asked for, ends it."""
        self._came += data
        if not self._asked or len(self._came) > 2 * MAX_ANSWER:
            self.close()
        self._wake()

    def eof_received(self) -> None:
        """Note the end; the transport closes itself."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end, and why."""
        self._end(exc)

    async def send(self, data: bytes, deadline: float) -> None:
        """Hand it to the transport; `receive` waits until it is answered."""
        left(deadline)
        if self._ended or self._transport is None or self._transport.is_closing():
            raise self._lost()
        self._asked = True
        self._transport.write(data)

    async def receive(self, deadline: float) -> bytes:
        """Return what comes next."""
        if not self._came and not self._ended:
            self._waiting = self.loop.create_future()
            async with asyncio.timeout(left(deadline)):
                await self._waiting
        if not self._came and self._why is not None:
            raise self._lost()
        came = bytes(self._came)
        self._came.clear()
        return came

    def usable(self) -> bool:
        """Tell whether it is open, of this loop, and nothing came since the last answer."""
        if self._ended or self._came or self.loop is not asyncio.get_running_loop():
            return False
        if self._transport is None or self._transport.is_closing():
            return False
        return not _readable(self._transport)  # the loop may not have looked yet

    def rest(self) -> None:
        """Be kept: what comes from now on, nobody asked for."""
        self._asked = False

    def close(self) -> None:
        """Close it at once, whichever loop it is of."""
        if self._transport is None or self.loop.is_closed():
            return
        try:
            mine = self.loop is asyncio.get_running_loop()
        except RuntimeError:
            mine = False
        if mine:
            self._transport.abort()
        else:
            self.loop.call_soon_threadsafe(self._transport.abort)

    def _lost(self) -> OSError:
        why = self._why
        return why if isinstance(why, OSError) else ConnectionError()

    def _end(self, why: Exception | None) -> None:
        self._ended, self._why = True, self._why or why
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def _readable(transport: asyncio.Transport) -> bool:
    """Tell whether something waits to be read, if only the end."""
    number = transport.get_extra_info("socket").fileno()
    if not hasattr(select, "poll"):  # on Windows
        return bool(select.select([number], [], [], 0)[0])
    look = select.poll()
    look.register(number, select.POLLIN)
    return bool(look.poll(0))


class LoopOpens:
    """Opens transports to one address, in the loop that runs."""

    def __init__(self, address: Address) -> None:
        self._address = address

    async def open(self, deadline: float) -> LoopLine:
        """Connect."""
        loop, address = asyncio.get_running_loop(), self._address
        async with asyncio.timeout(left(deadline)):
            if address.uds is not None:
                _, line = await loop.create_unix_connection(LoopLine, address.uds)
                return line
            name = address.host if address.tls else None
            _, line = await loop.create_connection(
                LoopLine, address.host, address.port, ssl=address.tls, server_hostname=name
            )
            return line

    async def pause(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)
