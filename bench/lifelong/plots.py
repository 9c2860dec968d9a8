"""Draws docs/results-memory.svg: F1 of each way, by how many reports are flipped."""

from collections.abc import Iterator
from html import escape
from typing import Final

from bench.lifelong.arms import FLIPS, HEADLINE
from bench.lifelong.summary import Mean, Summary

_WIDTH, _HEIGHT = 900, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 680, 40, 370
_LOW, _HIGH, _STEP = 0.4, 1.0, 0.1
_COLORS: Final = ("#555555", "#0b5394", "#22663a", "#a8382a", "#7a4ea8", "#b07d00", "#008080")
_STYLE: Final = (
    'text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Arial, sans-serif;'
    " font-size: 13px; fill: #1b2733; }"
)


def plots(summary: Summary) -> dict[str, str]:
    """Return the drawings, by their names."""
    return {"results-memory.svg": "\n".join(_drawn(summary)) + "\n"}


def _drawn(summary: Summary) -> Iterator[str]:
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    ids = 'aria-labelledby="memory-title memory-desc"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" {ids}>'
    yield '  <title id="memory-title">F1 by how many reports are flipped</title>'
    yield f'  <desc id="memory-desc">{escape(_described(summary))}</desc>'
    yield f"  <style>{_STYLE}</style>"
    yield f'  <rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
    yield from _axes()
    for at, way in enumerate(summary.ways):
        yield from _line(summary, way, at)
    yield "</svg>"


def _described(summary: Summary) -> str:
    told = []
    for way in summary.ways:
        values = [one.value for _, one in _values(summary, way)]
        told.append(f"{way}: {', '.join(f'{value:.2f}' for value in values)}")
    return f"F1 at {', '.join(f'{flips:.0%}' for flips in FLIPS)} flipped. {'. '.join(told)}."


def _axes() -> Iterator[str]:
    steps = round((_HIGH - _LOW) / _STEP)
    for step in range(steps + 1):
        value = _LOW + step * _STEP
        y = _y(value)
        yield f'  <path d="M{_LEFT} {y:.1f} H{_RIGHT}" stroke="#d8d8d2"/>'
        yield f'  <text x="{_LEFT - 34}" y="{y + 4:.1f}">{value:.1f}</text>'
    for at, flips in enumerate(FLIPS):
        yield f'  <text x="{_x(at) - 30:.1f}" y="{_BOTTOM + 24}">{flips:.0%} flipped</text>'


def _line(summary: Summary, way: str, at: int) -> Iterator[str]:
    color, found = _COLORS[at % len(_COLORS)], list(_values(summary, way))
    shift = 5 * (at - 3)
    points = [(_x(place) + shift, _y(one.value), one) for place, one in found]
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y, _ in points)
    yield f'  <path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>'
    for x, y, one in points:
        yield f'  <circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>'
        if one.half is not None:
            ends = _y(one.value - one.half), _y(one.value + one.half)
            yield f'  <path d="M{x:.1f} {ends[0]:.1f} V{ends[1]:.1f}" stroke="{color}"/>'
    y = _TOP + 24 * at + 10
    yield f'  <path d="M{_RIGHT + 24} {y} h26" stroke="{color}" stroke-width="3"/>'
    yield f'  <text x="{_RIGHT + 58}" y="{y + 4}">{escape(way)}</text>'


def _values(summary: Summary, way: str) -> Iterator[tuple[int, Mean]]:
    for at, flips in enumerate(FLIPS):
        found = summary.mean(way, (HEADLINE, flips), "f1")
        if found is not None:
            yield at, found


def _x(at: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (2 * at + 1) / (2 * len(FLIPS))


def _y(value: float) -> float:
    inside = min(max(value, _LOW), _HIGH)
    return _BOTTOM - (_BOTTOM - _TOP) * (inside - _LOW) / (_HIGH - _LOW)
