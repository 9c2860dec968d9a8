"""Families of served guards: rows of data, each the way that one kind of model is asked."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from guards.judgement import Form

Route = Literal["classify", "chat", "prefill"]


@dataclass(frozen=True, slots=True)
class Family:
    """One row. A family that answers no form is a content guard: it does not judge policies."""

    name: str
    route: Route
    answers: frozenset[Form]
    fine: tuple[str, ...]
    violation: tuple[str, ...]
    template: str
    chars: int
    verified: bool
    prefill: str = ""
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        """Return the version of how it is asked: another template is another guard."""
        told = (self.route, self.template, self.prefill, self.fine, self.violation, self.chars)
        words = repr((*told, sorted(self.kwargs.items())))
        return hashlib.sha256(words.encode()).hexdigest()[:16]


def _row(name: str, row: Mapping[str, Any]) -> Family:
    return Family(
        name,
        row["route"],
        frozenset(map(Form, row["answers"])),
        tuple(row["fine"]),
        tuple(row["violation"]),
        row["template"].strip("\n"),
        row["chars"],
        row["verified"],
        row.get("prefill", ""),
        row.get("kwargs", {}),
    )


def _read() -> Mapping[str, Family]:
    rows = tomllib.loads(Path(__file__).with_name("families.toml").read_text("utf-8"))
    return {name: _row(name, rows.get(row.get("like"), {}) | row) for name, row in rows.items()}


FAMILIES: Final[Mapping[str, Family]] = _read()
