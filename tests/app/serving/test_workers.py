"""When a worker that ended is started anew, and what becomes of one that does not stop."""

import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.serving import workers
from app.serving.workers import STEADY_S, Workers, _Worker
from app.settings import Settings


class Process:
    """Stands in for a process: it ends when it is told to, or only when it is killed."""

    exitcode = -11

    def __init__(self, *, heeds: bool = True) -> None:
        self.alive = True
        self.told: list[str] = []
        self._heeds = heeds

    def terminate(self) -> None:
        self.told.append("stop")
        self.alive = self.alive and not self._heeds

    def kill(self) -> None:
        self.told.append("killed")
        self.alive = False

    def is_alive(self) -> bool:
        return self.alive

    def join(self, timeout: float | None = None) -> None:
        self.told.append("awaited")


@pytest.fixture
def served() -> Iterator[Workers]:
    settings = Settings(workers=2, database_url="postgresql+asyncpg://h/d", shutdown_grace_s=0)
    with socket.socket() as listening:
        yield Workers(settings, listening)


def worker(process: Any, lived: float = 0.0) -> _Worker:
    return _Worker(1, process, time.monotonic() - lived)


def test_who_ends_again_and_again_is_started_ever_later(served: Workers) -> None:
    """After 1, 2, 4 and up to 30 seconds; and at once, where it lived for a minute."""
    one = worker(Process())

    with capture_logs() as logs:
        for _ in range(7):
            one.started = time.monotonic()
            served._ended(one)
        one.started -= STEADY_S
        served._ended(one)
        one.started = time.monotonic()
        served._ended(one)

    assert [line["again_in_s"] for line in logs] == [1, 2, 4, 8, 16, 30, 30, 0, 1]
    assert {line["exit_code"] for line in logs} == {-11}


def test_who_does_not_stop_is_killed(served: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are told at once, and the one that goes on is ended; the other is only awaited."""
    monkeypatch.setattr(workers, "BEYOND_GRACE_S", 0.0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    heeding, deaf = Process(), Process(heeds=False)
    served._workers += [worker(heeding), worker(deaf)]

    with capture_logs() as logs:
        served._stop()

    assert heeding.told == ["stop", "awaited"]
    assert deaf.told == ["stop", "awaited", "killed", "awaited"]
    assert [line["event"] for line in logs] == ["a worker does not stop"]
