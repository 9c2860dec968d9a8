"""Measures servers over HTTP: one client for all, in rounds whose order rotates."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.environment import NotInstalled
from bench.speed import shapes, wrk
from bench.speed.in_process import Cell, turns
from bench.speed.languages import cerbos as cerbos_rules
from bench.speed.languages import rego
from bench.speed.plan import Plan
from bench.speed.rules import Rule
from bench.speed.servers import cerbos, constant, gateway, opa, unrecorded
from bench.speed.servers.served import Refused, Served

PART: Final = "http"
SHAPE: Final = "mixed"  # all clients
ALONE: Final = "tool"  # one client
UNRECORDED: Final = "drawbar unrecorded"
CONSTANT: Final = ("bare", "fastapi")
Line = dict[str, Any]
Tell = Callable[[str], None]
Serving = Callable[[str, Sequence[Rule], Path], AbstractContextManager[Served]]


@dataclass(frozen=True, slots=True)
class Server:
    """One server, and what starts it on a policy."""

    name: str
    title: str
    serving: Serving

    @property
    def decides(self) -> bool:
        """Tell whether it looks at a call at all."""
        return self.name not in CONSTANT

    @property
    def ours(self) -> bool:
        """Tell whether it is a gateway."""
        return self.name.startswith("drawbar")


SERVERS: Final = (
    Server(
        "drawbar async",
        "Drawbar, `audit = async`",
        lambda text, _, folder: gateway.serving(text, folder, "async"),
    ),
    Server(
        "drawbar group",
        "Drawbar, `audit = group`",
        lambda text, _, folder: gateway.serving(text, folder, "group"),
    ),
    Server(
        UNRECORDED,
        "Drawbar, storing no record",
        lambda text, _, folder: gateway.serving(text, folder, "async", unrecorded.MODULE),
    ),
    Server(
        "opa logged",
        f"OPA {opa.VERSION}, decisions logged",
        lambda _, rules, folder: opa.serving(rego.render(rules), folder, logged=True),
    ),
    Server(
        "opa",
        f"OPA {opa.VERSION}, no log",
        lambda _, rules, folder: opa.serving(rego.render(rules), folder, logged=False),
    ),
    Server(
        "cerbos logged",
        f"Cerbos {cerbos.VERSION}, decisions logged",
        lambda _, rules, folder: cerbos.serving(cerbos_rules.render(rules), folder, logged=True),
    ),
    Server(
        "cerbos",
        f"Cerbos {cerbos.VERSION}, no log",
        lambda _, rules, folder: cerbos.serving(cerbos_rules.render(rules), folder, logged=False),
    ),
    Server("bare", "a constant, bare ASGI", lambda _, __, folder: constant.serving("bare", folder)),
    Server(
        "fastapi",
        "a constant, idiomatic FastAPI",
        lambda _, __, folder: constant.serving("fastapi", folder),
    ),
)


@dataclass(frozen=True, slots=True)
class Bench:
    """What all cells are measured with."""

    plan: Plan
    client: wrk.Wrk
    tell: Tell
    servers: Sequence[Server] = SERVERS


def measured(plan: Plan, tell: Tell) -> Iterator[Line]:
    """Yield a line a server and shape, and one a round."""
    bench = Bench(plan, wrk.found(), tell)
    for shape, clients in ((SHAPE, plan.clients), (ALONE, plan.clients[:1])):
        chosen = next(one for one in shapes.SHAPES if one.name == shape)
        yield from _cell(Cell(chosen, plan.served), clients, bench)


def _cell(cell: Cell, clients: Sequence[int], bench: Bench) -> Iterator[Line]:
    about = {"part": PART, "shape": cell.shape.name, "rules": cell.number}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running: dict[str, tuple[Served, Path]] = {}
        for server in bench.servers:
            bench.tell(f"over HTTP: {cell.shape.name}, {cell.number:,} rules, {server.name}")
            try:
                running[server.name] = started(server, cell, folder, stack)
            except (NotInstalled, Refused) as error:
                yield {**about, "engine": server.name, "status": "not run", "why": str(error)}
                continue
            served = running[server.name][0]
            told = {"start_s": served.started_s, "memory_mb": served.memory_mb()}
            yield {**about, "engine": server.name, "status": "run", **told}
        for number in clients:
            bench.tell(f"over HTTP: {cell.shape.name}, {number} clients")
            for line in rounds(running, bench.client, number, bench.plan):
                yield {**about, **line}
        for name, (served, _) in running.items():
            yield {**about, "engine": name, "memory_after_mb": served.memory_mb()}


def started(server: Server, cell: Cell, folder: Path, stack: ExitStack) -> tuple[Served, Path]:
    """Start a server, and hold it to the interpreter's answers unless it decides nothing."""
    own = folder / server.name
    own.mkdir()
    served = stack.enter_context(server.serving(cell.text, cell.rules, own))
    if server.decides:
        hold(served, cell)
    timed = cell.shape.timed(cell.rules, wrk.MARK)  # each request is about a value of its own
    requests = [served.asking.request(call, f"c{wrk.MARK}") for call in timed]
    return served, wrk.written(own / "requests", requests)


def hold(served: Served, cell: Cell) -> None:
    """Raise if a server answers a call otherwise than the interpreter does."""
    line = served.line()
    for at, (call, wanted) in enumerate(zip(cell.checked, cell.wanted, strict=True)):
        said = json.loads(served.ask(call, f"check{at}", line))
        if served.asking.allowed(said) is not wanted:
            raise Refused(f"void: {call} should be {wanted}, and is {said}")
    line.close()


def rounds(
    running: Mapping[str, tuple[Served, Path]], client: wrk.Wrk, clients: int, plan: Plan
) -> Iterator[Line]:
    """Measure each server once a round; each round begins with another."""
    gone: set[str] = set()
    for at, name in turns(list(running), plan.rounds):
        if name in gone:
            continue
        try:
            seen = one_round(*running[name], client, clients, plan.http_seconds)
        except Refused as error:  # what it was measured at before stays
            gone.add(name)
            yield {"engine": name, "clients": clients, "status": "broke", "why": str(error)}
            continue
        if at >= 0:
            yield {"engine": name, "clients": clients, "round": at, **seen}


def one_round(
    served: Served, requests: Path, client: wrk.Wrk, clients: int, seconds: int
) -> dict[str, Any]:
    """Ask a server for a while; raise if it refused anything, or did not answer at all."""
    busy = served.cpu_s()
    seen = client.run(served.port, requests, clients, seconds)
    busy = served.cpu_s() - busy
    if seen["refused"] or seen["broken"] or not seen["number"]:
        raise Refused(f"{served.name}: {seen}")
    each = {"cpu_us": busy / seen["number"] * 1e6, "rate": seen["number"] / seen["us"] * 1e6}
    return {**seen, **each}
