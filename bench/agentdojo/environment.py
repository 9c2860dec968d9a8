"""Makes AgentDojo's environment from its pinned requirements, apart from the checkout's own."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.reporting import ROOT

HERE: Final = Path(__file__).parent
REQUIREMENTS: Final = HERE / "requirements.txt"
HOST: Final = HERE / "host.py"
ENVIRONMENT: Final = ROOT / "var" / "agentdojo" / "environment"
VERSION: Final = "0.1.35"
_UV: Final = ROOT / ".uv" / "bin" / "uv"


class NotInstalled(Exception):
    """AgentDojo could not be installed; the words say what was tried."""


def make() -> list[str]:
    """Install AgentDojo, unless that was done, and return the command that starts its host.

    Only what its suites import is installed: no client of any model.
    """
    stamp = ENVIRONMENT / "installed"
    wanted = REQUIREMENTS.read_text("utf-8")
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        _install()
        stamp.write_text(wanted, "utf-8")
    return [str(ENVIRONMENT / "bin" / "python"), "-I", str(HOST)]


def _install() -> None:
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    ENVIRONMENT.parent.mkdir(parents=True, exist_ok=True)
    uv = str(_UV) if _UV.exists() else "uv"
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT)])
    into = ["--python", str(ENVIRONMENT), "--requirement", str(REQUIREMENTS)]
    _run([uv, "pip", "install", "--quiet", "--no-deps", *into])


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", "") or str(error)
        shown = " ".join(command).replace(f"{ROOT}/", "")
        raise NotInstalled(f"`{shown}`: {words.strip()[-300:]}") from error
