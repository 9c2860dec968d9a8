"""Makes the environment of an engine: from its pinned requirements, outside the checkout's own."""

import shutil
import subprocess
import sys
from typing import Final

from bench.peers.client import HOST
from bench.peers.engines import ROOT, Engine

UV: Final = ROOT / ".uv" / "bin" / "uv"


class NotInstalledError(Exception):
    """The engine could not be installed; the words say what was tried."""


def make(engine: Engine) -> list[str]:
    """Install an engine, unless that was done, and return the command that starts its adapter."""
    stamp = engine.environment / "installed"
    wanted = engine.requirements.read_text("utf-8")
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        _install(engine)
        stamp.write_text(wanted, "utf-8")
    return command(engine)


def command(engine: Engine) -> list[str]:
    """Return the command that starts the adapter of an engine that is installed."""
    start = [sys.executable if engine.npm else str(engine.environment / "bin" / "python"), "-I"]
    program = [str(engine.environment / "node_modules" / engine.npm)] if engine.npm else []
    policies = [str(engine.folder), engine.extension, str(engine.reasons)]
    return [*start, str(HOST), str(engine.adapter), *policies, *program]


def _install(engine: Engine) -> None:
    shutil.rmtree(engine.environment, ignore_errors=True)
    engine.environment.mkdir(parents=True)
    if engine.npm:
        wanted = engine.requirements.read_text("utf-8").split()
        flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
        _run(["npm", "install", *flags, str(engine.environment), *wanted])
        return
    uv = str(UV) if UV.exists() else "uv"
    folder = str(engine.environment)
    _run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder])
    files = ["--requirement", str(engine.requirements)]
    _run([uv, "pip", "install", "--quiet", "--no-deps", "--python", folder, *files])


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", "") or str(error)
        shown = " ".join(command).replace(f"{ROOT}/", "")
        raise NotInstalledError(f"`{shown}`: {words.strip()[-300:]}") from error
