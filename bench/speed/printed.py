"""What a run prints at its end: a row an engine and cell, the same figures as on the page."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from bench.speed import in_process, over_http
from bench.speed.engines import ENGINES, OURS
from bench.speed.goals import ASYNC, shown
from bench.speed.page import ratio
from bench.speed.summary import Summary

_HEAD: Final = ("times Drawbar's", "p50 us", "p99 us", "processor us", "load s", "MiB")


def rows(summary: Summary) -> Iterator[str]:
    """Yield lines of even columns."""
    yield _row(("where", "engine", *_HEAD))
    for shape, number in summary.cells(in_process.PART):
        for engine in ENGINES:
            yield from _one(summary, (in_process.PART, shape, number), engine.name, OURS)
    for shape, number in summary.cells(over_http.PART):
        for clients in summary.clients():
            for server in over_http.SERVERS:
                where = (over_http.PART, shape, number, clients)
                yield from _one(summary, where, server.name, ASYNC)


def _one(summary: Summary, where: Sequence[Any], name: str, base: str) -> Iterator[str]:
    part, shape, number, *clients = where
    own: Sequence[Any] = (part, shape, number, name, *clients)
    if not summary.rounds(*own):
        return
    about = summary.about(part, shape, number, name)
    found = summary.ratio("p50_us", where, name, base)
    figures = [summary.median(key, *own) for key in ("p50_us", "p99_us", "cpu_us")]
    figures += [about.get("load_s", about.get("start_s")), about.get("memory_mb")]
    place = f"{shape} {number:,}" + "".join(f", {one} at once" for one in clients)
    told = ["" if one is None else shown(one) for one in figures]
    yield _row((place, name, ratio(found) if found else "", *told))


def _row(cells: Sequence[str]) -> str:
    widths = (24, 20, 28, 10, 11, 14, 10, 8)
    return "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
