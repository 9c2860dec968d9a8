"""How Drawbar's times grow: with rules, and with what a gateway and a session have seen."""

import http.client
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bench.peers.client import Client
from bench.speed import over_http, rules, shapes, wrk
from bench.speed.engines import ENGINES, Engine
from bench.speed.in_process import LEAST, Cell, ask, load, turns
from bench.speed.plan import Plan
from bench.speed.servers import gateway
from bench.speed.servers.served import Asking, Refused, Served
from bench.speed.shapes import Call

PART: Final = "curve"
SHAPES: Final = ("mixed", "one")
GREATEST: Final = "mixed"  # alone goes as far as there are points
GREAT: Final = 4
ENOUGH: Final = 1_000  # rules that calls are drawn for: a longer policy begins with these
AT_ONCE: Final = ("drawbar async", "opa logged", "bare")
ASKED: Final = 256  # sessions that are asked about in turn, of all that there are
PATIENCE_S: Final = 400.0  # until a policy of the greatest size is given up
POLICY: Final = """\
policy sessions version 1;
kind send_email.to is email;
source get_contacts as trusted;
source read as internal;
rule reading: allow pay, read, read_secret, get_contacts, get_mails;
rule often: deny probe when count(pay) >= 0;
rule lately: deny probe_hour when count(pay within 1h) >= 0;
rule strange: deny send_email when args.to from [untrusted, nowhere];
"""
Line = dict[str, Any]
Tell = Callable[[str], None]


def measured(plan: Plan, tell: Tell) -> Iterator[Line]:
    """Yield a line a point and round."""
    plan = replace(plan, rounds=plan.curve_rounds)
    yield from _rules(plan, tell)
    client = wrk.found()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = stack.enter_context(gateway.serving(POLICY, folder, "async"))
        for name, curve in (
            ("history", _history),
            ("observed", _observed),
            ("sessions", _sessions),
        ):
            tell(f"curve: {name}")
            teller = Teller(served)  # on a new line: the gateway has closed the last one by now
            for line in curve(plan, teller, client, folder):
                yield {"part": PART, "curve": name, **line}
    yield from _clients(plan, tell, client)


class Teller:
    """Tells a gateway what happened in sessions."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._line = served.line()
        self._number = 0

    def pay(self, session: str) -> None:
        """Let one more call through."""
        self._number += 1
        self._post("/v1/check", _asked("pay", session, f"f{self._number}", {"amount": 1}))

    def observe(self, session: str, size: int) -> None:
        """Tell a session a story of about as many characters."""
        from bench.decision import told  # noqa: PLC0415 - it opens what a gateway opens

        for path, body in told(session, size):
            self._post(path, body)

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        headers = {"Content-Type": "application/json", **self.served.asking.headers}
        self._line.request("POST", path, json.dumps(body).encode(), headers)
        answer = self._line.getresponse()
        said = answer.read()
        if answer.status != http.client.OK or b'"deny"' in said:
            raise Refused(f"{path}: {answer.status} {said[:300].decode()}")


def _rules(plan: Plan, tell: Tell) -> Iterator[Line]:
    """Yield what deciding and reading take, by how many rules there are."""
    engine = ENGINES[0]
    for shape in (one for one in shapes.SHAPES if one.name in SHAPES):
        for number in plan.rules if shape.name == GREATEST else plan.rules[:GREAT]:
            tell(f"curve: rules, {shape.name}, {number:,}")
            text = shape.text(number)
            drawn = text if shape.last else shape.text(min(number, ENOUGH))
            timed = shape.timed(rules.read(drawn))
            point = {"part": PART, "curve": "rules", "shape": shape.name, "x": number}
            yield from ({**point, **line} for line in _read(engine, text, timed, plan))


def _read(engine: Engine, text: str, timed: Sequence[Call], plan: Plan) -> Iterator[Line]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Client(engine.command(), engine.version, limit=PATIENCE_S) as client,
    ):
        yield load(client, engine, text, Path(folder, "policy"))
        ask(client, {"do": "calls", "calls": timed})
        asked = {"do": "round", "seconds": plan.seconds, "least": LEAST}
        ask(client, {**asked, "seconds": 0.0, "least": shapes.TIMED})  # warm: each call once
        for at in range(plan.rounds):
            yield {"round": at, **ask(client, asked)}


def _history(plan: Plan, teller: Teller, client: wrk.Wrk, folder: Path) -> Iterator[Line]:
    """Yield what a question about earlier calls takes, by how many there were."""
    for number in plan.history:
        for _ in range(number):
            teller.pay(f"h{number}")
    points = {
        (tool, number): _request(teller.served.asking, tool, f"h{number}")
        for tool in ("probe", "probe_hour")
        for number in plan.history
    }
    for (tool, number), line in _turns(points, plan, teller.served, client, folder):
        yield {"shape": "count" if tool == "probe" else "count within 1h", "x": number, **line}


def _observed(plan: Plan, teller: Teller, client: wrk.Wrk, folder: Path) -> Iterator[Line]:
    """Yield what a question about an origin takes, by how much text the session was shown."""
    for size in plan.observed:
        teller.observe(f"o{size}", size)
    points = {
        size: _request(teller.served.asking, "send_email", f"o{size}") for size in plan.observed
    }
    for size, line in _turns(points, plan, teller.served, client, folder):
        yield {"x": size, **line}


def _sessions(plan: Plan, teller: Teller, client: wrk.Wrk, folder: Path) -> Iterator[Line]:
    """Yield what a question takes, by how many sessions the gateway keeps."""
    made = 0
    for number in plan.sessions:
        while made < number:
            teller.pay(f"s{made}")
            made += 1
        step = max(number // ASKED, 1)
        asked = [
            one
            for at in range(0, number, step)
            for one in _request(teller.served.asking, "probe", f"s{at}")
        ]
        for _, line in _turns({number: asked}, plan, teller.served, client, folder):
            yield {"x": number, "memory_mb": teller.served.memory_mb(), **line}


def _turns(
    points: Mapping[Any, Sequence[bytes]],
    plan: Plan,
    served: Served,
    client: wrk.Wrk,
    folder: Path,
) -> Iterator[tuple[Any, Line]]:
    """Measure all points once a round, each round beginning with another."""
    files = {
        point: wrk.written(folder / f"point{at}", requests)
        for at, (point, requests) in enumerate(points.items())
    }
    for at, name in turns(list(files), plan.rounds):
        seen = over_http.one_round(served, files[name], client, 1, 1)
        if at >= 0:
            yield name, {"round": at, **seen}


def _request(asking: Asking, tool: str, session: str) -> list[bytes]:
    args = {"to": f"u{wrk.MARK}@corp.example", "amount": 1}
    body = json.dumps(_asked(tool, session, f"c{wrk.MARK}", args)).encode()
    asked = Asking(asking.path, lambda *_: body, asking.allowed, asking.headers)
    return [asked.request({}, "")]


def _asked(tool: str, session: str, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    return {"call_id": name, "tool": tool, "args": args, "session": session}


def _clients(plan: Plan, tell: Tell, client: wrk.Wrk) -> Iterator[Line]:
    """Yield what clients see, by how many ask at once."""
    shape = next(one for one in shapes.SHAPES if one.name == over_http.SHAPE)
    cell = Cell(shape, plan.served)
    servers = [one for one in over_http.SERVERS if one.name in AT_ONCE]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = {one.name: over_http.started(one, cell, folder, stack) for one in servers}
        for number in plan.at_once:
            tell(f"curve: {number} clients")
            for line in over_http.rounds(running, client, number, plan):
                yield {"part": PART, "curve": "clients", "x": number, **line}
