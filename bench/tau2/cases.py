"""The write calls that are replayed: read from the data set, each with the state before it."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from dsl import strictjson

CALLS: Final = "tau2/airline_write_calls_labelled.jsonl"
CONVERSATIONS: Final = "tau2/gpt4o_airline_trajectories.jsonl.gz"
HANDBOOK: Final = "policy.md"

Part = Literal["gold", "violating", "refused_too", "clean", "clean_error", "mutant", "legal"]
PARTS: Final[tuple[Part, ...]] = (
    *("gold", "violating", "refused_too", "clean", "clean_error", "mutant", "legal"),
)
_LABEL: Final = re.compile(r"L(\d+(?:[-/]\d+)?)\b")


class NoData(Exception):
    """The data set is not there, so nothing can be measured."""


@dataclass(frozen=True, slots=True)
class Case:
    """One call, the state before it, and the handbook's lines that it breaks.

    `wanted` writes lines as the labels do: `141`, `82-94` for a range, `163/165` for two lines.
    """

    id: str
    part: Part
    tool: str
    args: Mapping[str, Any]
    context: Mapping[str, Any]
    wanted: tuple[str, ...] = ()
    mutator: str | None = None

    @property
    def digest(self) -> str:
        """Return what is equal for equal calls in equal states."""
        whole = {"tool": self.tool, "args": self.args, "context": self.context}
        return hashlib.sha256(strictjson.canonical(whole).encode()).hexdigest()


def lines(written: str) -> frozenset[int]:
    """Return the handbook's lines that a label stands for."""
    if "-" in written:
        first, last = written.split("-")
        return frozenset(range(int(first), int(last) + 1))
    return frozenset(map(int, written.split("/")))


def load(folder: Path) -> tuple[Case, ...]:
    """Read all calls of the data set, or raise `NoData`."""
    file = folder / CALLS
    if not file.is_file():
        message = f"there is no file `{CALLS}` in the folder of the data sets"
        raise NoData(message)
    rows = [strictjson.read(line) for line in file.read_text("utf-8").splitlines()]
    return tuple(map(case_of, rows))


def case_of(row: Mapping[str, Any]) -> Case:
    """Turn one row of the data set into a case."""
    gold = row["source"] == "gold"
    at = (row["task"], row["step"]) if gold else (row["task"], row["trial"], row["step"])
    name = "/".join(("gold" if gold else "recorded", *map(str, at)))
    labels = tuple(row["violations"])
    part = _part(gold=gold, labelled=bool(labels), refused=row["env_error"] is not None)
    return Case(name, part, row["tool"], row["args"], row["context"], tuple(map(_line, labels)))


def _part(*, gold: bool, labelled: bool, refused: bool) -> Part:
    if gold:
        return "gold"
    if labelled:
        return "refused_too" if refused else "violating"
    return "clean_error" if refused else "clean"


def _line(label: str) -> str:
    found = _LABEL.match(label)
    if found is None:
        message = f"a label names no line of the handbook: {label[:40]!r}"
        raise ValueError(message)
    return found.group(1)


def distinct(cases: Iterable[Case]) -> list[Case]:
    """Return the cases without those whose call and state stood before."""
    found: dict[str, Case] = {}
    for one in cases:
        found.setdefault(one.digest, one)
    return list(found.values())
