"""The command line: measure, write down, say what was missed."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench import reporting
from bench.agentdojo.dojo import DojoFailed
from bench.environment import NotInstalled
from bench.off_task import dojo, measure, runs, sets
from bench.off_task.alike import cosines
from bench.off_task.cases import known
from bench.off_task.dressed import dressed
from bench.off_task.goals import goals
from bench.off_task.page import page
from bench.reporting import ROOT
from guards.training.drawn import drawn
from guards.training.tasks import Task

DONE, NOT_RUN, MISSED = 0, 1, 3
RESULTS: Final = "bench/results/off_task.jsonl"
PAGE: Final = "docs/results-off-task.md"
MEASURED: Final = ("guards/classifier/embedded/off_task", "guards/training", "bench/off_task")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench and return its exit code."""
    args = _arguments(argv)
    if args.do == "page":
        rows = reporting.read_lines((args.out / RESULTS).read_text("utf-8"))
    else:
        try:
            rows = _measured(args.encoder)
        except (NotInstalled, DojoFailed, _Absent) as error:
            print(f"NOT RUN: the off-task bench measured nothing: {error}", file=sys.stderr)
            return NOT_RUN
        (args.out / RESULTS).write_text(reporting.lines(rows), "utf-8")
    (args.out / PAGE).write_text(page(rows), "utf-8")
    return _conclude(rows)


class _Absent(Exception):
    """A public set that is not at hand."""


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.off_task",
        description=__doc__,
        epilog="exit codes: 0 all goals held, 1 not run, 2 wrong usage, 3 a goal was missed",
    )
    parser.add_argument("--out", type=Path, default=ROOT, help="where results and page go")
    parser.add_argument(
        "--encoder", type=Path, help="a folder of `drawbar train export-encoder`, for cosines"
    )
    parser.set_defaults(do="run")
    again = parser.add_subparsers().add_parser("page", help="only write the page anew")
    again.set_defaults(do="page")
    return parser.parse_args(argv)


def _measured(encoder: Path | None) -> list[dict[str, Any]]:
    tasks = _public()
    alike = None if encoder is None else cosines(encoder)
    dojos, attacks = dojo.load()
    every = {dojo.NAME: dojos, **tasks}
    _tell("counting words and values ...")
    cases = {name: drawn(one) for name, one in every.items()}
    what = measure.Measuring(
        {name: known(one, alike) for name, one in cases.items()},
        known(attacks, alike),
        encoder is not None,
        {name: known(dressed(one), alike) for name, one in cases.items()},
        runs.load(_folder(), alike),
    )
    about = {"run": reporting.run(0), "versions": reporting.versions(MEASURED)}
    rows = measure.measured(what, _tell)
    machine = reporting.machine()
    return [{"schema": reporting.SCHEMA, **one, **about, "machine": machine} for one in rows]


def _folder() -> Path:
    named = os.environ.get("DRAWBAR_EVAL_DATA")
    if not named:
        raise _Absent("DRAWBAR_EVAL_DATA is not set (docs/eval-data.md)")
    return Path(named)


def _public() -> dict[str, list[Task]]:
    folder = _folder()
    wanted = {name: files for name, (files, _) in sets.SETS.items()}
    for name, files in {**wanted, runs.NAME: (runs.FILE,)}.items():
        for file in files:
            if not (folder / file).is_file():
                raise _Absent(f"{name}: `{file}` is not in DRAWBAR_EVAL_DATA")
    return {name: load(folder) for name, (_, load) in sets.SETS.items()}


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _conclude(rows: Sequence[dict[str, Any]]) -> int:
    found = goals(rows)
    for one in found:
        held = "held" if one.held else "MISSED"
        told = f"measured {one.measured:.3f}, wanted {one.wanted:.3f}"
        print(f"{held:8} {one.name}, {one.test}: {told}")
    return DONE if all(one.held for one in found) else MISSED
