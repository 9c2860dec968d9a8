"""Measures what the gateway adds to a call: `python -m bench.mcp`.

The same client calls the same server, directly and through the gateway, in turns within one run.
With `--pause` each client waits between its calls, as agents do; without, they never rest.
"""

import argparse
import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from app.edges.mcp import pins
from bench.gateways import Served, serving
from bench.mcp.line import Place, calls

POLICY: Final = 'policy bench version 1;\nrule echo: allow echo/echo when args.text != "x";\n'
TOOL: Final = {
    "name": "echo",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
}
GOAL_MS: Final = 1.5
ROUNDS: Final = 6


def main() -> int:
    """Measure; end with 3 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 8, 32])
    parser.add_argument("--calls", type=int, default=1200, help="in each round, of all clients")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between a client's calls")
    parser.add_argument("--audit", choices=("group", "async"), default="group")
    options = parser.parse_args()
    missed = False
    with _places(options.audit) as (gateway, direct, through):
        print("| clients | direct p50 | through p50 | added p50 | ratio | added p90 | processor |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for clients in options.clients:
            each = max(options.calls // clients, 10)
            before = gateway.processor_s()
            took = asyncio.run(_measured(direct, through, clients, each, options.pause))
            made = (ROUNDS + 1) * each * clients
            cost = 1000 * (gateway.processor_s() - before) / made
            missed |= _tell(clients, *took, cost) > GOAL_MS
    return 3 if missed else 0


def _tell(clients: int, direct: list[float], through: list[float], cost: float) -> float:
    halves = statistics.median(direct), statistics.median(through)
    tenths = statistics.quantiles(direct, n=10)[8], statistics.quantiles(through, n=10)[8]
    added = halves[1] - halves[0]
    print(
        f"| {clients} | {halves[0]:.2f} ms | {halves[1]:.2f} ms | {added:.2f} ms "
        f"| {halves[1] / halves[0]:.1f} | {tenths[1] - tenths[0]:.2f} ms | {cost:.2f} ms |"
    )
    return added


async def _measured(
    direct: Place, through: Place, clients: int, each: int, pause_s: float
) -> tuple[list[float], list[float]]:
    """Ask both in turns, so that what else the machine does falls on both."""
    found: tuple[list[float], list[float]] = ([], [])
    for round_number in range(ROUNDS + 1):
        for place, took in zip((direct, through), found, strict=True):
            many = (calls(place, each, pause_s) for _ in range(clients))
            times = await asyncio.gather(*many)
            if round_number:  # the first one is for warming up
                took += [one for of_client in times for one in of_client]
    return found


@contextmanager
def _places(audit: str) -> Iterator[tuple[Served, Place, Place]]:
    port = _free_port()
    address = f"http://127.0.0.1:{port}/mcp"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        policies = folder / "policies"
        policies.mkdir()
        (policies / "bench.bar").write_text(POLICY)
        pins.write(policies, "echo", [TOOL])
        config = folder / "drawbar.toml"
        config.write_text(f'[mcp.gateways.bench.servers.echo]\nurl = "{address}"\n')
        process = subprocess.Popen([sys.executable, "-m", "bench.mcp.server", str(port)])
        try:
            _wait(port)
            settings = {"config": str(config), "audit": audit}
            with serving(policies, settings) as gateway:
                headers = {"Authorization": f"Bearer {gateway.key}"}
                yield (
                    gateway,
                    Place(address, "echo", {}),
                    Place(f"{gateway.address}/mcp/bench", "echo__echo", headers),
                )
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    sys.exit(main())
