"""The real Cerbos server, with its audit log on or off."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench import environment
from bench.environment import NotInstalled
from bench.reporting import ROOT
from bench.speed.servers.served import Asking, Served, free_port, running
from bench.speed.shapes import Call

VERSION: Final = "0.51.0"
FOLDER: Final = ROOT / "var" / "peers" / "cerbos"
_REQUIREMENTS: Final = Path(__file__).parents[1] / "requirements" / "cerbos.txt"
_PROGRAM: Final = FOLDER / "node_modules" / "@cerbos" / "cerbos-linux-x64" / "cerbos-linux-x64"


@contextmanager
def serving(texts: Mapping[str, str], folder: Path, *, logged: bool) -> Iterator[Served]:
    """Serve a policy."""
    policies, log, port = folder / "policies", folder / "log", free_port()
    policies.mkdir()
    for name, text in texts.items():
        (policies / name).write_text(text, "utf-8")
    settings = folder / "cerbos.json"
    settings.write_text(json.dumps(_settings(policies, port, folder, logged=logged)), "utf-8")
    command = [_program(), "server", "--log-level=error", f"--config={settings}"]
    name = "cerbos logged" if logged else "cerbos"
    asking = Asking("/api/check/resources", body, allowed)
    with running(name, command, port, log, asking) as served:
        yield served


def _settings(policies: Path, port: int, folder: Path, *, logged: bool) -> dict[str, Any]:
    return {
        "server": {
            "httpListenAddr": f"127.0.0.1:{port}",
            "grpcListenAddr": f"127.0.0.1:{free_port()}",
        },
        "storage": {
            "driver": "disk",
            "disk": {"directory": str(policies), "watchForChanges": False},
        },
        "telemetry": {"disabled": True},
        "audit": {
            "enabled": logged,
            "accessLogsEnabled": False,
            "decisionLogsEnabled": logged,
            "backend": "local",
            "local": {"storagePath": str(folder / "audit")},
        },
    }


def _program() -> str:
    environment.once(FOLDER, _REQUIREMENTS, environment.npm)
    said = subprocess.run([str(_PROGRAM), "--version"], capture_output=True, text=True, check=False)
    if VERSION not in said.stdout + said.stderr:
        raise NotInstalled(f"cerbos says `{said.stdout.strip()}`, and {VERSION} is pinned")
    return str(_PROGRAM)


def body(call: Call, name: str) -> bytes:
    """Return the request's body."""
    resource = {"kind": call["tool"], "id": name, "attr": call["args"]}
    asked = {
        "requestId": name,
        "principal": {"id": "agent", "roles": ["agent"]},
        "resources": [{"resource": resource, "actions": ["call"]}],
    }
    return json.dumps(asked).encode()


def allowed(answer: Any) -> bool:
    """Tell what the answer says."""
    return bool(answer["results"][0]["actions"]["call"] == "EFFECT_ALLOW")
