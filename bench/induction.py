"""Measures how long rules take to learn, and what a thousand of them add to a decision.

`python -m bench.induction` makes the rules of one tool out of 500 reports and 20,000 other calls:
at the first refresh of a process, at one a day later in the same process, and as a gateway has it
done, in a process of its own that reads all of it first. Then it asks about calls of ten tools
under 1,000 rules as memory prints them. Times are of the processor, and the least of several runs.
"""

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any, Final

from bench.lifelong import hidden, traits
from bench.lifelong.arm import TENANT, configuration
from bench.lifelong.world import PERSONS, START
from dsl.engine.evaluating import evaluate
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.model import Effect, ToolCall
from dsl.parse import parse
from dsl.strictjson import canonical
from memory.induction.case import Base, Case, Features
from memory.induction.configuration import Configuration
from memory.induction.evidence import Evidence, Side
from memory.induction.field import fields
from memory.induction.fold import Memory, refreshed
from memory.induction.literals import Literals
from memory.induction.log import Refreshed, Said
from memory.induction.matching import call_of
from memory.induction.printing import narrow
from memory.induction.report import Kind, Label, Report
from memory.induction.rule import Level, Rule, Shape, shape
from memory.induction.search import LONGEST
from memory.induction.weights import Weight
from memory.learning.job import Job, line, written
from memory.learning.packing import packed
from memory.learning.terms import Terms

DONE, MISSED = 0, 3
REPORTS, SILENT = 500, 20_000
RULES, CALLS = 1_000, 1_000
REFRESH_S, MATCH_MS = 1.0, 0.3
RUNS: Final = 3
CHILD: Final = "memory.learning.child"
_DAYS: Final = 20
_FLIPPED: Final = 0.1
_OFTENER: Final = 4  # wrong decisions are spoken of so many times oftener
_SHARE: Final = 95  # per cent of calls
_SEED: Final = 7


def main() -> int:
    """Measure both and return the exit code."""
    first, later = (min(each) for each in zip(*map(_apart, range(RUNS)), strict=True))
    whole = min(_child() for _ in range(RUNS))
    alone, with_rules = _matching()
    added = (with_rules - alone) * 1e3
    print(f"the first refresh of {REPORTS} reports and {SILENT:,} other calls: {first:.2f} s")
    print(f"the same a day later: {later:.2f} s")
    print(f"the whole process that makes the first: {whole:.2f} s")
    print(f"a decision without learned rules, p{_SHARE}: {alone * 1e3:.3f} ms")
    print(f"what {RULES:,} learned rules add, p{_SHARE}: {added:.3f} ms")
    found = {"a refresh": first <= REFRESH_S, "matching": added <= MATCH_MS}
    for name in (name for name, held in found.items() if not held):
        print(f"MISSED: {name}", file=sys.stderr)
    return DONE if all(found.values()) else MISSED


def _apart(_run: int) -> tuple[float, float]:
    """Return how long two refreshes take in a process that knows nothing yet."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_refreshes).result()


def _refreshes() -> tuple[float, float]:
    """Return how long a first refresh takes, and one a day later that knows what was asked."""
    gc.disable()  # as where a gateway has rules made
    cases, reports = log()
    setting, memory, took = configuration(), Memory(), list[float]()
    for at in (1, 2):
        end = _refresh(at)
        told = Said([one for one in reports if one.at < end.as_of])
        seen = [one for one in cases if one.at < end.as_of]
        began = time.process_time()
        memory = refreshed(memory, told, seen, end, setting)
        took.append(time.process_time() - began)
    return took[0], took[1]


def _refresh(at: int) -> Refreshed:
    return Refreshed(REPORTS + at, START + timedelta(days=_DAYS - 2 + at))


def _child() -> float:
    """Return what the process works that a gateway has rules made in: it starts and reads too."""
    cases, reports = log()
    lines = [line(one.decision_id, one.at, canonical(kept(one)).encode()) for one in cases]
    entries = tuple(
        {"name": name, "inputSchema": dict(one.schema)}
        for name, one in traits.tools().by_name.items()
    )
    sides = configuration().sides
    terms = Terms(TENANT, entries, (), sides.internal, sides.partners)
    job = written(Job(terms, reports, [], [_refresh(1)], lines))
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", CHILD], input=job, stdout=subprocess.DEVNULL, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def kept(one: Case) -> dict[str, Any]:
    """Return what is sealed of a case."""
    told = {"tool": one.tool, "features": packed(one.features)}
    return {**told, "base": [str(one.base.effect), one.base.soft], "effect": str(one.effect)}


def log(reports: int = REPORTS, silent: int = SILENT) -> tuple[list[Case], list[Report]]:
    """Draw the calls of one tool over three weeks, and what people said of some by the last day."""
    random, tool = Random(_SEED), traits.TOOLS[0]  # noqa: S311 - a world, no secret
    rules = [one for one in hidden.rules(random) if one.tool == tool]
    of, calls = traits.mix(random), reports + silent
    cases, wrong = list[Case](), list[bool]()
    for number in range(calls):
        drawn = traits.traits(random, of)
        at = START + number * timedelta(days=_DAYS) / calls
        wrong.append(hidden.violates(rules, tool, drawn))
        cases.append(_case(number, tool, traits.features(random, drawn), at))
    early = range(calls * (_DAYS - 1) // _DAYS)
    weights = [_OFTENER if wrong[number] else 1 for number in early]
    named = sorted(dict.fromkeys(random.choices(early, weights, k=2 * reports)))
    chosen = sorted(random.sample(named, reports))
    return cases, [
        _report(random, seq, cases[number], wrong[number])
        for seq, number in enumerate(chosen, start=1)
    ]


def _case(number: int, tool: str, features: Features, at: datetime) -> Case:
    return Case(
        decision_id=f"dec_{number:05d}",
        tenant=TENANT,
        tool=tool,
        features=features,
        base=Base(Effect.ALLOW),
        effect=Effect.ALLOW,
        at=at,
    )


def _report(random: Random, seq: int, case: Case, wrong: bool) -> Report:  # noqa: FBT001
    said = wrong is not (random.random() < _FLIPPED)
    return Report(
        id=f"rep_{seq:05d}",
        seq=seq,
        decision_id=case.decision_id,
        label=Label.VIOLATION if said else Label.OK,
        kind=Kind.FAILURE,
        reporter=f"person{random.randrange(PERSONS)}",
        at=case.at,
    )


def _matching() -> tuple[float, float]:
    """Return what nearly all decisions take, without learned rules and with a thousand."""
    random, setting = Random(_SEED), configuration()  # noqa: S311
    of = traits.mix(random)
    cases = [drawn_case(random, of, number) for number in range(CALLS)]
    overlay = parse(Source("narrow.bar", narrow(rules(random, cases, setting), setting)))
    base = Bound(parse(Source("base.bar", _BASE)), setting.tools)
    calls = [call_of(one) for one in cases]
    alone = _times([base], calls)
    return alone, _times([base, Bound(overlay, setting.tools)], calls)


_BASE: Final = "policy base version 1;\nrule all: allow *;\n"


def drawn_case(random: Random, of: traits.Mix, number: int) -> Case:
    """Draw a call of any tool."""
    drawn = traits.traits(random, of)
    return _case(number, random.choice(traits.TOOLS), traits.features(random, drawn), START)


def rules(
    random: Random, cases: Sequence[Case], setting: Configuration, many: int = RULES
) -> list[Rule]:
    """Return rules of one to three conditions that calls gave, as memory prints them."""
    found: dict[str, Shape] = {}
    while len(found) < many:
        case = random.choice(cases)
        known = fields(setting.tools.by_name[case.tool], setting.names)
        literals = Literals(known, [case], setting.sides).of(case)
        some = {one.subject: one for one in random.sample(literals, random.randint(1, LONGEST))}
        made = shape(TENANT, case.tool, Side.DENY, tuple(some.values()))
        found[made.id] = made
    return [_asking(one) for one in found.values()]


def _asking(one: Shape) -> Rule:
    evidence = Evidence(Weight(5000), 0, 6000, (), ())
    return Rule(
        shape=one, level=Level.ASK, evidence=evidence, born_seq=1, raised_seq=1, raised_at=START
    )


def _times(policies: Sequence[Bound], calls: Sequence[ToolCall]) -> float:
    took = [_least(partial(evaluate, policies, call, START)) for call in calls]
    return sorted(took)[len(took) * _SHARE // 100]


def _least(done: Callable[[], object]) -> float:
    found = []
    for _ in range(RUNS):
        began = time.process_time()
        done()
        found.append(time.process_time() - began)
    return min(found)


if __name__ == "__main__":
    sys.exit(main())
