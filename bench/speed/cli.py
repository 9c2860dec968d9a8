"""The command line: measure, write down, draw, say which goals were missed."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench import reporting
from bench.parts import DONE, MISSED
from bench.reporting import ROOT
from bench.speed import curves, deciding, in_process, over_http
from bench.speed.engines import ABSENT
from bench.speed.goals import goals
from bench.speed.page import page
from bench.speed.plan import QUICK, WHOLE, Plan
from bench.speed.plots import plots
from bench.speed.printed import rows
from bench.speed.summary import Summary

RESULTS: Final = "bench/results/speed.jsonl"
PAGE: Final = "docs/results-speed.md"
LOOKED_AT: Final = ROOT / "var" / "speed" / "quick"  # a quick look is no result
MEASURED: Final = ("app", "bench/speed", "dsl", "guards", "memory")
SCHEMA: Final = "drawbar.speed/1"
PARTS: Final = {"in-process": in_process, "http": over_http, "curves": curves}
_BEGAN: Final = time.monotonic()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench and return its exit code."""
    args = _arguments(argv)
    results = args.out / RESULTS
    if args.page:
        lines = reporting.read_lines(results.read_text("utf-8"))
    else:
        parts = args.part or list(PARTS)
        lines = _kept(results, parts)
        results.parent.mkdir(parents=True, exist_ok=True)
        try:
            lines.extend(_measured(QUICK if args.quick else WHOLE, parts))
        finally:  # what was measured so far took its time
            results.write_text(reporting.lines(lines), "utf-8")
    summary = Summary(lines)
    (args.out / "docs").mkdir(parents=True, exist_ok=True)
    (args.out / PAGE).write_text(page(summary), "utf-8")
    for name, drawn in plots(summary).items():
        (args.out / "docs" / name).write_text(drawn, "utf-8")
    return _conclude(summary)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.speed",
        description=__doc__,
        epilog="exit codes: 0 all goals held, 1 something did not run, 2 wrong usage, 3 a goal was"
        " missed",
    )
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; all if none")
    parser.add_argument("--quick", action="store_true", help="a look of few minutes, no result")
    parser.add_argument("--page", action="store_true", help="only write the page anew")
    parser.add_argument("--out", type=Path, help="where results and page go")
    args = parser.parse_args(argv)
    if unknown := set(args.part) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    args.out = args.out or (LOOKED_AT if args.quick else ROOT)
    return args


def _measured(plan: Plan, parts: Sequence[str]) -> Iterator[dict[str, Any]]:
    about = {
        "machine": reporting.machine(),
        "versions": reporting.versions(MEASURED),
        "engine_of_drawbar": deciding.ENGINE,
    }
    for name in parts:  # later parts would tell the load of the first
        run = {"kind": "run", "name": name, "plan": plan.name, "absent": dict(ABSENT)}
        yield {"schema": SCHEMA, **run, **reporting.run(0), **about}
        for line in PARTS[name].measured(plan, _tell):
            yield {"schema": SCHEMA, **_rounded(line)}


def _kept(results: Path, parts: Sequence[str]) -> list[dict[str, Any]]:
    """Return what is known of the parts that are not measured now."""
    if not results.exists():
        return []
    new = {*parts, *(PARTS[name].PART for name in parts)}
    known = reporting.read_lines(results.read_text("utf-8"))
    return [one for one in known if one.get("part", one.get("name")) not in new]


def _rounded(line: dict[str, Any]) -> dict[str, Any]:
    return {
        key: float(f"{one:.4g}") if isinstance(one, float) else one for key, one in line.items()
    }


def _tell(words: str) -> None:
    took = time.monotonic() - _BEGAN
    print(f"{took // 60:3.0f}:{took % 60:02.0f} {words}", file=sys.stderr, flush=True)


def _conclude(summary: Summary) -> int:
    for row in rows(summary):
        print(row)
    found = list(goals(summary))
    for one in found:
        print(f"{one.judged():20} {one.words}: {one.told()}, wanted {one.wanted_told()}")
    return MISSED if any(one.held is False for one in found) else DONE
