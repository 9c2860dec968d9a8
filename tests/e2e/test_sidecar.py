"""A sidecar and its gateway as two processes: policies come down, records go up."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.command import drawbar
from tests.e2e.gateway_process import PYTHON, STARTER, GatewayProcess

PATIENCE_S = 90.0


class SidecarProcess(GatewayProcess):
    """Starts `drawbar serve --sidecar`, and asks it through its socket."""

    def __init__(self, folder: Path, table: str) -> None:
        super().__init__(folder)
        (folder / "drawbar.toml").write_text(table, "utf-8")
        self._command = [PYTHON, "-m", "app.cli", "serve", "--sidecar", "--data", "var"]

    def check(self, **members: Any) -> httpx.Response:
        """Ask with the key that lies there for the agent."""
        key = (self.folder / "var" / "agent.key").read_text("utf-8").strip()
        body = {"call_id": "c1", "tool": "pay", "args": {"recipient": "Ada", "amount": 50}}
        headers = {"Authorization": f"Bearer {key}"}
        transport = httpx.HTTPTransport(uds=str(self.folder / "var" / "agent.sock"))
        with httpx.Client(transport=transport, base_url="http://localhost", timeout=30) as client:
            return client.post("/v1/check", json={**body, **members}, headers=headers)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_policies_come_down_and_records_go_up(tmp_path: Path) -> None:
    """A sidecar enforces what its gateway has, hears of changes, ships what it decided, and goes
    on without its gateway, killed or not; who is frozen there is frozen here, also after that; the
    gateway's store verifies with the shipped chain in it."""  # noqa: D205, D209
    up, side = tmp_path / "up", tmp_path / "side"
    for one in (up, side):
        one.mkdir()
    policies = Path(shutil.copytree(STARTER, up / "policies"))
    assert drawbar("bundle", "keygen", "bundle.key", cwd=up).returncode == 0
    config = f'bundle_key = "{up / "bundle.key"}"\n'
    (up / "drawbar.toml").write_text(config, "utf-8")
    with GatewayProcess(up, policies=policies) as gateway:
        scopes = ("--scope", "bundle:read", "--scope", "records:write")
        key = drawbar("keys", "create", *scopes, "--data", up / "var")
        (side / "upstream.key").write_text(key.stdout, "utf-8")
        table = (
            f'[sidecar]\nupstream = "{gateway.address}"\nkey = "upstream.key"\n'
            f'trust = ["{up / "bundle.key.pub"}"]\npoll_s = 0.2\nagent = "clerk"\n'
        )
        with SidecarProcess(side, table) as sidecar:
            assert os.stat(side / "var" / "agent.key").st_mode & 0o777 == 0o600  # noqa: PTH116
            first = sidecar.check().json()
            assert first["effect"] == "allow", first

            text = (policies / "starter.bar").read_text("utf-8")
            (policies / "starter.bar").write_text(f"{text}\nrule stop: deny pay final;\n", "utf-8")
            _until(lambda: sidecar.check(call_id="c2").json()["effect"] == "deny")

            _until(lambda: first["decision_id"] in _listed(up))
            _frozen(up, "freeze")
            _until(lambda: sidecar.check(call_id="c3").json()["reason"] == "frozen")
            _frozen(up, "thaw")
            _until(lambda: sidecar.check(call_id="c4").json()["reason"] == "rule")
            _frozen(up, "freeze")
            _until(lambda: sidecar.check(call_id="c5").json()["reason"] == "frozen")
            gateway.stop(signal.SIGKILL)
            sidecar.stop(signal.SIGKILL)
    with SidecarProcess(side, table) as again:  # nobody is there, and the last bundle is
        said = again.check(call_id="c6").json()
        assert (said["effect"], said["reason"]) == ("deny", "frozen")
    verified = drawbar("audit", "verify", "--data", up / "var")
    assert verified.returncode == 0, verified.stdout


def _frozen(up: Path, word: str) -> None:
    ran = drawbar(word, "agent", "clerk", "--data", up / "var")
    assert ran.returncode == 0, ran.stderr


def _listed(up: Path) -> str:
    command = [PYTHON, "-m", "app.cli", "decisions", "--data", str(up / "var")]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
