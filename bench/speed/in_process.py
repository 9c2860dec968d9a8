"""Measures engines in process, each in a process and an environment of its own, in turns."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from bench.environment import NotInstalled
from bench.peers.client import Client, WrongVersionError
from bench.speed import deciding, rules, shapes
from bench.speed.engines import ENGINES, Engine
from bench.speed.plan import Plan
from bench.speed.rules import Lacks, Rule
from bench.speed.shapes import Call, Shape
from dsl.model import ToolCall

PART: Final = "in process"
PATIENCE_S: Final = 180.0  # until an engine that reads a policy, or decides, is given up
SLOW_US: Final = 300_000.0  # an engine that would take longer for one decision is not asked
LONG_S: Final = 20.0  # a policy that would take longer to read is not given
ENOUGH: Final = 100  # rules from which on it is told what more would take
LEAST: Final = 3  # decisions of a round, however slow
_NOW: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Line = dict[str, Any]
T = TypeVar("T")
Tell = Callable[[str], None]


class Out(Exception):
    """An engine takes no part; the status and the reason stand in the words."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True)
class Seen:
    """What an engine took so far for a shape, by which it is known what it cannot do."""

    rules: int = 0
    load_s: float = 0.0
    each_us: float = 0.0  # of the processor, for one decision

    def hold(self, number: int) -> None:
        """Raise if so many rules would take too long."""
        if self.rules < ENOUGH:
            return
        longer = number / self.rules
        if self.load_s * longer > LONG_S:
            raise Out("too slow", f"reading {self.rules:,} rules took {self.load_s:.0f} s")
        if self.each_us * longer > SLOW_US:
            raise Out("too slow", f"{self.rules:,} rules took {self.each_us / 1000:.0f} ms")


@dataclass(slots=True)
class Cell:
    """One shape with a number of rules."""

    shape: Shape
    number: int
    text: str = field(init=False)
    rules: Sequence[Rule] = field(init=False)
    checked: Sequence[Call] = field(init=False)
    wanted: Sequence[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.shape.text(self.number)
        self.rules = rules.read(self.text)
        self.checked = shapes.checked(self.rules)
        law = deciding.interpreted(self.text)
        said = (law(ToolCall("c", one["tool"], one["args"]), _NOW) for one in self.checked)
        self.wanted = [one.effect == "allow" for one in said]

    @property
    def about(self) -> Line:
        """Return what all lines of this cell say."""
        return {"part": PART, "shape": self.shape.name, "rules": self.number}


def cells(plan: Plan) -> Iterator[tuple[Shape, int]]:
    """Yield what is measured."""
    for shape in shapes.SHAPES:
        for number in plan.sizes:
            yield shape, number
        if plan.large and shape.name == "one":
            yield shape, plan.large


def measured(plan: Plan, tell: Tell, engines: Sequence[Engine] = ENGINES) -> Iterator[Line]:
    """Yield a line an engine and cell, and one a round."""
    seen: dict[tuple[str, str], Seen] = {}
    for shape, number in cells(plan):
        tell(f"in process: {shape.name}, {number:,} rules")
        yield from _cell(Cell(shape, number), plan, engines, seen)


def _cell(
    cell: Cell, plan: Plan, engines: Sequence[Engine], seen: dict[tuple[str, str], Seen]
) -> Iterator[Line]:
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        running: dict[str, Client] = {}
        for engine in engines:
            known = seen.setdefault((engine.name, cell.shape.name), Seen())
            about = {**cell.about, "engine": engine.name, "version": engine.version}
            try:
                known.hold(cell.number)
                client, loaded = _started(engine, cell, Path(folder), stack)
            except Out as out:
                yield {**about, "status": out.status, "why": str(out)}
                continue
            running[engine.name] = client
            known.rules, known.load_s = cell.number, loaded["load_s"]
            yield {**about, "status": "run", **loaded}
        for line in _rounds(cell, plan, running):
            if "round" in line:
                seen[line["engine"], cell.shape.name].each_us = line["cpu_us"] or line["p50_us"]
            yield line


def _started(
    engine: Engine, cell: Cell, folder: Path, stack: ExitStack
) -> tuple[Client, Mapping[str, Any]]:
    """Start an engine, have it read the policy, and hold it to the interpreter's answers."""
    try:
        policy = engine.write(cell.text, cell.rules)
    except Lacks as lacks:
        raise Out("sits out", str(lacks)) from lacks
    try:
        client = stack.enter_context(Client(engine.command(), engine.version, limit=PATIENCE_S))
    except (NotInstalled, WrongVersionError, RuntimeError) as error:
        raise Out("not run", str(error)) from error
    loaded = load(client, engine, policy, folder / engine.name)
    said = ask(client, {"do": "answers", "calls": cell.checked})["answers"]
    wrong = [at for at, one in enumerate(said) if one is not cell.wanted[at]]
    if wrong or len(said) != len(cell.wanted):
        first = cell.checked[wrong[0]] if wrong else "fewer answers than calls"
        raise Out("void", f"{len(wrong)} answers differ, the first of {first}")
    ask(client, {"do": "calls", "calls": cell.shape.timed(cell.rules)})
    return client, loaded


_TINY: Final = 'policy tiny version 1;\nrule r0: allow send when args.role == "role0";\n'
_SMALL: Final = (_TINY, rules.read(_TINY))


def load(client: Client, engine: Engine, policy: str, place: Path) -> Line:
    """Have an engine read a policy, after a small one: what is loaded once is not counted."""
    for text in (engine.write(*_SMALL), policy):
        place.write_text(text, "utf-8")
        said = ask(client, {"do": "load", "policy": str(place)})
    return said


def ask(client: Client, question: Line) -> Line:
    """Return what an engine says, or raise with what went wrong."""
    said = client.ask(question)
    if said.get("answer") == "raised":
        raise Out("too slow" if "within" in said["detail"] else "broke", said["detail"])
    if "error" in said:
        raise Out("broke", said["error"])
    return said


def _rounds(cell: Cell, plan: Plan, running: Mapping[str, Client]) -> Iterator[Line]:
    """Measure each engine once a round; each round begins with another."""
    asked = {"do": "round", "seconds": plan.seconds, "least": LEAST}
    warming = {**asked, "seconds": plan.seconds / 4}
    gone: set[str] = set()
    for at, name in turns(list(running), plan.rounds):
        if name in gone:
            continue
        try:
            said = ask(running[name], warming if at < 0 else asked)
        except Out as out:  # what it was measured at before stays
            gone.add(name)
            yield {**cell.about, "engine": name, "status": out.status, "why": str(out)}
            continue
        if at >= 0:
            yield {**cell.about, "engine": name, "round": at, **said}


def turns(names: Sequence[T], rounds: int) -> Iterator[tuple[int, T]]:
    """Yield each name once a round, in an order that rotates; the first round, -1, is to warm."""
    for at in range(-1, rounds):
        first = at % len(names) if names else 0
        for name in (*names[first:], *names[:first]):
            yield at, name
