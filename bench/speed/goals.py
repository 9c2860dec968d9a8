"""What was to be reached, set before anything was measured, and what was."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench import path_goals
from bench.speed import in_process, over_http
from bench.speed.engines import OURS
from bench.speed.summary import Ratio, Summary, middle

MANY: Final = 1_000
VERY_MANY: Final = 10_000
ASYNC: Final = "drawbar async"
QUIET: Final = 1.0  # the load of a machine, at most, on which microseconds mean anything
BUSY: Final = 16  # clients that keep a server busy


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal; `measured` is None where its part was not run."""

    words: str
    measured: float | None
    wanted: float
    unit: str = ""
    at_least: bool = False
    busy: bool = False  # it is about the machine alone, and others used it: nothing is judged

    @property
    def held(self) -> bool | None:
        """Tell whether it was reached."""
        if self.measured is None or self.busy:
            return None
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted

    def judged(self) -> str:
        """Return the judgement, for a reader."""
        if self.held is None:
            return "not measured" if self.measured is None else "the machine was busy"
        return "held" if self.held else "MISSED"

    def told(self) -> str:
        """Return what was measured, for a reader."""
        return "not measured" if self.measured is None else f"{shown(self.measured)}{self.unit}"

    def wanted_told(self) -> str:
        """Return what was wanted."""
        return f"{'>=' if self.at_least else '<='} {shown(self.wanted)}{self.unit}"


def shown(value: float) -> str:
    """Write a figure with three digits that count."""
    if abs(value) >= 100:  # noqa: PLR2004 - all three stand before the point
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):g}"


def goals(summary: Summary) -> Iterator[Goal]:
    """Yield the goals, the ratios first."""
    yield from _in_process(summary)
    yield from _over_http(summary)
    yield from _absolute(summary)


def _in_process(summary: Summary) -> Iterator[Goal]:
    cedar = summary.ratio("p50_us", (in_process.PART, "one", MANY), "cedarpy", OURS)
    words = f"parsed cedarpy, {MANY:,} rules on one tool"
    yield Goal(words, _median(cedar), 100, " times", at_least=True)
    large, small = (_curve(summary, "one", number, "p50_us") for number in (VERY_MANY, 100))
    grown = large / small if large and small else None
    words = f"{VERY_MANY:,} rules on one tool, beside 100 rules"
    yield Goal(words, grown, 3, " times")


def _over_http(summary: Summary) -> Iterator[Goal]:
    alone = (over_http.PART, over_http.SHAPE, MANY, 1)
    for other, wanted in (("opa logged", 1.0), ("cerbos logged", 0.35)):
        found = summary.ratio("p50_us", alone, ASYNC, other)
        words = f"p50 over HTTP, {MANY:,} rules, one caller, beside {other}"
        yield Goal(words, _median(found), wanted, " times")
    busy = (*alone[:3], BUSY)
    without = over_http.UNRECORDED
    rate = summary.ratio("rate", busy, without, "bare")
    words = f"path without its store, {BUSY} clients: requests/s beside a constant of bare ASGI"
    yield Goal(words, _median(rate), path_goals.OF_BARE, " times", at_least=True)
    cpu = summary.ratio("cpu_us", busy, without, "fastapi")
    words = "path without its store: processor beside a constant of FastAPI"
    yield Goal(words, _median(cpu), round(path_goals.OF_FASTAPI, 3), " times")


def _absolute(summary: Summary) -> Iterator[Goal]:
    busy = any(one["machine"]["load1"] > QUIET for one in summary.lines if "machine" in one)
    mixed = (in_process.PART, "mixed", MANY, OURS)
    for name, wanted in (("p50_us", 5.0), ("p99_us", 12.0)):
        words = f"decision, {MANY:,} mixed rules, {name.partition('_')[0]}"
        yield Goal(words, summary.median(name, *mixed), wanted, " us", busy=busy)
    large = _curve(summary, "one", VERY_MANY, "p50_us")
    yield Goal(f"{VERY_MANY:,} rules on one tool, p50", large, 10, " us", busy=busy)
    cpu = summary.median("cpu_us", over_http.PART, over_http.SHAPE, MANY, ASYNC, BUSY)
    yield Goal("whole path with record, processor", cpu, path_goals.BUSY_US, " us", busy=busy)
    alone = summary.median("p50_us", over_http.PART, over_http.SHAPE, MANY, ASYNC, 1)
    yield Goal(
        "whole path with record, one caller, p50", alone, path_goals.ALONE_US, " us", busy=busy
    )
    loaded = _curve(summary, "mixed", VERY_MANY, "load_s")
    yield Goal(f"{VERY_MANY:,} rules read, nothing known", loaded, 5, " s", busy=busy)


def _median(found: Ratio | None) -> float | None:
    return None if found is None else found.median


def _curve(summary: Summary, shape: str, rules: int, name: str) -> float | None:
    found = [
        one[name]
        for one in summary.curve("rules")
        if one["shape"] == shape and one["x"] == rules and name in one
    ]
    return middle(found)
