"""Stands between a gateway and its PostgreSQL, and can stop passing anything on."""

import asyncio
from pathlib import Path
from typing import Final, Self

SOCKET: Final = ".s.PGSQL.5432"


class Proxy:
    """Passes on what comes at a socket of its own, unless it is told to stand still."""

    def __init__(self, behind: Path, folder: Path) -> None:
        self._behind = behind / SOCKET
        self._socket = folder / SOCKET
        self._moving = asyncio.Event()
        self._moving.set()
        self._pipes: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._server = await asyncio.start_unix_server(self._serve, self._socket)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut every connection."""
        self._server.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    def stand_still(self) -> None:
        """Keep back whatever comes, and say nothing: as a network does that lost its way."""
        self._moving.clear()

    def go_on(self) -> None:
        """Pass on again."""
        self._moving.set()

    async def _serve(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        there, forth = await asyncio.open_unix_connection(self._behind)
        for source, target in ((here, forth), (there, back)):
            pipe = asyncio.create_task(self._pass(source, target))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(1 << 16):
                await self._moving.wait()
                target.write(data)
        finally:
            target.close()
