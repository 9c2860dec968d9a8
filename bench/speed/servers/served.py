"""A server that is asked, whoever wrote it: its process, its port, and how a call is put to it."""

import http.client
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench import processes
from bench.gateways import Refused
from bench.speed.shapes import Call

__all__ = ("Asking", "Refused", "Served", "free_port", "running")

PATIENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Asking:
    """How a call is put to a server, and what its answer says: allowed or not."""

    path: str
    body: Callable[[Call, str], bytes]
    allowed: Callable[[Any], bool]
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, call: Call, name: str) -> bytes:
        """Return a whole request as it goes over the wire."""
        body = self.body(call, name)
        told = {
            "Host": "127.0.0.1",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **self.headers,
        }
        lines = "".join(f"{key}: {value}\r\n" for key, value in told.items())
        return f"POST {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


@dataclass(slots=True)
class Served:
    """A server that runs."""

    name: str
    port: int
    pid: int
    asking: Asking
    started_s: float

    def ask(self, call: Call, name: str, line: http.client.HTTPConnection) -> Any:
        """Ask about one call over a connection and return the answer's text."""
        headers = {"Content-Type": "application/json", **self.asking.headers}
        line.request("POST", self.asking.path, self.asking.body(call, name), headers)
        answer = line.getresponse()
        read = answer.read()
        if answer.status != http.client.OK:
            raise Refused(f"{self.name}: {answer.status} {read[:200].decode()}")
        return read

    def line(self) -> http.client.HTTPConnection:
        """Return a new connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def cpu_s(self) -> float:
        """Return the seconds of the processor that the server and all it started took so far."""
        return self._all(processes.processor_s)

    def memory_mb(self) -> float:
        """Return the memory that they hold now."""
        return self._all(processes.memory_mb)

    def _all(self, figure: Callable[[int], float]) -> float:
        found = 0.0
        for pid in _tree(self.pid):
            with suppress(OSError):  # it ended meanwhile
                found += figure(pid)
        return found


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(
    name: str, command: Sequence[str], port: int, log: Path, asking: Asking
) -> Iterator[Served]:
    """Run a server, whose words go to a file, for as long as it is asked."""
    with log.open("wb") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told)
    try:
        took = _listening(process, port, log)
        yield Served(name, port, process.pid, asking, took)
    finally:
        _ended(process)


def _listening(process: "subprocess.Popen[bytes]", port: int, log: Path) -> float:
    """Wait until a server takes connections, and return the seconds that it took from now."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return time.monotonic() - began
        time.sleep(0.005)
    raise Refused(f"did not start: {log.read_text('utf-8', 'replace')[-300:]}")


def _ended(process: "subprocess.Popen[bytes]") -> None:
    """End a server."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text("ascii").split())
    return found
