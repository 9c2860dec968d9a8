"""Joins the rows of a benchmark with the rules that a policy has for them."""

import tomllib
from collections.abc import Iterator
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
    policy: Path
    bound: Bound
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
    policy = path.parent / written["policy"]
    bound = load(policy)
    lines = tuple(_lines(written, bound))
    listed, noted = {line.row for line in lines}, set(written.get("notes", ()))
    spoken = {*rows(bound.policy), *watched(bound), *noted}
    if extra := sorted(spoken - listed):
        raise RowsError(f"{path.name} does not list {extra}")
    return Listing(
        written["title"], written["data"], written["about"].strip(), policy, bound, lines
    )


def _lines(written: dict[str, Any], bound: Bound) -> Iterator[Line]:
    enforced, seen = rows(bound.policy), watched(bound)
    said = {
        **dict.fromkeys(written.get("tools_own", ()), TOOLS_OWN),
        **dict.fromkeys(written.get("out_of_scope", ()), OUT_OF_SCOPE),
    }
    for row in written["rows"]:
        states = [
            *([RULE] if row in enforced else []),
            *([GUARD_ONLY] if row in seen else []),
            *([said[row]] if row in said else []),
        ]
        if len(states) != 1:
            raise RowsError(f"row `{row}` must have one state, has {states}")
        rule = enforced[row].rule if row in enforced else seen.get(row, "")
        yield Line(row, states[0], rule, written.get("notes", {}).get(row, ""))
