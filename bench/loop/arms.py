"""Runs the loop in every arm, and gathers what each call and task took."""

import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench import environment, gateways
from bench.agentdojo.suites import Suite
from bench.gateways import Served
from bench.loop import tasks
from bench.reporting import ROOT

HERE: Final = Path(__file__).parent
ENVIRONMENT: Final = ROOT / "var" / "loop" / "environment"
PASSES: Final = "policy passing version 1;\nrule everything: allow *;\n"
ARMS: Final = ("direct", "pass-through", "loaded")
_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Way:
    """How a loop is run."""

    transport: str  # stdio or http
    latency_ms: int
    agents: int
    rounds: int


@dataclass(slots=True)
class Gateways:
    """What the gateways of the arms took: processor and memory."""

    checks: dict[str, int] = field(default_factory=dict)
    processor_s: dict[str, float] = field(default_factory=dict)
    sessions: int = 0
    grown_mb: float = 0.0


def python() -> str:
    """Return the Python that has the official client."""
    environment.once(ENVIRONMENT, HERE / "requirements.txt", environment.python)
    return str(ENVIRONMENT / "bin" / "python")


def run(suite: Suite, way: Way, spent: Gateways) -> list[dict[str, Any]]:
    """Play the tasks of a suite in all arms; return a row for each task, arm and round."""
    recorded = tasks.record(suite.name)
    with ExitStack() as held:
        arms = dict(zip(ARMS[1:], _served(held, suite), strict=True))
        served = {name: held.enter_context(gateways.serving(at)) for name, at in arms.items()}
        server = held.enter_context(_server(recorded, way))
        wanted = {
            "name": f"{way.transport}-{way.latency_ms}",
            "server": server,
            "arms": {name: _arm(name, served.get(name)) for name in ARMS},
            "agents": way.agents,
            "rounds": way.rounds,
            "tasks": json.loads(recorded.read_text("utf-8")),
        }
        before = {name: (one.processor_s(), one.memory_mb()) for name, one in served.items()}
        command = [python(), "-I", str(HERE / "agent.py")]
        done = subprocess.run(
            command, input=json.dumps(wanted), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise gateways.Refused(f"the agent broke off: {done.stderr.strip()[-500:]}")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        for name, one in served.items():
            calls = sum(len(row["calls"]) for row in rows if row["arm"] == name)
            spent.checks[name] = spent.checks.get(name, 0) + calls
            took = one.processor_s() - before[name][0]
            spent.processor_s[name] = spent.processor_s.get(name, 0.0) + took
        spent.sessions += sum(row["arm"] == "loaded" for row in rows)
        spent.grown_mb += served["loaded"].memory_mb() - before["loaded"][1]
    return [{**row, "suite": suite.name} for row in rows]


def _served(held: ExitStack, suite: Suite) -> Iterator[Path]:
    """Make the policies of the arms: one that passes everything, and the suite's own."""
    passing = Path(held.enter_context(tempfile.TemporaryDirectory()))
    (passing / "passing.bar").write_text(PASSES, "utf-8")
    yield passing
    loaded = Path(held.enter_context(tempfile.TemporaryDirectory()))
    for one in (suite.policy, suite.tools):
        (loaded / one.name).write_bytes(one.read_bytes())
    yield loaded


def _arm(name: str, served: Served | None) -> dict[str, Any]:
    address, key = (served.address, served.key) if served else ("", "")
    return {"address": address, "key": key, "session": name == "loaded"}


@contextmanager
def _server(recorded: Path, way: Way) -> Iterator[str | Mapping[str, Any]]:
    """Start the server of the tools; over standard streams, the client starts it."""
    arguments = ["-I", str(HERE / "server.py"), str(recorded), str(way.latency_ms)]
    if way.transport == "stdio":
        yield {"command": python(), "args": arguments}
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([python(), *arguments, str(port)])
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise gateways.Refused("the server of the tools did not start")
