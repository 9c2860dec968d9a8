"""Makes environments of their own for software that a bench runs beside Drawbar, all pinned."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.reporting import ROOT

_UV: Final = ROOT / ".uv" / "bin" / "uv"
_TOLD: Final = 300  # characters of what an installer said last


class NotInstalled(Exception):
    """Something could not be installed; the words say what was tried."""


def once(folder: Path, requirements: Path, install: Callable[[Path, Path], None]) -> None:
    """Install what a file names into a folder, unless that was done."""
    stamp = folder / "installed"
    wanted = requirements.read_text("utf-8")
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    install(folder, requirements)
    stamp.write_text(wanted, "utf-8")


def python(folder: Path, requirements: Path) -> None:
    """Make an environment of Python with what a file names, and nothing that it does not name."""
    uv = str(_UV) if _UV.exists() else "uv"
    run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)])
    into = ["--python", str(folder), "--requirement", str(requirements)]
    run([uv, "pip", "install", "--quiet", "--no-deps", *into])


def npm(folder: Path, requirements: Path) -> None:
    """Install the packages of npm that a file names; no script of theirs runs."""
    wanted = requirements.read_text("utf-8").split()
    flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
    run(["npm", "install", *flags, str(folder), *wanted])


def run(command: list[str]) -> None:
    """Run an installer, or raise with what it said last."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", "") or str(error)
        shown = " ".join(command).replace(f"{ROOT}/", "")
        raise NotInstalled(f"`{shown}`: {words.strip()[-_TOLD:]}") from error
