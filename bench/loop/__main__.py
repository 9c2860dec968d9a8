"""Measures what a gateway adds to an agent's loop: `python -m bench.loop [--short]`."""

import argparse
import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

from bench.agentdojo.suites import SUITES
from bench.loop.arms import ARMS, Gateways, Way, run

WAYS: Final = (
    Way("stdio", 0, 1, 7),
    Way("http", 0, 1, 7),
    Way("stdio", 20, 1, 3),
    Way("http", 20, 1, 3),
    Way("http", 0, 32, 1),
)
SHORT: Final = (Way("stdio", 0, 1, 1), Way("http", 0, 1, 1))
Rows = Sequence[dict[str, Any]]


def added(rows: Rows, arm: str) -> list[float]:
    """Return what an arm added to each call that also ran in the direct arm of its round."""
    direct = {_of(row): row["calls"] for row in rows if row["arm"] == "direct"}
    found = [(row["calls"], direct[_of(row)]) for row in rows if row["arm"] == arm]
    return [one - other for calls, others in found for one, other in zip(calls, others)]  # noqa: B905 - a task may end early


def added_to_tasks(rows: Rows, arm: str) -> list[float]:
    """Return what an arm added to each task of which every call ran."""
    direct = {_of(row): row for row in rows if row["arm"] == "direct"}
    found = [(row, direct[_of(row)]) for row in rows if row["arm"] == arm]
    return [
        row["whole"] - other["whole"]
        for row, other in found
        if len(row["calls"]) == len(other["calls"])
    ]


def _of(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["suite"], row["task"], row["round"], row["agent"]


def shares(values: Iterable[float]) -> str:
    """Write the median and the two upper shares as cells of a table."""
    found = sorted(values)
    at = (found[min(int(len(found) * one), len(found) - 1)] for one in (0.5, 0.95, 0.99))
    return " | ".join(f"{one:.1f}" for one in at)


def show(way: Way, rows: Rows, spent: Gateways) -> None:
    """Print the rows of one way."""
    named = f"{way.transport} | {way.latency_ms} ms | {way.agents}"
    direct = [one for row in rows if row["arm"] == "direct" for one in row["calls"]]
    print(f"| {named} | direct, in all | {shares(direct)} | | | | |")
    for arm in ARMS[1:]:
        a_check = spent.processor_s[arm] * 1000 / max(spent.checks[arm], 1)
        cells = f"{shares(added(rows, arm))} | {shares(added_to_tasks(rows, arm))} | {a_check:.1f}"
        print(f"| {named} | {arm}, added | {cells} |", flush=True)
    calls = {_of(row): len(row["calls"]) for row in rows if row["arm"] == "direct"}
    early = {
        row["task"]
        for row in rows
        if row["arm"] == "loaded" and len(row["calls"]) < calls[_of(row)]
    }
    a_session = spent.grown_mb * 1024 / max(spent.sessions, 1)
    print(
        f"<!-- {len({row['task'] for row in rows})} tasks, {len(early)} of them not wholly allowed "
        f"by their policy; {a_session:.0f} KB a session; load {os.getloadavg()[0]:.1f} -->",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="one round over both transports")
    print("| transport | a tool takes | agents | arm | per call, ms: p50 | p95 | p99 ", end="")
    print("| per task, ms: p50 | p95 | p99 | gateway's processor, ms a call |")
    print("| --- " * 11 + "|")
    for way in SHORT if parser.parse_args().short else WAYS:
        rows, spent = [], Gateways()
        for suite in SUITES:
            rows += run(suite, way, spent)
        show(way, rows, spent)


if __name__ == "__main__":
    main()
