"""A server that runs as a process of ours, a message a line."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from app.edges.mcp import messages
from app.edges.mcp.links.link import (
    LEAVES,
    MOST,
    Garbled,
    Heard,
    Lost,
    Progress,
    Unsent,
    asked_back,
)
from app.edges.mcp.messages import Answer, NotAMessage, Notification, Refused, Request

INHERITED: Final = ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER")
MOST_GIVEN_UP: Final = 100_000  # requests that may be answered although nobody waits
GRACE_S: Final = 2.0  # to end by itself once its input is closed, and again once it is told to
log = structlog.get_logger("drawbar.mcp")


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return what a server may know of ours: little, and what its settings say."""
    known = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**known, **more}


class StdioLink:
    """A running process; everything that waits for it fails as soon as it does."""

    def __init__(self, name: str, process: Process, heard: Heard) -> None:
        self._name = name
        self._process = process
        self._heard = heard
        self._waiting: dict[messages.Id, asyncio.Future[Mapping[str, Any]]] = {}
        self._progress: dict[messages.Id, Progress] = {}
        self._given_up: dict[messages.Id, None] = {}
        self._number = 0
        self._ended: type[Lost | Garbled] | None = None
        self._reading = asyncio.create_task(self._read(), name=f"mcp server {name}")

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        heard: Heard,
        env: Mapping[str, str],
        cwd: Path | None = None,
    ) -> "StdioLink":
        """Start the process."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=PIPE,
                stdout=PIPE,
                env=env,
                cwd=cwd,
                limit=MOST,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise Unsent(f"`{command[0]}` cannot be started: {reason}") from error
        return cls(name, process, heard)

    @property
    def closed(self) -> bool:
        """Tell whether the process can be asked nothing any longer."""
        return self._ended is not None

    def adopt(self, revision: str) -> None:
        """Do nothing: on this transport each request tells its revision itself."""

    async def ask(
        self,
        method: str,
        params: Mapping[str, Any],
        seconds: float,
        progress: Progress | None = None,
        schema: Any = None,
    ) -> Mapping[str, Any]:
        """Send a request and wait for what comes of it."""
        self._number += 1
        name = self._number
        if progress is not None:
            self._progress[name] = progress
            params = {**params, "_meta": {**params.get("_meta", {}), "progressToken": name}}
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[name] = answer
        try:
            async with asyncio.timeout(seconds):  # a server that reads nothing takes nothing in
                await self._send(messages.request(name, method, params))
                return await answer
        except TimeoutError as error:
            self._forget(name)
            raise Lost("the server did not answer in time") from error
        except asyncio.CancelledError:
            self._forget(name)
            raise
        finally:
            self._waiting.pop(name, None)
            self._progress.pop(name, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # looked at, so that nobody logs that nobody did

    def _forget(self, name: messages.Id) -> None:
        """Let the server stop at what nobody waits for, without waiting for it to read that."""
        self._given_up[name] = None
        if len(self._given_up) > MOST_GIVEN_UP:  # most servers never answer what was given up
            del self._given_up[next(iter(self._given_up))]
        with suppress(Unsent, OSError, RuntimeError):
            self._write(messages.notification("notifications/cancelled", {"requestId": name}))

    async def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification."""
        await self._send(messages.notification(method, params))

    def _write(self, line: bytes) -> asyncio.StreamWriter:
        stdin = self._process.stdin
        if self._ended is not None or stdin is None or stdin.is_closing():
            raise Unsent("the server has ended")
        if stdin.transport.get_write_buffer_size() > MOST:
            raise Unsent("the server does not read what it is sent")
        stdin.write(line + b"\n")
        return stdin

    async def _send(self, line: bytes) -> None:
        try:
            await self._write(line).drain()
        except (OSError, RuntimeError):  # a part of it may have arrived
            self._end(Lost)

    async def _read(self) -> None:
        """Take in what the process says, until it ends or nobody can tell what it says."""
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it was started with a pipe
        try:
            while (line := await stdout.readline()).endswith(b"\n"):
                if line.strip():
                    await self._take(messages.read(line, LEAVES))
        except (NotAMessage, ValueError) as error:
            what = "no message" if isinstance(error, NotAMessage) else "too large a message"
            log.warning("a server wrote what cannot be read", server=self._name, what=what)
            self._end(Garbled)
        except Garbled:
            log.warning("a server answered what nobody asked", server=self._name)
            self._end(Garbled)
        finally:
            self._end(Lost)
        await self._stop()

    async def _take(self, message: messages.Message) -> None:
        match message:
            case Answer(id=name):
                self._answered(name, message)
            case Notification(method="notifications/progress", params=params):
                await self._moved(params)
            case Notification(method=method):
                self._heard(method)
            case Request():
                await self._asked(message)

    def _answered(self, name: messages.Id | None, message: Answer) -> None:
        if name in self._given_up:
            del self._given_up[name]
            return
        waiting = self._waiting.get(name) if name is not None else None
        if waiting is None:
            raise Garbled
        if waiting.done():
            return
        if message.result is not None:
            waiting.set_result(message.result)
        else:
            waiting.set_exception(refusal(message))

    async def _moved(self, params: Mapping[str, Any]) -> None:
        token = params.get("progressToken")
        found = self._progress.get(token) if isinstance(token, int | str) else None
        if found is not None:
            await found(params)

    async def _asked(self, request: Request) -> None:
        try:
            line = messages.result(request.id, asked_back(request))
        except Refused as refused:
            line = messages.error(request.id, refused)
        with suppress(Unsent):
            await self._send(line)

    def _end(self, why: type[Lost | Garbled]) -> None:
        """Fail all that wait: of what was sent nobody knows what became."""
        if self._ended is not None:
            return
        self._ended = why
        words = "the server ended" if why is Lost else "the server's answer cannot be read"
        for one in self._waiting.values():
            if not one.done():
                one.set_exception(why(words))

    async def close(self) -> None:
        """End the process: ask it to, then tell it to."""
        self._end(Lost)
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._stop()

    async def _stop(self) -> None:
        try:
            await self._end_process()
        finally:  # what the process wrote and nobody read would keep its pipe open
            transport = getattr(self._process, "_transport", None)
            if transport is not None:
                transport.close()

    async def _end_process(self) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            stdin.close()
        for sent in (None, signal.SIGTERM):
            if sent is not None:
                self._signal(sent)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S):
                    await self._process.wait()
                    break
        self._signal(signal.SIGKILL)  # also what it left behind
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await self._process.wait()

    def _signal(self, number: int) -> None:
        """Send a signal to the process and to all that it started, as far as they stay with it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def refusal(answer: Answer) -> Refused:
    """Return a server's error as it told it."""
    told = answer.error or {}
    return Refused(int(told["code"]), str(told["message"]), told.get("data"))
