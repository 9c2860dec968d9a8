"""What every measure says of itself: when, on what machine, and of which versions it is."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.version import VERSION
from bench import intervals
from memory.ids import new_id

ROOT: Final = Path(__file__).parents[1]
SCHEMA: Final = "drawbar.eval/1"


def lines(found: Iterable[Mapping[str, Any]]) -> str:
    """Write measures as lines of JSON."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found)


def read_lines(text: str) -> list[dict[str, Any]]:
    """Read measures back."""
    return [json.loads(line) for line in text.splitlines()]


def sha256(content: bytes) -> str:
    """Return a digest as results write it."""
    return hashlib.sha256(content).hexdigest()


def interval(hits: int, n: int) -> dict[str, Any] | None:
    """Return the exact interval of a share; there is none of nothing."""
    if n == 0:
        return None
    low, high = intervals.exact(hits, n)
    shown = {"low": round(low, 4), "high": round(high, 4)}
    return {"method": intervals.METHOD, "level": intervals.LEVEL, **shown}


def run(seed: int) -> dict[str, Any]:
    """Name one run."""
    now = datetime.now(UTC)
    return {"id": new_id("run", now), "at": now.isoformat(timespec="seconds"), "seed": seed}


def machine() -> dict[str, Any]:
    """Describe the machine."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "ram_gb": round(pages * size / (1 << 30)),
        "load1": round(os.getloadavg()[0], 1),
    }


def versions(measured: Sequence[str]) -> dict[str, Any]:
    """Return our versions; the tree is dirty if a file that was measured is not committed."""
    commit = head()
    lock = ROOT / "uv.lock"
    return {
        "drawbar": VERSION,
        "commit": commit or "unknown",
        "dirty": not commit or bool(git("status", "--porcelain", "--", *measured)),
        "python": platform.python_version(),
        "lock_sha256": sha256(lock.read_bytes()) if lock.is_file() else "unknown",
    }


def head() -> str:
    """Return the commit that is checked out, or nothing."""
    return git("rev-parse", "HEAD")


def git(*args: str) -> str:
    """Ask git about this checkout; nothing if it cannot say."""
    try:
        done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _cpu() -> str:
    """Return the processor's name where the system tells it, else its sort."""
    told = Path("/proc/cpuinfo")
    names = told.read_text("utf-8").splitlines() if told.is_file() else []
    named = (line.partition(":")[2].strip() for line in names if line.startswith("model name"))
    return next(named, platform.machine())
