"""The whole API under requests that are drawn from its own description."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from memory.scopes import Scope
from tests.e2e.gateway_process import GatewayProcess
from tests.harness import POLICY

pytestmark = pytest.mark.heavy

HERE: Final = Path(__file__).parent
EXAMPLES: Final = os.environ.get("FUZZ_EXAMPLES", "3")
SECONDS: Final = os.environ.get("FUZZ_SECONDS")
SCOPES: Final = tuple(one for one in Scope if one is not Scope.FEEDBACK)


@pytest.mark.timeout(1200)
@pytest.mark.locked
def test_requests_drawn_from_the_description_find_nothing(tmp_path: Path) -> None:
    """A real gateway answers what it describes, refuses what it does not, and never with a 5xx.

    Examples, edges of every schema, drawn requests and drawn chains of requests are sent, with and
    without a key; `make fuzz-api` goes on for a quarter of an hour.
    """
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "bank.bar").write_text(POLICY, "utf-8")
    # The run sends wrong keys on purpose, from one address.
    (tmp_path / "drawbar.toml").write_text("[limits]\nfailures = 1000000\n", "utf-8")
    with GatewayProcess(tmp_path, "--port", "0", policies=policies) as gateway:
        key = _key(tmp_path)
        done = subprocess.run(
            _command(gateway.address, key),
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "checks.py"), **_own(tmp_path)},
            text=True,
            capture_output=True,
            timeout=1100,
            check=False,
        )
        sys.stdout.write(done.stdout)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b[1-9]\d* generated", done.stdout)


def _command(address: str, key: str) -> list[str]:
    bounded = ["--max-time", SECONDS] if SECONDS else ["--generation-deterministic"]
    return [
        *(
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(HERE / "schemathesis.toml"),
        ),
        *("run", f"{address}/openapi.json", "-H", f"Authorization: Bearer {key}"),
        *("--max-examples", EXAMPLES, *bounded),
    ]


def _drawbar(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "app.cli", *arguments, "--data", str(folder / "var")]
    return subprocess.run(command, text=True, capture_output=True, timeout=60, check=True).stdout


def _key(folder: Path) -> str:
    scopes = [part for scope in SCOPES for part in ("--scope", str(scope))]
    return _drawbar(folder, "keys", "create", "--name", "fuzz", *scopes).strip()


def _own(folder: Path) -> dict[str, str]:
    """Tell the checks which key is the run's own."""
    found = re.search(r"^(\S+) .*\bfuzz\b", _drawbar(folder, "keys", "list"), re.MULTILINE)
    assert found is not None
    return {"FUZZ_KEY_ID": found.group(1)}
