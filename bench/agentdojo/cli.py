"""The command line: check the harness, measure, write down, say what was missed."""

import argparse
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench import reporting
from bench.agentdojo import (
    ablations,
    environment,
    freezes,
    goals,
    looking,
    over_http,
    recorded,
    recorded_score,
    replay,
    results,
    score,
    twice,
)
from bench.agentdojo.dojo import Dojo, DojoFailed
from bench.agentdojo.freezes import Freeze
from bench.agentdojo.gate import (
    Refused,
    bound,
    may_be_measured,
    refuse_constants,
    refuse_unaccepted,
)
from bench.agentdojo.goals import Row
from bench.agentdojo.measure import Played, measure
from bench.agentdojo.over_http import Disagrees
from bench.agentdojo.page import page
from bench.agentdojo.recorded_score import Recorded
from bench.agentdojo.replay import Case
from bench.agentdojo.score import Cases
from bench.agentdojo.scripts import digest
from bench.agentdojo.suites import SUITES, Suite
from bench.agentdojo.twice import Differs
from bench.environment import NotInstalled
from bench.reporting import ROOT, sha256

DONE, NOT_RUN, MISSED = 0, 1, 3
ENDS: Final = "bench/results/agentdojo.acceptance.jsonl"
CASES: Final = "bench/results/agentdojo.cases.jsonl"
RUNS: Final = "bench/results/agentdojo.recorded.jsonl"
ABLATIONS: Final = "bench/results/agentdojo.ablations.jsonl"
RESULTS: Final = "bench/results/agentdojo.jsonl"
PAGE: Final = "docs/results-agentdojo.md"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run found."""

    ends: tuple[Case, ...]
    cases: tuple[Case, ...]
    frozen: Mapping[str, Freeze]
    scripts: Mapping[str, str]
    over_http: Mapping[str, int]
    twice: Mapping[str, int]
    recorded: Recorded
    ablations: tuple[Case, ...]

    @property
    def whole(self) -> Cases:
        """Return all cases of the replay."""
        return Cases((*self.ends, *self.cases, *self.ablations))

    @property
    def inputs(self) -> results.Inputs:
        """Return what was measured."""
        return results.Inputs(self.frozen, self.scripts, self.over_http, self.twice)

    @property
    def rows(self) -> list[Row]:
        """Return the goals of the open suites."""
        return results.goals(self.whole, self.recorded)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench and return its exit code."""
    args = _arguments(argv)
    try:
        if args.do == "freeze":
            return freeze(_suite(args.suite), args.seen)
        if args.do == "page":
            return again(args.out)
        with Dojo(environment.make()) as dojo:
            if args.do == "look":
                return look(dojo, _suite(args.suite))
            measured = run(dojo, [one for one in SUITES if one.role == "open" or not args.open])
    except (NotInstalled, DojoFailed, Refused, Disagrees, Differs) as error:
        print(f"NOT RUN: the AgentDojo bench measured nothing: {error}", file=sys.stderr)
        return NOT_RUN
    write(measured, args.out)
    return conclude(measured)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.agentdojo",
        description=__doc__,
        epilog="exit codes: 0 all goals held, 1 not run, 2 wrong usage, 3 a goal was missed",
    )
    parser.add_argument("--out", type=Path, default=ROOT, help="where results and page go")
    parser.add_argument("--open", action="store_true", help="measure no reported suite's policy")
    parser.set_defaults(do="run")
    commands = parser.add_subparsers()
    names = [one.name for one in SUITES if one.written]
    freezing = commands.add_parser("freeze", help="write down that a policy is as it shall be")
    freezing.add_argument("suite", choices=names)
    freezing.add_argument("--seen", required=True, help="what its author had seen by now")
    freezing.set_defaults(do="freeze")
    commands.add_parser("page", help="only write the page anew").set_defaults(do="page")
    shown = commands.add_parser("look", help="show what an open suite's policy gets wrong")
    shown.add_argument("suite", choices=[one.name for one in SUITES if one.role == "open"])
    shown.set_defaults(do="look")
    return parser.parse_args(argv)


def _suite(name: str) -> Suite:
    (found,) = (one for one in SUITES if one.name == name)
    return found


def freeze(suite: Suite, seen: str) -> int:
    """Add a freeze of a suite's policy as it stands."""
    text = freezes.read(freezes.FREEZES)
    added = freezes.line(asdict(freezes.freeze(suite, seen)))
    freezes.FREEZES.write_text(text + added, "utf-8")
    return DONE


def run(dojo: Dojo, wanted: Sequence[Suite]) -> Measured:
    """Measure the policies of suites, and check the harness on all; or raise without a figure."""
    known = freezes.freezes(freezes.read(freezes.FREEZES))
    frozen = {one.name: found for one in wanted if (found := may_be_measured(one, known))}
    refuse_constants(dojo, [one for one in SUITES if one.name in frozen])
    played: dict[str, Played] = {}
    for suite in SUITES:
        print(f"{suite.name} ...", file=sys.stderr, flush=True)
        played[suite.name] = measure(dojo, suite, bound(suite) if suite.name in frozen else None)
    cases = [case for one in played.values() for case in one.cases]
    ends = tuple(one for one in cases if one.way.arm != score.POLICY)
    refuse_unaccepted(ends)
    ours = tuple(one for one in cases if one.way.arm == score.POLICY)
    scripts = {name: digest(one.scripts) for name, one in played.items()}
    measured = [one for one in SUITES if one.name in frozen]
    asked, again = checked(dojo, measured, played, ours)
    runs = recorded_runs(dojo, frozen)
    ablated = tuple(
        case
        for suite in measured
        for case in ablations.play_suite(dojo, suite, played[suite.name].scripts, bound(suite))
    )
    enter(Cases((*ends, *ours)), runs, frozen, known)
    return Measured(ends, ours, frozen, scripts, asked, again, runs, ablated)


def checked(
    dojo: Dojo, suites: Sequence[Suite], played: Mapping[str, Played], cases: Sequence[Case]
) -> tuple[dict[str, int], dict[str, int]]:
    """Hold what was measured against a gateway over HTTP, and a second run from the last pair on.

    Return how many pairs and cases of each suite came out alike, or raise.
    """
    asked, again = {}, {}
    for suite in suites:
        scripts = played[suite.name].scripts
        asked[suite.name] = over_http.compare_all(dojo, suite, scripts, cases)
        again[suite.name] = twice.compare_all(dojo, suite, scripts, bound(suite), cases)
    return asked, again


def recorded_runs(dojo: Dojo, frozen: Container[str]) -> Recorded:
    """Play recorded runs; there are none where the data is not at hand."""
    traces = recorded.load()
    if traces is None:
        print("NOT RUN: recorded runs, for want of DRAWBAR_EVAL_DATA", file=sys.stderr)
        return Recorded(())
    found: list[Case] = []
    for suite in SUITES:
        print(f"{suite.name}, recorded ...", file=sys.stderr, flush=True)
        mine = [one for one in traces if one.suite == suite.name]
        set_ = bound(suite) if suite.name in frozen else None
        found += recorded.play_all(dojo, suite, mine, set_)
    runs = Recorded(tuple(found))
    if runs.agreeing() != (recorded_score.RUNS, recorded_score.RUNS):
        n, alike = runs.agreeing()
        message = f"of {n} recorded runs {alike} are judged as they were"
        raise Refused(message)
    return runs


def enter(
    cases: Cases, runs: Recorded, frozen: Mapping[str, Freeze], known: Sequence[Freeze]
) -> None:
    """Add each measurement of a reported suite to the ledger."""
    text = freezes.read(freezes.LEDGER)
    for suite in SUITES:
        if suite.role == "reported" and suite.name in frozen:
            one = frozen[suite.name]
            nth = freezes.revision(one, known)
            counted = results.counts_of(cases.of(suite.name), runs.of(suite.name))
            counts = {name: asdict(found) for name, found in counted.items()}
            text = freezes.entered(text, suite.name, one, nth, counts)
            freezes.LEDGER.write_text(text, "utf-8")


def write(measured: Measured, out: Path) -> None:
    """Write cases, aggregate and page."""
    ends, cases = replay.written(measured.ends), replay.written(measured.cases)
    runs, ablated = replay.written(measured.recorded.all), replay.written(measured.ablations)
    texts = {"ends": ends, "cases": cases, "recorded": runs, "ablations": ablated}
    digests = {f"{name}_sha256": sha256(text.encode()) for name, text in texts.items()}
    found = results.aggregate(measured.whole, measured.recorded, measured.inputs, digests)
    known = freezes.freezes(freezes.read(freezes.FREEZES))
    ledger = freezes.entries(freezes.read(freezes.LEDGER))
    files = {
        ENDS: ends,
        CASES: cases,
        RUNS: runs,
        ABLATIONS: ablated,
        RESULTS: reporting.lines(found),
        PAGE: page(measured.whole, measured.recorded, found, known, ledger),
    }
    for name, text in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, "utf-8")


def again(out: Path) -> int:
    """Write the page anew from what was measured last."""
    texts = [(out / name).read_text("utf-8") for name in (ENDS, CASES, ABLATIONS, RUNS, RESULTS)]
    cases = Cases(tuple(case for text in texts[:3] for case in replay.read(text)))
    runs = Recorded(tuple(replay.read(texts[3])))
    known = freezes.freezes(freezes.read(freezes.FREEZES))
    ledger = freezes.entries(freezes.read(freezes.LEDGER))
    (out / PAGE).write_text(
        page(cases, runs, reporting.read_lines(texts[4]), known, ledger), "utf-8"
    )
    return DONE


def conclude(measured: Measured) -> int:
    """Print each goal and each miss; return the exit code."""
    tell(measured.rows)
    rows = measured.rows
    for one in goals.told(freezes.entries(freezes.read(freezes.LEDGER)))[-1:]:
        print(f"{' and '.join(one.suites)}, reported, revision {one.revision}:")
        tell(one.rows)
        rows += one.rows
    return DONE if all(row.held for row in rows) else MISSED


def tell(rows: Iterable[Row]) -> None:
    """Print goals and what was seen."""
    for row in rows:
        held = "held" if row.held else "MISSED"
        print(f"{held:8} {row.measure:16} {row.hits:4} of {row.n:4}  goal: {row.goal}")


def look(dojo: Dojo, suite: Suite) -> int:
    """Print what an open suite's policy gets wrong; nothing is written, nothing need be frozen."""
    try:
        refuse_constants(dojo, [suite])
    except Refused as error:
        print(f"A measurement would be refused: {error}")
    found = looking.play_all(dojo, suite, bound(suite))
    tell(goals.rows(goals.totals([score.by_name(Cases(tuple(found)))]), goals.OPEN))
    return DONE
