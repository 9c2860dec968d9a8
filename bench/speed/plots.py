"""Draws docs/results-speed.svg: how times grow, a small picture a curve, both axes by powers."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from bench.speed.goals import shown
from bench.speed.summary import Summary

_COLORS: Final = ("#0b5394", "#22663a", "#a8382a", "#7a4ea8")
_STYLE: Final = (
    'text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Arial, sans-serif;'
    " font-size: 12px; fill: #1b2733; }"
)
_WIDE, _HIGH = 440, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 320, 34, 220
_TITLES: Final = {
    "rules": "rules, in process",
    "sessions": "sessions kept",
    "history": "earlier calls counted",
    "observed": "characters shown",
    "clients": "clients at once",
}
Series = Mapping[str, Sequence[tuple[float, float]]]


def plots(summary: Summary) -> dict[str, str]:
    """Return the drawing by its name; none where no curve was measured."""
    found = {name: series(summary.curve(name)) for name in _TITLES}
    drawn = {name: one for name, one in found.items() if one}
    return {"results-speed.svg": "\n".join(_drawn(drawn)) + "\n"} if drawn else {}


def series(points: Sequence[Mapping[str, Any]]) -> Series:
    """Return the medians of p50 by what is drawn as one line."""
    found: dict[str, dict[float, list[float]]] = {}
    for one in points:
        if "p50_us" in one:
            name = str(one.get("shape", one.get("engine", "")))
            found.setdefault(name, {}).setdefault(one["x"], []).append(one["p50_us"])
    return {
        name: [(x, statistics.median(values)) for x, values in sorted(line.items())]
        for name, line in found.items()
    }


def _drawn(curves: Mapping[str, Series]) -> Iterator[str]:
    rows = (len(curves) + 1) // 2
    width, height = 2 * _WIDE, rows * _HIGH
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    ids = 'aria-labelledby="speed-title speed-desc"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" {ids}>'
    yield '  <title id="speed-title">p50 of a decision, in microseconds, by what grows</title>'
    yield f'  <desc id="speed-desc">{escape(_described(curves))}</desc>'
    yield f"  <style>{_STYLE}</style>"
    yield f'  <rect width="{width}" height="{height}" fill="#ffffff"/>'
    for at, (name, lines) in enumerate(curves.items()):
        yield f'  <g transform="translate({at % 2 * _WIDE} {at // 2 * _HIGH})">'
        yield from _picture(_TITLES[name], lines)
        yield "  </g>"
    yield "</svg>"


def _described(curves: Mapping[str, Series]) -> str:
    told = []
    for name, lines in curves.items():
        for line, points in lines.items():
            values = ", ".join(f"{shown(y)} us at {x:,}" for x, y in points)
            told.append(f"{_TITLES[name]}{', ' * bool(line)}{line}: {values}")
    return ". ".join(told) + "."


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a value stands, between two whole powers of ten."""

    low: int
    high: int
    start: float
    end: float

    @property
    def ticks(self) -> range:
        return range(self.low, self.high + 1)

    def at(self, value: float) -> float:
        share = (math.log10(max(value, 1e-9)) - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * share


def _scale(values: Sequence[float], start: float, end: float) -> _Scale:
    low, high = (math.log10(max(one, 1e-9)) for one in (min(values), max(values)))
    bottom = math.floor(low)
    return _Scale(bottom, max(math.ceil(high), bottom + 1), start, end)


def _picture(title: str, lines: Series) -> Iterator[str]:
    points = [point for line in lines.values() for point in line]
    across = _scale([x for x, _ in points], _LEFT, _RIGHT)
    up = _scale([y for _, y in points], _BOTTOM, _TOP)
    yield f'    <text x="{_LEFT}" y="18" font-weight="bold">{escape(title)}, us</text>'
    for power in up.ticks:
        y = up.at(10.0**power)
        yield f'    <path d="M{_LEFT} {y:.1f} H{_RIGHT}" stroke="#d8d8d2"/>'
        yield f'    <text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_power(power)}</text>'
    for power in across.ticks:
        x = across.at(10.0**power)
        label = _power(power)
        yield f'    <text x="{x:.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{label}</text>'
    for at, (name, line) in enumerate(lines.items()):
        yield from _line(name, [(across.at(x), up.at(y)) for x, y in line], at)


def _line(name: str, points: Sequence[tuple[float, float]], at: int) -> Iterator[str]:
    color = _COLORS[at % len(_COLORS)]
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    yield f'    <path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>'
    for x, y in points:
        yield f'    <circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>'
    if name:
        y = _TOP + 20 * at + 8
        yield f'    <path d="M{_RIGHT + 8} {y} h18" stroke="{color}" stroke-width="3"/>'
        yield f'    <text x="{_RIGHT + 31}" y="{y + 4}">{escape(name)}</text>'


def _power(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
