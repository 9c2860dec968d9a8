"""Several processes behind one door, each a gateway of its own on a store that they share.

Whatever gateways share, they share through the store, as those on several machines do. The process
that starts them answers nothing itself: it holds the door open, and starts anew what ends.
"""

import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Final

import structlog

from app.logs import configure_logs
from app.serving.listening import listen
from app.serving.server import prepare, say, serve
from app.settings import Settings
from dsl.errors import DrawbarError

STEADY_S: Final = 60.0  # a worker that lived so long is started anew at once
LONGEST_S: Final = 30.0  # before one is started anew that ends again and again
BEYOND_GRACE_S: Final = 10.0  # to store what waits, after the open requests had their time
_SPAWN: Final = multiprocessing.get_context("spawn")  # a fork would take threads and locks along
log = structlog.get_logger("drawbar.workers")


@dataclass(slots=True)
class _Worker:
    """One process, the place it has among the others, and when it may be started anew."""

    number: int
    process: BaseProcess
    started: float
    failures: int = 0
    due: float | None = None  # it has ended, and is started anew then


class Workers:
    """Starts the processes, and keeps as many alive until told to stop."""

    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._settings = settings
        self._listening = listening
        self._workers: list[_Worker] = []

    def run(self) -> None:
        """Serve until told to stop, or until the first one cannot start."""
        try:
            self._first()
            for number in range(2, self._settings.workers + 1):
                self._workers.append(self._started(number))
            while True:
                self._heed()
        finally:
            self._stop()

    def _first(self) -> None:
        """Start the first one alone: it brings the store up to date, and makes keys that lack."""
        told, tells = _SPAWN.Pipe(duplex=False)
        first = self._started(1, tells)
        self._workers.append(first)
        tells.close()
        try:
            listens, words = told.recv()
        except EOFError:
            raise DrawbarError("the first worker ended before it listened") from None
        if not listens:
            raise DrawbarError(words)
        say(words)

    def _started(self, number: int, tells: Connection | None = None) -> _Worker:
        process = _SPAWN.Process(
            target=work,
            args=(self._settings, self._listening, number, tells),
            name=f"drawbar worker {number}",
        )
        process.start()
        return _Worker(number, process, time.monotonic())

    def _heed(self) -> None:
        """Wait until one ends or may be started anew, and do what is to be done."""
        alive = [one.process.sentinel for one in self._workers if one.due is None]
        due = min((one.due for one in self._workers if one.due is not None), default=None)
        wait(alive, None if due is None else max(due - time.monotonic(), 0))
        for at, one in enumerate(self._workers):
            if one.due is None and not one.process.is_alive():
                self._ended(one)
            elif one.due is not None and one.due <= time.monotonic():
                self._workers[at] = self._started(one.number)
                self._workers[at].failures = one.failures

    def _ended(self, one: _Worker) -> None:
        lived = time.monotonic() - one.started
        one.failures = 0 if lived >= STEADY_S else one.failures + 1
        pause = min(2.0 ** (one.failures - 1), LONGEST_S) if one.failures else 0.0
        one.due = time.monotonic() + pause
        code = one.process.exitcode
        log.error("a worker ended", worker=one.number, exit_code=code, again_in_s=pause)

    def _stop(self) -> None:
        """Tell all to stop, and end what does not in time."""
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, signal.SIG_IGN)
        for one in self._workers:
            one.process.terminate()
        until = time.monotonic() + self._settings.shutdown_grace_s + BEYOND_GRACE_S
        for one in self._workers:
            one.process.join(max(until - time.monotonic(), 0))
            if one.process.is_alive():
                log.error("a worker does not stop", worker=one.number)
                one.process.kill()
                one.process.join()


def work(
    settings: Settings, listening: socket.socket, number: int, tells: Connection | None
) -> None:
    """Be one of the workers; the first one tells how its start went."""
    configure_logs(settings)
    structlog.contextvars.bind_contextvars(worker=number)
    prepare()
    Thread(target=_outlive_nobody, daemon=True).start()

    def listens(banner: str) -> None:
        if tells is not None:
            tells.send((True, banner))

    try:
        serve(settings, [listening, *_own_door(settings, number)], listens)
    except DrawbarError as error:
        if tells is not None:
            tells.send((False, str(error)))
        log.error("a worker cannot start", cause=str(error))  # noqa: TRY400 - one line


def _own_door(settings: Settings, number: int) -> Sequence[socket.socket]:
    """Return where this worker alone listens, if it does."""
    if settings.worker_port is None:
        return ()
    port = settings.worker_port + number - 1
    return (listen(settings.model_copy(update={"uds": None, "port": port})),)


def _outlive_nobody() -> None:
    """Stop as told to when whoever started this is gone: nobody would start it anew, or stop it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
