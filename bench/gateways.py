"""Starts real gateways for benches that ask over a socket."""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bench import processes
from bench.reporting import ROOT
from dsl import strictjson

SCOPES: Final = ("check", "observe", "observe.user", "assert.session")
_PATIENCE_S: Final = 30.0


class Refused(Exception):
    """A gateway did not start, or did not answer as it should."""


@dataclass(slots=True)
class Served:
    """A gateway in a process of its own, and one connection to it."""

    address: str
    key: str
    pid: int
    started_s: float = 0.0  # from its start until it listened
    _line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._line = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)

    def post(self, path: str, content: bytes) -> bytes:
        """Send JSON, and return what comes back."""
        told = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        self._line.request("POST", path, content, told)
        answer = self._line.getresponse()
        read = answer.read()
        if answer.status != http.client.OK:
            raise Refused(f"{path}: {answer.status} {read.decode()[:300]}")
        return read

    def ask(self, path: str, body: Any) -> Any:
        """Send a value, and return the answer as one."""
        return strictjson.read(self.post(path, strictjson.canonical(body).encode()))

    def processor_s(self) -> float:
        """Return the seconds of the processor that the gateway took so far."""
        return processes.processor_s(self.pid)

    def memory_mb(self) -> float:
        """Return the memory that the gateway holds now."""
        return processes.memory_mb(self.pid)


@contextmanager
def serving(
    policies: Path,
    settings: Mapping[str, str] | None = None,
    folder: Path | None = None,
    module: str = "app.cli",
    root: Path = ROOT,
) -> Iterator[Served]:
    """Run `drawbar serve` on an empty store for as long as it is asked; `root` is its checkout."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        data = Path(name) / "data"
        environment = {at: one for at, one in os.environ.items() if not at.startswith("DRAWBAR")}
        environment |= {f"DRAWBAR_{at.upper()}": one for at, one in (settings or {}).items()}
        environment["PYTHONPATH"] = str(root)  # it starts elsewhere, and may be a module of ours
        program = [sys.executable, "-m", "app.cli"]
        scopes = [part for one in SCOPES for part in ("--scope", one)]
        making = [*program, "keys", "create", "--data", str(data), *scopes]
        made = subprocess.run(
            making, check=True, capture_output=True, text=True, cwd=name, env=environment
        )
        log = Path(name) / "log"
        command = [sys.executable, "-m", module, "serve", "--port", "0", "--data", str(data)]
        command += ["--policies", str(policies)]
        began = time.monotonic()
        with log.open("w") as told:
            process = subprocess.Popen(command, stdout=told, stderr=told, cwd=name, env=environment)
        try:
            address = listens(process, log)
            took = time.monotonic() - began
            yield Served(address, made.stdout.strip(), process.pid, took)
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)


def listens(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Wait until a gateway says where it listens."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"Drawbar listens on (\S+)", log.read_text("utf-8")):
            return found.group(1)
        time.sleep(0.02)
    raise Refused(f"the gateway did not start: {log.read_text('utf-8')[-500:]}")
