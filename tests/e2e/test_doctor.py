"""`drawbar doctor --canary` beside real gateways, over real sockets."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.edges.mcp import pins
from tests.app.edges.mcp.test_serving_http import FAULTY
from tests.e2e.gateway_process import GatewayProcess

POLICY = "policy bank version 1; rule r: allow pay;"


def doctor(gateway: GatewayProcess, config: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "app.cli", "doctor", "--json", "--config", str(config)]
    folders = ["--policies", str(gateway.folder / "policies")]
    where = ["--data", str(gateway.folder / "var"), "--url", gateway.address]
    environment = {name: v for name, v in os.environ.items() if not name.startswith("DRAWBAR")}
    run = subprocess.run(
        [*command, *folders, *where, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**environment, "DRAWBAR_KEY": gateway.key},
    )
    return run.returncode, json.loads(run.stdout) if run.stdout else {"failed": run.stderr}


def test_the_canary_goes_through_every_edge_of_a_running_gateway(tmp_path: Path) -> None:
    """HTTP and each MCP gateway deny and record it; after a call the doctor has no finding."""
    policies = tmp_path / "policies"
    policies.mkdir(mode=0o700)
    (policies / "bank.bar").write_text(POLICY)
    pins.write(policies, "one", [])
    config = tmp_path / "settings.toml"
    args = json.dumps(["-S", FAULTY, "fine", str(tmp_path / "notes")])
    config.write_text(
        f'[mcp.gateways.work.servers.one]\ncommand = "{sys.executable}"\nargs = {args}\n'
    )
    started = ("--port", "0", "--config", str(config))
    with GatewayProcess(tmp_path, *started, policies=policies) as gateway:
        assert gateway.check(args={}).json()["effect"] == "allow"
        code, found = doctor(gateway, config, "--canary")
        gateway.stop()

    birds = [one for one in found["checks"] if one["name"] == "canary"]
    assert [one["level"] for one in birds] == ["ok", "ok"], found
    assert "the edge mcp (work)" in birds[1]["said"]
    assert [one for one in found["checks"] if one["level"] == "finding"] == []
    assert code == 0
