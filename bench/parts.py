"""Runs every measure, one after another, and tells which held, missed a goal, or did not run."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.reporting import ROOT

DONE, NOT_RUN, MISSED = 0, 1, 3
Run = Callable[[Sequence[str]], int]


@dataclass(frozen=True, slots=True)
class Part:
    """One measure: its name, and what runs it."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()

    @property
    def command(self) -> list[str]:
        """Return the command."""
        return [sys.executable, "-m", self.module, *self.arguments]


PARTS: Final = (
    Part("startup", "bench.startup"),
    Part("parsing", "bench.parsing", ("--large",)),
    Part("swapping", "bench.swapping"),
    Part("values", "bench.values"),
    Part("origin", "bench.origin"),
    Part("decision", "bench.decision"),
    Part("check", "bench.check"),
    Part("sdk", "bench.sdk"),
    Part("guards", "bench.guards"),
    Part("publishing", "bench.publishing"),
    Part("records", "bench.records", ("--stored", "100000")),
    Part("lint", "bench.lint"),
    Part("induction", "bench.induction"),
    Part("similar", "bench.similar"),
    Part("tau2", "bench.tau2"),
    Part("agentdojo", "bench.agentdojo"),
    Part("probes", "bench.probes"),
    Part("off-task", "bench.off_task"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the parts that are named, or all; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="exit codes: 0 all held, 1 something did not run, 2 wrong usage, 3 a goal was"
        " missed; `make` says which it was, and ends with 2 itself",
    )
    names = [one.name for one in PARTS]
    parser.add_argument("part", nargs="*", help=f"what to run, of: {', '.join(names)}; all if none")
    wanted = parser.parse_args(argv).part
    if unknown := set(wanted) - set(names):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return run_all([one for one in PARTS if not wanted or one.name in wanted], _run)


def run_all(parts: Sequence[Part], run: Run) -> int:
    """Run parts, each whatever became of the one before, and tell at the end."""
    codes = {}
    for part in parts:
        print(f"== {part.name}", file=sys.stderr, flush=True)
        codes[part.name] = run(part.command)
    for name, code in codes.items():
        print(f"{_told(code):12} {name}")
    if MISSED in codes.values():
        return MISSED
    return NOT_RUN if any(codes.values()) else DONE


def _told(code: int) -> str:
    return {DONE: "held", MISSED: "GOAL MISSED"}.get(code, "not run")


def _run(command: Sequence[str]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode
