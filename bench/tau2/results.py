"""The aggregate: one object a measure, with all it takes to know what was measured."""

import hashlib
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.version import VERSION
from bench.eval_data.manifest import load_manifest
from bench.tau2 import intervals
from bench.tau2.mutants import SEED
from bench.tau2.score import Row
from memory.ids import new_id

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = "drawbar.eval/1"
# What a figure hangs on: a change here that is not committed makes the tree dirty.
_MEASURED: Final = ("app", "bench/tau2", "dsl", "memory", "pyproject.toml", "uv.lock")
LIMITS: Final = (
    "The calls are replayed and no model reacts: a denied agent would try something else.",
    "The labels come from a checker of ten rules, confirmed by the gold calls alone.",
    "Those who wrote the policy knew the handbook and these calls: others may fare worse.",
    "What no rule can say, such as whether insurance covers a reason, is let through.",
    "Mutants are made of a few dozen calls and not independent: their intervals are too narrow.",
    "A mutant need not fit together: a flight of next week may be found flown, a sum may be off.",
    "The recorded conversations were held under an older wording of the handbook.",
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files that were measured, by name."""

    policy: Path
    tools: Path
    overlay: Path
    calls: Path
    conversations: Path


def sha256(content: bytes) -> str:
    """Return a digest as results write it."""
    return hashlib.sha256(content).hexdigest()


def aggregate(rows: Sequence[Row], inputs: Inputs, cases: bytes) -> list[dict[str, Any]]:
    """Return every measure in the reporting form."""
    shared = {
        "run": _run(),
        "machine": _machine(),
        "versions": _versions(),
        "inputs": {
            f"{name}_sha256": sha256(getattr(inputs, name).read_bytes())
            for name in Inputs.__slots__
        },
        "limits": list(LIMITS),
        "cases_sha256": sha256(cases),
    }
    return [{**_measure(row), **shared} for row in rows]


def _measure(row: Row) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "measure": f"tau2.{row.measure}",
        "kind": "replay",
        "suite": "airline",
        "role": "open",
        "counts": {"n": row.n, "hits": row.hits},
        "goal": row.goal,
        "held": row.held,
        "interval": _interval(row),
    }


def _interval(row: Row) -> dict[str, Any] | None:
    if row.n == 0:
        return None
    low, high = intervals.exact(row.hits, row.n)
    shown = {"low": round(low, 4), "high": round(high, 4)}
    return {"method": intervals.METHOD, "level": intervals.LEVEL, **shown}


def _run() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"id": new_id("run", now), "at": now.isoformat(timespec="seconds"), "seed": SEED}


def _machine() -> dict[str, Any]:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "ram_gb": round(pages * size / (1 << 30)),
        "load1": round(os.getloadavg()[0], 1),
    }


def _cpu() -> str:
    """Return the processor's name where the system tells it, else its sort."""
    told = Path("/proc/cpuinfo")
    names = told.read_text("utf-8").splitlines() if told.is_file() else []
    named = (line.partition(":")[2].strip() for line in names if line.startswith("model name"))
    return next(named, platform.machine())


def _versions() -> dict[str, Any]:
    commit = _git("rev-parse", "HEAD")
    lock = ROOT / "uv.lock"
    return {
        "drawbar": VERSION,
        "commit": commit or "unknown",
        "dirty": not commit or bool(_git("status", "--porcelain", "--", *_MEASURED)),
        "python": platform.python_version(),
        "lock_sha256": sha256(lock.read_bytes()) if lock.is_file() else "unknown",
        "data": origins(),
    }


def origins() -> list[str]:
    """Return where the data set was published."""
    (tau2,) = (one for one in load_manifest().sets if one.name == "tau2")
    return [f"{one.name}@{one.ref[:7]}" for one in tau2.origins if "tau" in one.name]


def _git(*args: str) -> str:
    try:
        done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
