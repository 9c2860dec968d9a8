"""Measures how long it takes until Drawbar is there: set-up, commands, server, size.

`make bench` prints the table of docs/measured.md. Times are medians on the machine it runs on;
beside each stands the time of an empty Python process, measured in the same run.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
ROUNDS: Final = 11
SCRIPTS: Final = Path(sys.executable).parent
DRAWBAR: Final = SCRIPTS / "drawbar"
STARTER: Final = ROOT / "examples" / "starter"


def timed(work: Callable[[], object]) -> float:
    """Return the seconds one run takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(*command: object) -> None:
    """Run a command to its end."""
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def paired(work: Callable[[], object]) -> tuple[float, float]:
    """Return the median seconds of some work, and its median ratio to an empty process."""
    work()
    times, ratios = [], []
    for _ in range(ROUNDS):
        empty = timed(lambda: run(sys.executable, "-c", "pass"))
        took = timed(work)
        times.append(took)
        ratios.append(took / empty)
    return statistics.median(times), statistics.median(ratios)


def server_start() -> None:
    """Start a gateway on a fresh store, and stop it once it says that it listens."""
    with tempfile.TemporaryDirectory() as folder:
        command = [DRAWBAR, "serve", "--port", "0", "--data", folder, "--policies", STARTER]
        with subprocess.Popen(
            [str(one) for one in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            for line in process.stdout or ():
                if b"listens" in line:
                    break
            process.kill()


def default_install() -> tuple[int, int]:
    """Install without extras into an empty environment; return packages and MiB."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": folder}
        uv = ROOT / ".uv" / "bin" / "uv"
        command = [str(uv), "sync", "--locked", "--no-dev", "--no-editable", "--quiet"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        packages = list(Path(folder).rglob("*.dist-info"))
        size = sum(file.lstat().st_size for file in Path(folder).rglob("*") if file.is_file())
        return len(packages), size >> 20


def from_nothing() -> tuple[float, float]:
    """Clone into an empty folder; return the seconds until `make serve` listens, and of tests."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "drawbar"
        run("git", "clone", "--quiet", ROOT, clone)
        environment = {**os.environ, "UV_CACHE_DIR": f"{folder}/cache", "PIP_NO_CACHE_DIR": "1"}
        serve = timed(lambda: _make_serve(clone, environment))
        shutil.rmtree(clone)
        shutil.rmtree(f"{folder}/cache")
        run("git", "clone", "--quiet", ROOT, clone)
        test = timed(lambda: _make_test(clone, environment))
        return serve, test


def _make_serve(clone: Path, environment: dict[str, str]) -> None:
    command = ["make", "serve", "ARGS=--port 0"]
    with subprocess.Popen(
        command, cwd=clone, env=environment, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        for line in process.stdout or ():
            if re.search(rb"listens", line):
                break
        os.killpg(process.pid, 15)


def _make_test(clone: Path, environment: dict[str, str]) -> None:
    command = ["make", "test"]
    subprocess.run(command, cwd=clone, env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Print the table."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start compiles everything anew
    rows = [("what", "median", "times an empty Python process")]
    for words, work in (
        ("`drawbar lint` of the starter policy", lambda: run(DRAWBAR, "lint", STARTER)),
        ("`drawbar version`", lambda: run(DRAWBAR, "version")),
        ("`drawbar serve`, until it listens", server_start),
    ):
        seconds, ratio = paired(work)
        rows.append((words, f"{seconds:.2f} s", f"{ratio:.0f}"))
    packages, size = default_install()
    rows.append((f"default install, {packages} packages", f"{size} MiB", ""))
    if "--from-nothing" in sys.argv:
        serve, test = from_nothing()
        rows.append(("`make serve` from an empty clone, nothing cached", f"{serve:.0f} s", ""))
        rows.append(("`make test` from an empty clone, nothing cached", f"{test:.0f} s", ""))
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
