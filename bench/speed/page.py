"""Writes docs/results-speed.md from the lines of a run."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from bench.agentdojo.layout import table
from bench.speed import curves, in_process, origin, over_http, shapes
from bench.speed.engines import ENGINES, OURS
from bench.speed.goals import ASYNC, Goal, goals, shown
from bench.speed.summary import Ratio, Summary, middle

_HEAD: Final = """\
# Speed: results beside other engines

`make bench-speed` measures all of this anew and writes this page; `ARGS=--quick` only looks whether
it still runs. Each other engine is the one that its makers publish, pinned, in an environment of
its own.

**How it is measured.** One set of rules is written as `.bar` and turned into each engine's
language. Before anything is timed, each engine must answer {checked} drawn calls as Drawbar's
reference does; one that does not is void, and one that has no word for a test sits that shape out.
Rounds take turns, each beginning with another engine; a ratio is of two rounds next to each other,
and its median stands before the least and the greatest. All arguments are there and of the right
type. What is made of a call for an engine (a JSON text, a dictionary, an object) is made before the
clock starts.

**What is not fair, and to whom.** `opa bench` measures itself, about one call a round, and does not
read its input anew. cedarpy and regopy read the arguments from JSON at every decision, as they
offer nothing else. CEL is given one expression a tool, made by the bench. Engines that only say yes
or no are given less to do than Drawbar, which also tells the rule and the reason.
"""


def page(summary: Summary) -> str:
    """Return the page."""
    parts = [_HEAD.format(checked=shapes.CHECKED), *origin.told(summary), *_goals(summary)]
    parts += [*_lost(summary), *_in_process(summary), *_over_http(summary), *_curves(summary)]
    return "\n".join(parts)


def _goals(summary: Summary) -> Iterator[str]:
    found = list(goals(summary))
    held = [one for one in found if one.held]
    yield "## Goals\n"
    missed = sum(one.held is False for one in found)
    yield f"{len(held)} of {len(found)} held, {missed} were missed, the others were not judged."
    yield "All were set before anything was measured; those in microseconds and seconds are about"
    yield "a machine with nothing else to do.\n"
    told = [one for one in found if not one.held] + held
    yield table(("goal", "wanted", "measured", ""), [_goal(one) for one in told])


def _goal(one: Goal) -> Sequence[str]:
    judged = one.judged().replace("MISSED", "**missed**")
    return one.words, one.wanted_told(), "" if one.measured is None else one.told(), judged


def _lost(summary: Summary) -> Iterator[str]:
    yield "## Where others are faster\n"
    lines = [*_lost_in_process(summary), *_lost_over_http(summary)]
    if lines:
        head = ("where", "shape", "rules", "who", "its p50, times Drawbar's")
        yield table(head, lines)
    else:
        yield "Nowhere, of what was measured.\n"


def _lost_in_process(summary: Summary) -> Iterator[Sequence[object]]:
    for shape, number in summary.cells(in_process.PART):
        for engine in ENGINES:
            found = summary.ratio("p50_us", (in_process.PART, shape, number), engine.name, OURS)
            if found and found.median < 1:
                yield "in process", shape, f"{number:,}", engine.title, ratio(found)


def _lost_over_http(summary: Summary) -> Iterator[Sequence[object]]:
    for shape, number in summary.cells(over_http.PART):
        for clients in summary.clients():
            for server in over_http.SERVERS:
                where = (over_http.PART, shape, number, clients)
                found = summary.ratio("p50_us", where, server.name, ASYNC)
                if found and found.median < 1 and server.decides and not server.ours:
                    what = f"HTTP, {clients} clients"
                    yield what, shape, f"{number:,}", server.title, ratio(found)


def _in_process(summary: Summary) -> Iterator[str]:
    yield "## In process\n"
    for name, why in summary.run.get("absent", {}).items():
        yield f"{name} is not measured: {why}.\n"
    for shape in shapes.SHAPES:
        sizes = [number for one, number in summary.cells(in_process.PART) if one == shape.name]
        if not sizes:
            continue
        yield f"### `{shape.name}`: {shape.words}\n"
        timed = "all calls pass the last rule" if shape.last else "calls pass some rules or none"
        yield f"p50 of one decision, as times of Drawbar's in the same round; {timed}.\n"
        head = ("engine", *(f"rules: {number:,}" for number in sizes))
        rows = [
            (one.title, *(_ratio_of(summary, shape.name, at, one.name) for at in sizes))
            for one in ENGINES
        ]
        yield table(head, rows)
        yield from _absent(summary, shape.name, sizes)
        yield from _times(summary, shape.name, max(at for at in sizes if at <= 1_000))  # noqa: PLR2004 - most engines go no further


def _ratio_of(summary: Summary, shape: str, number: int, engine: str) -> str:
    found = summary.ratio("p50_us", (in_process.PART, shape, number), engine, OURS)
    if engine == OURS:
        p50 = summary.median("p50_us", in_process.PART, shape, number, engine)
        return "" if p50 is None else f"1 ({shown(p50)} us)"
    if found:
        return ratio(found)
    about = summary.about(in_process.PART, shape, number, engine)
    return str(about.get("status", ""))


def _absent(summary: Summary, shape: str, sizes: Sequence[int]) -> Iterator[str]:
    """Say why an engine is not in a column, once for all columns with the same reason."""
    why: dict[str, None] = {}
    for number in sizes:
        for engine in ENGINES:
            about = summary.about(in_process.PART, shape, number, engine.name)
            if "why" in about:
                why[f"{engine.title} {about['status']}: {about['why']}."] = None
    if why:
        yield "\n".join(f"- {one}" for one in why) + "\n"


def _times(summary: Summary, shape: str, number: int) -> Iterator[str]:
    yield f"With {number:,} rules:\n"
    head = ("engine", "p50, us", "p99, us", "processor, us", "reading, s", "held, MiB")
    rows = []
    for engine in ENGINES:
        where = (in_process.PART, shape, number, engine.name)
        if not summary.rounds(*where):
            continue
        figures = [_told(summary.median(name, *where)) for name in ("p50_us", "p99_us", "cpu_us")]
        about = summary.about(*where)
        loaded = [_told(about["load_s"]), _told(about["memory_mb"])]
        rows.append((engine.title, *figures, *loaded))
    yield table(head, rows)


def _over_http(summary: Summary) -> Iterator[str]:
    cells = list(summary.cells(over_http.PART))
    if not cells:
        return
    yield "## Over HTTP\n"
    yield _HTTP
    for shape, number in cells:
        for clients in summary.clients():
            rows = list(_servers(summary, shape, number, clients))
            if rows:
                yield f"### `{shape}`, {number:,} rules, {clients} at once\n"
                yield table(_SERVERS, rows)
                yield from _broken(summary, shape, number, clients)
    shape, number = cells[0]
    yield "### Starting, and memory\n"
    head = ("server", "until it listens, s", "memory then, MiB", "and at the end")
    yield table(head, _starts(summary, shape, number))


_HTTP: Final = """\
`wrk` asks all servers over connections that stay, each request with a number of its own in its
arguments. Drawbar looks a key up and keeps a record of every decision in a chain on disk: with
`audit = group` an answer waits for it, with `async` it does not; a third gateway makes its records
and drops them, which no setting does. OPA's log of decisions goes to a
file as lines, that of Cerbos to its local store; neither is a chain, and neither server asks for a
key.
"""
_SERVERS: Final = (
    "server",
    "p50, times Drawbar's (`async`)",
    "processor, times",
    "requests/s",
    "p50, us",
    "p99, us",
    "processor, us",
)


def _servers(summary: Summary, shape: str, number: int, clients: int) -> Iterator[Sequence[object]]:
    where = (over_http.PART, shape, number, clients)
    for server in over_http.SERVERS:
        own = (*where[:3], server.name, clients)
        if not summary.rounds(*own):
            about = summary.about(over_http.PART, shape, number, server.name)
            if "why" in about and clients == 1:
                yield server.title, about["status"], about["why"], "", "", "", ""
            continue
        both = [summary.ratio(name, where, server.name, ASYNC) for name in ("p50_us", "cpu_us")]
        names = ("rate", "p50_us", "p99_us", "cpu_us")
        figures = [_told(summary.median(name, *own)) for name in names]
        yield server.title, *(ratio(one) if one else "" for one in both), *figures


def _broken(summary: Summary, shape: str, number: int, clients: int) -> Iterator[str]:
    """Say which server stopped doing its work under so many clients."""
    for server in over_http.SERVERS:
        about = summary.about(over_http.PART, shape, number, server.name, clients)
        if "why" in about:
            yield f"- {server.title} broke: {about['why']}\n"


def _starts(summary: Summary, shape: str, number: int) -> Iterator[Sequence[object]]:
    for server in over_http.SERVERS:
        about = summary.about(over_http.PART, shape, number, server.name)
        if about.get("status") == "run":
            names = ("start_s", "memory_mb", "memory_after_mb")
            yield server.title, *(_told(about.get(name)) for name in names)


def _curves(summary: Summary) -> Iterator[str]:
    if not any(one.get("part") == curves.PART for one in summary.lines):
        return
    yield "## How times grow\n"
    yield "![p50 of a decision by rules, sessions, history, text and clients](results-speed.svg)\n"
    for name, (words, *head) in _CURVES.items():
        points = summary.curve(name)
        if points:
            yield f"### {words}\n"
            yield table(*_points(points, head))


_CURVES: Final = {
    "rules": ("Rules, in process", "shape", "rules"),
    "sessions": ("Sessions that a gateway keeps, over HTTP", "", "sessions"),
    "history": ("Earlier calls of a session that a rule counts, over HTTP", "rule", "calls"),
    "observed": ("Text that a session was shown, over HTTP", "", "characters"),
    "clients": ("Clients at once, over HTTP", "server", "clients"),
}
_FIGURES: Final = {
    "p50_us": "p50, us",
    "p99_us": "p99, us",
    "cpu_us": "processor, us",
    "rate": "requests/s",
    "load_s": "reading, s",
    "memory_mb": "held, MiB",
}


def _points(
    points: Sequence[Any], head: Sequence[str]
) -> tuple[Sequence[str], list[Sequence[object]]]:
    series = dict.fromkeys((one.get("shape", one.get("engine", "")), one["x"]) for one in points)
    kept = [name for name in _FIGURES if any(name in one for one in points)]
    rows: list[Sequence[object]] = []
    for name, x in series:
        own = [
            one
            for one in points
            if (one.get("shape", one.get("engine", "")), one["x"]) == (name, x)
        ]
        figures = [[one[key] for one in own if one.get(key) is not None] for key in kept]
        rows.append((name, f"{x:,}", *(_told(middle(one)) for one in figures)))
    return (*head, *(_FIGURES[name] for name in kept)), rows


def ratio(found: Ratio) -> str:
    """Write a ratio with its range."""
    return f"{shown(found.median)} ({shown(found.least)} to {shown(found.most)})"


def _told(value: float | None) -> str:
    return "" if value is None else shown(value)
