"""The one client for all servers: wrk, as Debian packages it, with a script of ours."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import environment
from bench.environment import NotInstalled
from bench.reporting import ROOT

HERE: Final = Path(__file__).parent
FOLDER: Final = ROOT / "var" / "speed" / "wrk"
VERSION: Final = "4.1.0"
SCRIPT: Final = HERE / "wrk.lua"
MARK: Final = "@" * 10  # where the script writes the number of the request, ten digits wide
BETWEEN: Final = "\x1e"  # between two requests of the file that it reads
_UNPACK: Final = 'cd "$0" && apt-get download -q "$@" && for p in *.deb; do dpkg -x "$p" .; done'


@dataclass(frozen=True, slots=True)
class Wrk:
    """The program, and where its libraries are."""

    program: str
    libraries: str = ""

    def run(self, port: int, requests: Path, clients: int, seconds: int) -> dict[str, Any]:
        """Ask for a while over as many connections, and return what was seen."""
        asked = [f"-t1 -c{clients} -d{seconds}s --timeout 10s -s".split(), [str(SCRIPT)]]
        where = [f"http://127.0.0.1:{port}", "--", str(requests)]
        command = [self.program, *asked[0], *asked[1], *where]
        ran = subprocess.run(
            command, capture_output=True, text=True, check=False, env=self._environment()
        )
        lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
        if ran.returncode or not lines:
            raise RuntimeError(f"wrk: {ran.stderr or ran.stdout}"[-300:])
        return dict(json.loads(lines[-1]))

    def version(self) -> str:
        """Return what it says of itself."""
        ran = subprocess.run(
            [self.program, "-v"],
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
        )
        return (ran.stdout + ran.stderr).partition("\n")[0]

    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, "LD_LIBRARY_PATH": self.libraries} if self.libraries else os.environ


def found() -> Wrk:
    """Return the installed wrk of this version, or one unpacked into a folder of ours."""
    installed = shutil.which("wrk")
    if installed and VERSION in Wrk(installed).version():
        return Wrk(installed)
    environment.once(FOLDER, HERE / "requirements" / "wrk.txt", _unpacked)
    libraries = next(iter((FOLDER / "usr" / "lib").glob("*-linux-gnu")), FOLDER)
    wrk = Wrk(str(FOLDER / "usr" / "bin" / "wrk"), str(libraries))
    if VERSION not in wrk.version():
        raise NotInstalled(f"`{wrk.version()}` is not wrk {VERSION}")
    return wrk


def _unpacked(folder: Path, requirements: Path) -> None:
    wanted = requirements.read_text("utf-8").split()
    environment.run(["sh", "-ec", _UNPACK, str(folder), *wanted])


def written(place: Path, requests: Sequence[bytes]) -> Path:
    """Write whole requests for the script to read."""
    place.write_bytes(BETWEEN.encode().join(requests))
    return place
