"""Speaks with an engine that runs in a process and an environment of its own."""

import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bench.peers.probes import Question

RUNNER: Final = Path(__file__).parents[1] / "hosting.py"
HOST: Final = Path(__file__).parent / "adapters" / "host.py"
LIMIT: Final = 10.0  # seconds until an engine is held to give no answer
STARTS: Final = 60.0
Said = dict[str, Any]


class WrongVersionError(Exception):
    """The engine is not the version that is pinned."""


class Client:
    """One engine, started anew after a question that it did not come back from."""

    def __init__(self, command: Sequence[str], version: str, *, limit: float = LIMIT) -> None:
        self._command = list(command)
        self._version = version
        self._limit = limit
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start the engine, and hold it to its version."""
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the engine."""
        self._end()

    def ask(self, question: Question) -> Said:
        """Return the engine's answer; none within the limit counts as raised."""
        if self._process is None:
            self._start()
        process = self._process
        if process is None or process.stdin is None:
            raise RuntimeError("the adapter is not running")
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        try:
            line = self._lines.get(timeout=self._limit)
        except queue.Empty:
            self._end()
            return _lost(f"no answer within {self._limit:g} s")
        if line is None:
            code = process.wait()
            self._end()
            return _lost(f"the process ended with {code}")
        return dict(json.loads(line))

    def _start(self) -> None:
        self._lines = queue.Queue()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # it may have started a server, which must end with it
        )
        self._reader = threading.Thread(
            target=_read, args=(self._process, self._lines), daemon=True
        )
        self._reader.start()
        try:
            line = self._lines.get(timeout=STARTS)
        except queue.Empty:
            line = None
        if line is None:
            self._end()
            raise RuntimeError(f"{' '.join(self._command)} did not start")
        version = json.loads(line)["version"]
        if version != self._version:
            self._end()
            raise WrongVersionError(f"{version} is installed, and {self._version} is pinned")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(timeout=2)  # an adapter at rest ends when its input does
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self._reader is not None:
            self._reader.join()  # it closes what it reads from


def _read(process: subprocess.Popen[str], lines: "queue.Queue[str | None]") -> None:
    if process.stdout is not None:
        with process.stdout as answers:
            for line in answers:
                lines.put(line)
    lines.put(None)


def _lost(why: str) -> Said:
    return {"load": "loaded", "answer": "raised", "detail": why}
