"""A real gateway: its own process, a real socket, a store on disk."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

STARTER: Final = Path(__file__).parents[2] / "examples" / "starter"
PATIENCE_S: Final = 90.0
# Tests of adapters run where agents live, and the gateway lives in an environment of its own.
PYTHON: Final = os.environ.get("GATEWAY_PYTHON", sys.executable)


class GatewayProcess:
    """Starts `drawbar serve`, reads what it prints, stops it."""

    def __init__(self, folder: Path, *arguments: str, policies: Path = STARTER) -> None:
        self.folder = folder
        self.log = folder / "gateway.log"
        self._command = [
            *(PYTHON, "-m", "app.cli", "serve", "--data", str(folder / "var")),
            *("--policies", str(policies), *arguments),
        ]

    def __enter__(self) -> Self:
        """Start, and wait until it says where it listens."""
        environment = {name: v for name, v in os.environ.items() if not name.startswith("DRAWBAR")}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self.folder, env=environment
            )
        self.address = self.wait_for(r"Drawbar listens on (\S+)")
        found = re.search(r"drw_[\w-]+", self.printed())
        self.key = found.group() if found else ""
        return self

    def printed(self) -> str:
        """Return what it printed so far."""
        return self.log.read_text()

    def wait_for(self, pattern: str) -> str:
        """Wait for a line, and return its first group."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if found := re.search(pattern, self.printed()):
                return found.group(1)
            assert self.process.poll() is None, self.printed()
            time.sleep(0.02)
        raise AssertionError(f"no line like {pattern}: {self.printed()}")

    def check(self, **members: Any) -> httpx.Response:
        """Ask for a decision about a small payment, or something else."""
        body = {
            "call_id": "c1",
            "tool": "pay",
            "args": {"recipient": "Ada", "amount": 50},
            **members,
        }
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.post(f"{self.address}/v1/check", json=body, headers=headers, timeout=10)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE_S)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _t: TracebackType | None,
    ) -> None:
        """Leave nothing running; where a test fails, say what became of the gateway meanwhile."""
        if error is not None:
            code, printed = self.process.poll(), self.printed()[-2000:]
            runs = "runs" if code is None else f"ended with {code}"
            error.add_note(f"the gateway at {self.address} {runs}; it printed last:\n{printed}")
        self.process.kill()
        self.process.wait()
