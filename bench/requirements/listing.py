"""Joins the rows of a benchmark with the rules that a policy has for them."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.requirements.rows import RowsError, load, rows, watched
from dsl.interpret import Bound

HERE: Final = Path(__file__).parent
RULE: Final = "rule"
GUARD_ONLY: Final = "guard-only"
TOOLS_OWN: Final = "tool's own"
OUT_OF_SCOPE: Final = "out of scope"
STATES: Final = (RULE, GUARD_ONLY, TOOLS_OWN, OUT_OF_SCOPE)
LISTS: Final = (HERE / "airline.toml", HERE / "car.toml", HERE / "clinic.toml")


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one row: its state, the rule that enforces or watches it, a note."""

    row: str
    state: str
    rule: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows of one benchmark; `data` is its name in the public data."""

    title: str
    data: str
    about: str
    policies: dict[Path, Bound]  # a policy, and overlays beside it
    lines: tuple[Line, ...]

    def of(self, state: str) -> list[str]:
        """Return the rows in a state."""
        return [line.row for line in self.lines if line.state == state]


def listings() -> list[Listing]:
    """Return the benchmarks that have a list of rows."""
    return [read(path) for path in LISTS if path.is_file()]


def read(path: Path) -> Listing:
    """Read a list of rows; raise where it and its policy do not speak of the same rows."""
    written = tomllib.loads(path.read_text("utf-8"))
    files = [(path.parent / name).resolve() for name in written["policies"]]
    bound = {file: load(file) for file in files}
    ruled = _ruled(bound.values())
    named = (row for key in ("tools_own", "out_of_scope", "notes") for row in written.get(key, ()))
    if extra := sorted({*(row for row, _, _ in ruled), *named} - set(written["rows"])):
        raise RowsError(f"{path.name} does not list {extra}")
    lines = tuple(_line(row, written, ruled) for row in written["rows"])
    return Listing(written["title"], written["data"], written["about"].strip(), bound, lines)


def _ruled(policies: Collection[Bound]) -> list[tuple[str, str, str]]:
    """Return the rows that rules speak of, each with its state and its rule."""
    return [
        *((row.id, RULE, row.rule) for one in policies for row in rows(one.policy).values()),
        *((row, GUARD_ONLY, rule) for one in policies for row, rule in watched(one).items()),
    ]


def _line(row: str, written: dict[str, Any], ruled: list[tuple[str, str, str]]) -> Line:
    said = {TOOLS_OWN: written.get("tools_own", ()), OUT_OF_SCOPE: written.get("out_of_scope", ())}
    states = [
        *((state, rule) for name, state, rule in ruled if name == row),
        *((state, "") for state, named in said.items() if row in named),
    ]
    if len(states) != 1:
        raise RowsError(f"row `{row}` must have one state, has {[state for state, _ in states]}")
    return Line(row, *states[0], note=written.get("notes", {}).get(row, ""))
