"""The command line: measure, write down, say what was missed."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import reporting
from bench.lifelong.goals import goals
from bench.lifelong.measure import SEEDS, measured
from bench.lifelong.page import page
from bench.lifelong.plots import plots
from bench.lifelong.summary import Summary
from bench.lifelong.world import Size
from bench.lifelong.worlds import AUTHORS, FIRST, SECOND
from bench.reporting import ROOT

DONE, MISSED = 0, 3
RESULTS: Final = "bench/results/lifelong.jsonl"
SECOND_RESULTS: Final = "bench/results/lifelong.second.jsonl"
PAGE: Final = "docs/results-memory.md"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench and return its exit code."""
    args = _arguments(argv)
    if args.do != "page":
        size = Size(args.days, args.calls, args.test)
        rows = measured(args.seeds, size, _tell, author=args.world)
        results = RESULTS if args.world == FIRST else SECOND_RESULTS
        (args.out / results).write_text(reporting.lines(rows), "utf-8")
    summary, second = summaries(args.out)
    (args.out / PAGE).write_text(page(summary, second), "utf-8")
    for name, drawn in plots(summary).items():
        (args.out / "docs" / name).write_text(drawn, "utf-8")
    return _conclude(second if args.world == SECOND and second is not None else summary)


def summaries(out: Path) -> tuple[Summary, Summary | None]:
    """Return what was measured in the first world, and in the second if it was."""
    first = Summary(reporting.read_lines((out / RESULTS).read_text("utf-8")))
    place = out / SECOND_RESULTS
    if not place.exists():
        return first, None
    return first, Summary(reporting.read_lines(place.read_text("utf-8")))


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    whole = Size()
    parser = argparse.ArgumentParser(
        prog="python -m bench.lifelong",
        description=__doc__,
        epilog="exit codes: 0 all goals held, 2 wrong usage, 3 a goal was missed",
    )
    parser.add_argument("--out", type=Path, default=ROOT, help="where results and page go")
    parser.add_argument("--world", choices=list(AUTHORS), default=FIRST, help="whose world")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many worlds")
    parser.add_argument("--days", type=int, default=whole.days, help="days of each world")
    parser.add_argument("--calls", type=int, default=whole.calls, help="calls of each day")
    parser.add_argument("--test", type=int, default=whole.test, help="calls that are measured on")
    parser.set_defaults(do="run")
    again = parser.add_subparsers().add_parser("page", help="only write the page anew")
    again.set_defaults(do="page")
    return parser.parse_args(argv)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _conclude(summary: Summary) -> int:
    found = goals(summary)
    for one in found:
        held = "held" if one.held else "MISSED"
        told = "not measured" if one.measured is None else f"{one.measured:.3f}"
        where = f"{one.way}, {one.rho:.0%} reported, {one.flips:.0%} flipped"
        print(f"{held:8} {where}: {one.name}: {told}, wanted {one.wanted:.3f}")
    return DONE if all(one.held for one in found) else MISSED
