"""The command line: replay, write down, say what was missed."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.policy import policies
from bench import reporting
from bench.tau2 import confirm, judge, results, score
from bench.tau2.cases import CALLS, CONVERSATIONS, Case, NoData, load
from bench.tau2.confirm import Write
from bench.tau2.judge import Record
from bench.tau2.mutants import mutants
from bench.tau2.page import page
from bench.tau2.results import ROOT, Inputs
from bench.tau2.score import Dispute, Expected, Row

DONE, NOT_RUN, MISSED = 0, 1, 3
HERE: Final = Path(__file__).parent
POLICY: Final = HERE / "airline.bar"
TOOLS: Final = HERE / "airline.tools.json"
OVERLAY: Final = HERE / "airline_confirmation.bar"
RECORDS: Final = "bench/results/tau2.cases.jsonl"
WRITES: Final = "bench/results/tau2.writes.jsonl"
RESULTS: Final = "bench/results/tau2.jsonl"
PAGE: Final = "docs/results.md"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run found."""

    records: list[Record]
    writes: list[Write]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.tau2",
        description=__doc__,
        epilog="exit codes: 0 all goals held, 1 not run, 2 wrong usage, 3 a goal was missed",
    )
    parser.add_argument("--out", type=Path, default=ROOT, help="where results and page go")
    args = parser.parse_args(argv)
    try:
        folder = data_folder()
        measured = measure(folder)
    except NoData as error:
        print(f"NOT RUN: the tau2 airline bench measured nothing: {error}", file=sys.stderr)
        return NOT_RUN
    write(measured, folder, args.out)
    return conclude(measured)


def data_folder() -> Path:
    """Return where the public data sets stand, or raise `NoData`."""
    named = os.environ.get("DRAWBAR_EVAL_DATA")
    if not named:
        raise NoData("DRAWBAR_EVAL_DATA is not set: run `make eval-data` and point it there")
    return Path(named)


def measure(folder: Path) -> Measured:
    """Replay everything."""
    cases = load(folder)
    overlay = policies.load([OVERLAY]).bound[0]
    talks = confirm.load(folder)
    return Measured(replay(POLICY, [*cases, *mutants(cases)]), confirm.writes(talks, overlay))


def replay(policy: Path, cases: Sequence[Case]) -> list[Record]:
    """Judge cases by a policy file."""
    return judge.judge_all(policies.load([policy]), cases)


def write(measured: Measured, folder: Path, out: Path) -> None:
    """Write records, aggregate and page."""
    inputs = Inputs(POLICY, TOOLS, OVERLAY, folder / CALLS, folder / CONVERSATIONS)
    records = judge.written(measured.records)
    found = results.aggregate(rows_of(measured), inputs, records.encode())
    files = {
        RECORDS: records,
        WRITES: confirm.written(measured.writes),
        RESULTS: reporting.lines(found),
        PAGE: page(measured.records, measured.writes, found, expected(), disputes()),
    }
    for name, text in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, "utf-8")


def rows_of(measured: Measured) -> list[Row]:
    """Return every measure, scored or reported."""
    return [*score.rows(measured.records, expected()), *confirm.rows(measured.writes)]


def conclude(measured: Measured) -> int:
    """Print each measure and each miss; return the exit code."""
    rows = rows_of(measured)
    for row in rows:
        held = {True: "held", False: "MISSED", None: "reported"}[row.held]
        print(f"{held:8} {row.measure:28} {row.hits:4} of {row.n:4}  goal: {row.goal}")
    for one in score.failing(measured.records, expected()):
        came = one.arms["given"]
        by = ", ".join(f"{rule} (line {line}, {how})" for rule, line, how in came.by)
        wanted = "deny by " + " and ".join(one.wanted) if one.wanted else "allow"
        print(f"  {one.id}: wanted {wanted}, got {came.effect} by {by}")
    bounded = score.expected_within_bounds(measured.records, expected())
    if not bounded:
        print(
            "MISSED   too many gold calls are listed as rightly denied, or ones that are not gold"
        )
    return DONE if bounded and all(row.held is not False for row in rows) else MISSED


def expected() -> list[Expected]:
    """Return the gold calls that are rightly denied, with who decided so."""
    return score.read_expected(json.loads((HERE / "expected_denials.json").read_text("utf-8")))


def disputes() -> list[Dispute]:
    """Return what was decided about calls on which policy and label disagree."""
    return score.read_disputes(json.loads((HERE / "disputed.json").read_text("utf-8")))
