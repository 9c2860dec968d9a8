"""The command line: play the probes, write down, say what was missed."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import reporting
from bench.agentdojo import environment, freezes
from bench.agentdojo.dojo import Dojo, DojoFailed
from bench.agentdojo.freezes import Freeze
from bench.agentdojo.gate import Refused, bound, may_be_measured, refuse_constants
from bench.agentdojo.suites import SUITES
from bench.environment import NotInstalled
from bench.probes import play, results, score
from bench.probes.page import page
from bench.probes.play import Case
from bench.probes.score import Row
from bench.reporting import ROOT, sha256

DONE, NOT_RUN, MISSED = 0, 1, 3
LEDGER: Final = Path(__file__).parent / "ledger.jsonl"
CASES: Final = "bench/results/probes.cases.jsonl"
RESULTS: Final = "bench/results/probes.jsonl"
PAGE: Final = "docs/results-probes.md"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the probes and return the exit code."""
    args = _arguments(argv)
    if args.page:
        return again(args.out)
    try:
        with Dojo(environment.make()) as dojo:
            frozen, cases = run(dojo, open_only=args.open)
    except (NotInstalled, DojoFailed, Refused) as error:
        print(f"NOT RUN: the probes measured nothing: {error}", file=sys.stderr)
        return NOT_RUN
    rows = score.told(cases, freezes.entries(freezes.read(LEDGER)))
    write(rows, frozen, cases, args.out)
    return conclude(rows)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.probes",
        description=__doc__,
        epilog="exit codes: 0 all goals held, 1 not run, 2 wrong usage, 3 a goal was missed",
    )
    parser.add_argument("--out", type=Path, default=ROOT, help="where results and page go")
    parser.add_argument("--open", action="store_true", help="measure no reported suite's policy")
    parser.add_argument("--page", action="store_true", help="only write the page anew")
    return parser.parse_args(argv)


def run(dojo: Dojo, *, open_only: bool) -> tuple[dict[str, Freeze], list[Case]]:
    """Play the probes of each suite whose policy stands as it was frozen; enter what was seen."""
    known = freezes.freezes(freezes.read(freezes.FREEZES))
    wanted = [one for one in SUITES if one.role == "open" or not open_only]
    frozen = {one.name: found for one in wanted if (found := may_be_measured(one, known))}
    suites = [one for one in wanted if one.name in frozen]
    if not suites:
        raise Refused("no policy stands as it was frozen")
    refuse_constants(dojo, suites)
    cases: list[Case] = []
    for suite in suites:
        print(f"{suite.name} ...", file=sys.stderr, flush=True)
        mine = list(play.play_suite(dojo, suite, dojo.scripts(suite.name), bound(suite)))
        enter(frozen[suite.name], known, mine)
        cases += mine
    return frozen, cases


def enter(freeze: Freeze, known: Sequence[Freeze], cases: Sequence[Case]) -> None:
    """Add a measurement to the ledger."""
    counts = score.plain(score.counted(cases))
    nth = freezes.revision(freeze, known)
    text = freezes.entered(freezes.read(LEDGER), freeze.suite, freeze, nth, counts)
    LEDGER.write_text(text, "utf-8")


def write(
    rows: Sequence[Row], frozen: Mapping[str, Freeze], cases: Sequence[Case], out: Path
) -> None:
    """Write cases, aggregate and page."""
    text = play.written(cases)
    found = results.aggregate(rows, frozen, sha256(text.encode()))
    ledger = freezes.entries(freezes.read(LEDGER))
    files = {CASES: text, RESULTS: reporting.lines(found), PAGE: page(cases, ledger, found)}
    for name, content in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(content, "utf-8")


def again(out: Path) -> int:
    """Write the page anew from what was measured last."""
    cases = play.read((out / CASES).read_text("utf-8"))
    found = reporting.read_lines((out / RESULTS).read_text("utf-8"))
    ledger = freezes.entries(freezes.read(LEDGER))
    (out / PAGE).write_text(page(cases, ledger, found), "utf-8")
    return DONE


def conclude(rows: Sequence[Row]) -> int:
    """Print each goal and each miss; return the exit code."""
    for one in rows:
        held, counts = "held" if one.held else "MISSED", one.counts
        twins = f"twins {counts.passed} of {counts.twins}"
        seen = f"{counts.allowed:4} of {counts.n:4}  goal: at most {one.most}, {twins}"
        print(f"{held:8} {one.suite:10} {one.kind:18} {seen}")
    return DONE if all(one.held for one in rows) else MISSED
