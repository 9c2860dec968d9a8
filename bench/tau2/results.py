"""The aggregate: one object a measure, with all it takes to know what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import reporting
from bench.eval_data.manifest import load_manifest
from bench.reporting import ROOT, SCHEMA, sha256
from bench.tau2.mutants import SEED
from bench.tau2.score import Row

__all__ = ["ROOT", "Inputs", "aggregate", "sha256"]

# What a figure hangs on: a change here that is not committed makes the tree dirty.
_MEASURED: Final = (
    *("app", "bench/intervals.py", "bench/reporting.py", "bench/tau2", "dsl", "memory"),
    *("pyproject.toml", "uv.lock"),
)
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


def aggregate(rows: Sequence[Row], inputs: Inputs, cases: bytes) -> list[dict[str, Any]]:
    """Return every measure in the reporting form."""
    shared = {
        "run": reporting.run(SEED),
        "machine": reporting.machine(),
        "versions": {**reporting.versions(_MEASURED), "data": origins()},
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
        "interval": reporting.interval(row.hits, row.n),
    }


def origins() -> list[str]:
    """Return where the data set was published."""
    (tau2,) = (one for one in load_manifest().sets if one.name == "tau2")
    return [f"{one.name}@{one.ref[:7]}" for one in tau2.origins if "tau" in one.name]
