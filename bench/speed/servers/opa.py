"""The real OPA server, with its log of decisions on or off."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.peers import environment
from bench.peers.engines import ENGINES
from bench.speed.servers.served import Asking, Served, free_port, running
from bench.speed.shapes import Call

_PEER: Final = next(one for one in ENGINES if one.name == "opa")
VERSION: Final = _PEER.version
_FLAGS: Final = ("--log-level", "error", "--disable-telemetry")


@contextmanager
def serving(text: str, folder: Path, *, logged: bool) -> Iterator[Served]:
    """Serve a policy."""
    policy, log, port = folder / "policy.rego", folder / "log", free_port()
    policy.write_text(text, "utf-8")
    noting = ["--set", "decision_logs.console=true"] if logged else []
    where = ["--addr", f"127.0.0.1:{port}"]
    command = [_program(), "run", "--server", *where, *_FLAGS, *noting, str(policy)]
    name = "opa logged" if logged else "opa"
    asking = Asking("/v1/data/tools/allow", body, allowed)
    with running(name, command, port, log, asking) as served:
        yield served


def _program() -> str:
    environment.install(_PEER)
    return environment.program(_PEER)


def body(call: Call, _name: str) -> bytes:
    """Return the request's body."""
    return json.dumps({"input": call}).encode()


def allowed(answer: Any) -> bool:
    """Tell what the answer says."""
    return answer.get("result") is True
