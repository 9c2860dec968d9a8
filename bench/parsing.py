"""Measures how long policies take until they can decide: cold, kept, and after an edit.

That is to be read, checked and bound, with an index of what many rules say of one tool.

`python -m bench.parsing` prints the table of docs/measured.md: 10,000 rules of three shapes, and
with `--large` also 100,000. Each round is a process of its own, as a start of a gateway is; times
are of the processor, since the machine does other things meanwhile, and the least stands first.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from app.policy import policies
from app.policy.calm import calm, stays
from app.policy.kept_trees import KeptTrees
from bench.parts import DONE, MISSED
from bench.processes import memory_mb
from bench.shapes import SHAPES, policy
from dsl import parse
from dsl.engine.evaluating import prepare
from dsl.errors import Source

ROUNDS: Final = 3
GOALS: Final[Mapping[str, float]] = {  # seconds, for 10,000 rules
    "cold": 5.0,
    "kept": 0.5,
    "a rule edited": 1.0,
    "the first edit after a start with kept trees": 1.0,
    "a rule edited: what is wrong": 0.05,
    "a rule broken: what is wrong": 0.05,
    "a value edited: what is wrong": 0.05,
    "a value added: what is wrong": 0.05,
}
GOALS_FOR: Final = 10_000
MEMORY: Final = "memory, MiB"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; tell whether the goals were held."""
    parser = argparse.ArgumentParser(prog="python -m bench.parsing", description=__doc__)
    parser.add_argument("--shape", choices=[*SHAPES], nargs="*", default=[*SHAPES])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--large", action="store_true", help="100,000 rules as well, once")
    parser.add_argument("--once", nargs=4, metavar=("SHAPE", "RULES", "FOLDER", "PART"))
    asked = parser.parse_args(argv)
    if asked.once:
        shape, rules, folder, part = asked.once
        print(json.dumps(PARTS[part](shape, int(rules), Path(folder))))
        return DONE
    print(f"load at the start: {os.getloadavg()[0]:.1f}")
    print("| rules | what | least | greatest | goal |\n| --- | --- | --- | --- | --- |")
    missed = False
    for shape in asked.shape:
        missed |= _shown(shape, GOALS_FOR, asked.rounds)
        if asked.large:
            _shown(shape, 10 * GOALS_FOR, 1)
    print(f"load at the end: {os.getloadavg()[0]:.1f}")
    return MISSED if missed else DONE


def _shown(shape: str, rules: int, rounds: int) -> bool:
    """Print the rows of one policy; tell whether it missed a goal."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for part in PARTS:
                for what, took in _elsewhere(shape, rules, folder, part).items():
                    taken.setdefault(what, []).append(took)
    missed = False
    for what, each in taken.items():
        goal = GOALS.get(what) if rules == GOALS_FOR else None
        missed |= goal is not None and min(each) > goal
        written = _figure(what, min(each)), _figure(what, max(each))
        print(f"| {rules:,} {shape} | {what} | {' | '.join(written)} | {_goal(goal)} |", flush=True)
    return missed


def _figure(what: str, one: float) -> str:
    return f"{one:.0f}" if what == MEMORY else f"{one * 1000:,.0f} ms"


def _goal(goal: float | None) -> str:
    return "" if goal is None else f"at most {goal * 1000:,.0f} ms"


def _elsewhere(shape: str, rules: int, folder: str, part: str) -> Any:
    command = [sys.executable, "-m", "bench.parsing", "--once", shape, str(rules), folder, part]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _took(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _reading(shape: str, rules: int, folder: Path) -> dict[str, float]:
    """Read a policy that nothing is known of, then the same again, and edited ones."""
    _warmed()
    file = folder / "big.bar"
    file.write_text(policy(shape, rules))
    before = memory_mb(os.getpid())
    with calm():
        taken = {"cold": _took(lambda: _loaded(file))}
        stays()
        taken[MEMORY] = memory_mb(os.getpid()) - before
        taken["again, nothing changed"] = _took(lambda: _loaded(file))
        for what, edit in EDITS.items():
            file.write_text(edit(policy(shape, rules), rules // 2))
            load = _refused if what == BROKEN else _loaded
            taken[what] = _took(partial(load, file))
            source = Source("big.bar", edit(policy(shape, rules), rules // 2 + 1))
            taken[f"{what}: what is wrong"] = _took(partial(parse.read, source))
    file.write_text(policy(shape, rules))
    trees = _trees(folder)
    units = policies.load([file]).units
    taken["keeping the tree, after it is in force"] = _took(lambda: trees.keep(units))
    return taken


def _starting(shape: str, rules: int, folder: Path) -> dict[str, float]:
    """Load the policy from its kept tree, as a start does, then an edited one."""
    _warmed()
    file, trees = folder / "big.bar", _trees(folder)
    with calm():
        taken = {"kept": _took(lambda: _loaded(file, trees))}
        stays()
        file.write_text(policy(shape, rules, changed=1))
        edited = "the first edit after a start with kept trees"
        taken[edited] = _took(lambda: _loaded(file, trees))
    return taken


PARTS: Final = {"reading": _reading, "starting": _starting}


BROKEN: Final = "a rule broken"
EDITS: Final[Mapping[str, Callable[[str, int], str]]] = {
    "a rule edited": lambda text, at: text.replace(f"rule rule_{at}: ", f"rule other_{at}: "),
    BROKEN: lambda text, at: text.replace(f"rule rule_{at}: ", f"rule rule_{at} 1: "),
    "a value edited": lambda text, at: text.replace("limit_50 = 50", f"limit_50 = {at}"),
    "a value added": lambda text, at: text.replace("table ", f"let most_{at} = 1;\ntable ", 1),
}


def _loaded(file: Path, trees: KeptTrees | None = None) -> None:
    """Load a policy and make it ready, as a gateway does."""
    found = policies.load([file], trees=trees)
    found.warm()
    for one in found.bound:
        prepare(one)


def _refused(file: Path) -> None:
    """Load a policy that a gateway refuses."""
    try:
        policies.load([file])
    except policies.PoliciesError:
        return
    raise ValueError(f"{file.name} was read, and should not have been")


def _warmed() -> None:
    """Load the grammar, which is read once a process."""
    parse.read(Source("small.bar", "policy small version 1;\nrule r: deny x when args.a == 1;\n"))


def _trees(folder: Path) -> KeptTrees:
    made = KeptTrees()
    made.open(folder, b"bench" * 8)
    return made


if __name__ == "__main__":
    sys.exit(main())
