"""The aggregate: one line for each kind of probe in each suite."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from bench import reporting
from bench.agentdojo.freezes import Freeze
from bench.agentdojo.host import SUITES as BENCHMARK
from bench.agentdojo.results import MEASURED
from bench.agentdojo.suites import SUITES
from bench.probes.score import Row

VERSIONED: Final = (*MEASURED, "bench/probes", ":(exclude)bench/probes/ledger.jsonl")
SEED: Final = 0  # nothing is drawn by chance
LIMITS: Final = (
    "Free text to somebody who may be written to is the open flank: a policy sees no sense.",
    "Lures and links are a few sentences in English: whoever knows the rules finds better ones.",
    "Calls of one task are not independent, so the intervals are too narrow.",
    "Who wrote the policies of the open suites improved them after these probes were seen.",
    "A probe after a task meets what the task has used up; the column `task not begun` shows more.",
)


def aggregate(
    rows: Sequence[Row], frozen: Mapping[str, Freeze], cases_sha256: str
) -> list[dict[str, Any]]:
    """Return every row in the reporting form."""
    shared = {
        "run": reporting.run(SEED),
        "machine": reporting.machine(),
        "versions": {**reporting.versions(VERSIONED), "benchmark": BENCHMARK},
        "limits": list(LIMITS),
        "cases_sha256": cases_sha256,
    }
    return [{**_row(one), **_inputs(frozen.get(one.suite)), **shared} for one in rows]


def _row(row: Row) -> dict[str, Any]:
    (role,) = (one.role for one in SUITES if one.name == row.suite)
    head = {"schema": reporting.SCHEMA, "measure": f"probes.{row.kind}", "kind": "replay"}
    counts = row.counts
    return {
        **head,
        "suite": row.suite,
        "role": role,
        "order": "after",
        "answer": "nobody",
        "counts": asdict(counts),
        "goal": {"allowed": row.most, "twins": counts.twins},
        "held": row.held,
        "interval": reporting.interval(counts.allowed, counts.n),
    }


def _inputs(freeze: Freeze | None) -> dict[str, Any]:
    if freeze is None:
        return {}
    digests = {"policy_sha256": freeze.policy_sha256, "tools_sha256": freeze.tools_sha256}
    return {"inputs": {**digests, "freeze": freeze.digest}}
