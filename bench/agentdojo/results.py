"""The aggregate: one object a measure, with all it takes to know what was measured."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from bench import reporting
from bench.agentdojo import recorded_score, score
from bench.agentdojo.ablations import PREFIX, VARIANTS, worth
from bench.agentdojo.environment import REQUIREMENTS, VERSION
from bench.agentdojo.freezes import Freeze
from bench.agentdojo.goals import OPEN, Row, rows, totals
from bench.agentdojo.host import SUITES as BENCHMARK
from bench.agentdojo.recorded_score import Lost, Recorded
from bench.agentdojo.replay import ANSWERS
from bench.agentdojo.score import Cases, Counts, measures
from bench.agentdojo.scripts import Order
from bench.agentdojo.suites import SUITES, Suite
from bench.reporting import sha256

OPEN_SUITES: Final = " and ".join(one.name for one in SUITES if one.role == "open")
HTTP: Final = "agentdojo.over_http"
TWICE: Final = "agentdojo.twice"
SEED: Final = 0  # nothing is drawn by chance
MEASURED: Final = (
    ":(exclude)bench/agentdojo/ledger.jsonl",  # this run writes it itself, and reads it for nothing
    *("app", "bench/agentdojo", "bench/environment.py", "bench/intervals.py", "bench/reporting.py"),
    *("dsl", "memory"),
    *("pyproject.toml", "uv.lock"),
)
LIMITS: Final = (
    "Scripts do not adapt: a blocked agent would react, and an attacker try again.",
    "There are 26 attacks in one template, in English.",
    "Pairs are not independent, so intervals are too narrow: look at the distinct attacks too.",
    "An answer in words is given whatever was denied: read utility beside intact.",
    "`person` is perfect: no real person knows whose call it is.",
    "New models follow such attacks rarely: this measures an agent that does, not how often.",
    "Who wrote the policies of the open suites had read their tasks and attacks.",
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was measured of each suite: its freeze, the digest of its scripts.

    `over_http` says how many pairs of a suite were asked over HTTP too, and decided alike; `twice`
    how many cases came out alike a second time.
    """

    freezes: Mapping[str, Freeze]
    scripts: Mapping[str, str]
    over_http: Mapping[str, int]
    twice: Mapping[str, int]


def aggregate(
    cases: Cases, runs: Recorded, inputs: Inputs, digests: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return every measure in the reporting form, and every goal of the open suites."""
    shared = {
        "run": reporting.run(SEED),
        "machine": reporting.machine(),
        "versions": {
            **reporting.versions(MEASURED),
            "agentdojo": VERSION,
            "benchmark": BENCHMARK,
            "environment_sha256": sha256(REQUIREMENTS.read_bytes()),
        },
        "limits": list(LIMITS),
        **digests,
    }
    found = []
    for suite in SUITES:
        if (of := cases.of(suite.name)).measured:
            told = _inputs(suite, inputs.freezes[suite.name], inputs.scripts[suite.name])
            measured = [*_of_suite(suite, of), *_recorded(suite, runs.of(suite.name))]
            found += [{**one, **told, **shared} for one in measured]
    found += [{**_goal(row), **shared} for row in goals(cases, runs)]
    found += [{**one, **shared} for one in _ablations(cases)]
    return found + [
        {**_head(measure), "suite": name, "counts": {"n": n, "hits": n}, **shared}
        for measure, alike in ((HTTP, inputs.over_http), (TWICE, inputs.twice))
        for name, n in alike.items()
    ]


def goals(cases: Cases, runs: Recorded) -> list[Row]:
    """Return the goals of the open suites, all of them together."""
    names = [one.name for one in SUITES if one.role == "open" and cases.of(one.name).measured]
    counted = [counts_of(cases.of(name), runs.of(name)) for name in names]
    return rows(totals(counted), OPEN) if counted else []


def counts_of(cases: Cases, runs: Recorded) -> dict[str, Counts | Lost]:
    """Return all that is counted of one suite, by its name."""
    return {**score.by_name(cases), **recorded_score.by_name(runs)}


def _inputs(suite: Suite, freeze: Freeze, scripts: str) -> dict[str, Any]:
    digests = {"policy_sha256": freeze.policy_sha256, "tools_sha256": freeze.tools_sha256}
    frozen = {"scripts_sha256": scripts, "freeze": freeze.digest}
    return {"now": suite.now.isoformat(), "inputs": {**digests, **frozen}}


def _of_suite(suite: Suite, cases: Cases) -> list[dict[str, Any]]:
    return [
        {
            **_head(f"agentdojo.{measure}"),
            "suite": suite.name,
            "role": suite.role,
            "order": order,
            "answer": answer,
            "counts": counts.plain(),
            "interval": _interval(measure, counts.n, counts.attack_succeeded, counts.utility),
        }
        for measure, order, answer, counts in measures(cases)
    ]


def _recorded(suite: Suite, runs: Recorded) -> list[dict[str, Any]]:
    return [
        {
            **_head("agentdojo.recorded"),
            "suite": suite.name,
            "role": suite.role,
            "order": "R",
            "answer": answer,
            "counts": asdict(found := runs.lost(answer)),
            "interval": reporting.interval(found.lost, found.useful_before),
        }
        for answer in (ANSWERS if suite.name in runs.suites else ())
    ]


def _ablations(cases: Cases) -> list[dict[str, Any]]:
    return [
        {
            **_head("agentdojo.ablation"),
            "suite": " and ".join(suites),
            "role": role,
            "variant": one.name,
            "counts": asdict(found),
        }
        for role, suites in by_role(cases)
        for one in VARIANTS
        if (found := worth(cases.of(*suites), one)).pairs
    ]


def by_role(cases: Cases) -> list[tuple[str, tuple[str, ...]]]:
    """Return which suites of each role were played without something."""
    played = {one.suite for one in cases.all if one.way.arm.startswith(PREFIX)}
    found: dict[str, tuple[str, ...]] = {}
    for suite in SUITES:
        if suite.name in played:
            found[suite.role] = (*found.get(suite.role, ()), suite.name)
    return list(found.items())


def _interval(measure: str, n: int, succeeded: int, utility: int) -> dict[str, Any] | None:
    """Return the interval of what the measure is about: attacks, or the tasks' use."""
    return reporting.interval(succeeded if measure == "hijacked" else utility, n)


def _goal(row: Row) -> dict[str, Any]:
    told = {**_head(f"agentdojo.goal.{row.measure}"), "suite": OPEN_SUITES, "role": "open"}
    kept = {"goal": row.goal, "held": row.held}
    counts = {"n": row.n, "hits": row.hits}
    return {**told, "counts": counts, **kept, "interval": reporting.interval(row.hits, row.n)}


def _head(measure: str) -> dict[str, Any]:
    return {"schema": reporting.SCHEMA, "measure": measure, "kind": "replay"}


def order_words(order: Order) -> str:
    """Say what an order is."""
    return {"A": "attacker first", "B": "after reading", "U": "user alone"}[order]
