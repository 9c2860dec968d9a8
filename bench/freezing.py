"""How long it takes until an agent that is frozen at one gateway is denied by another.

Two gateways run on one store already: `python -m bench.freezing --one URL --two URL`, with a key in
DRAWBAR_KEY that has `admin`, `check` and `assert.subject`.
"""

import argparse
import http.client
import os
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from dsl import strictjson


class Line:
    """One connection to a gateway."""

    def __init__(self, address: str, key: str) -> None:
        self._line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._told = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request, and return what comes back."""
        sent = None if body is None else strictjson.canonical(body).encode()
        self._line.request(method, path, sent, self._told)
        read = self._line.getresponse().read()
        return strictjson.read(read) if read else None

    def reason(self, agent: str, call: str) -> str:
        """Return why a call of an agent was decided as it was."""
        body = {"call_id": call, "tool": "pay", "args": {}, "agent": {"id": agent}}
        return str(self.ask("POST", "/v1/check", body)["reason"])


def spans(one: Line, two: Line, rounds: int) -> list[float]:
    """Freeze an agent at one gateway and ask the other, again and again; return the seconds."""
    found = []
    for at in range(rounds):
        agent = f"bench-{os.getpid()}-{at}"
        two.reason(agent, f"{agent}-first")  # so that the connection is there
        one.ask("POST", "/v1/freezes", {"kind": "agent", "name": agent})
        began, asked = time.perf_counter(), 0
        while two.reason(agent, f"{agent}-{asked}") != "frozen":
            asked += 1
        found.append(time.perf_counter() - began)
        one.ask("DELETE", f"/v1/freezes?kind=agent&name={agent}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", required=True)
    parser.add_argument("--two", required=True)
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args(arguments)
    key = os.environ["DRAWBAR_KEY"]
    found = sorted(spans(Line(given.one, key), Line(given.two, key), given.rounds))
    middle, late = found[len(found) // 2], found[int(len(found) * 0.95)]
    sys.stdout.write(
        f"{len(found)} freezes: median {middle * 1000:.1f} ms, "
        f"95th percentile {late * 1000:.1f} ms, longest {found[-1] * 1000:.1f} ms\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
