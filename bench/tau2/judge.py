"""Asks the engine about every case, in process, and writes down what it said."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from app.policy.policies import PolicySet
from bench.tau2 import arms
from bench.tau2.cases import HANDBOOK, Case
from dsl import interpret
from dsl.model import By, Reason, ToolCall, Verdict
from dsl.state import State

# The instant that the handbook names: 2024-05-15 15:00 EST, which is five hours behind UTC.
NOW: Final = datetime(2024, 5, 15, 15, tzinfo=timezone(timedelta(hours=-5), "EST"))
ARMS: Final = {"given": arms.given, "fetched": arms.fetched, "missing": arms.missing}


@dataclass(frozen=True, slots=True)
class Said:
    """What the engine said: its effect, and which rules decided, each with its line and how."""

    effect: str
    by: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the results: what was wanted of a case, and what was said in each arm.

    `without` says what came of a call that is not allowed, when one fact alone was missing.
    """

    id: str
    part: str
    mutator: str | None
    wanted: tuple[str, ...]
    arms: dict[str, Said]
    without: dict[str, str]


def judge_all(policies: PolicySet, cases: Iterable[Case]) -> list[Record]:
    """Judge each case in every arm."""
    return [judge(policies, case) for case in cases]


def judge(policies: PolicySet, case: Case) -> Record:
    """Judge one case: with facts given, fetched and missing, and with each one alone missing."""
    found = {name: ask(policies, case, arm(case)) for name, arm in ARMS.items()}
    stopped = found["given"].effect != "allow"
    there = [name for name, place in arms.FACTS.items() if stopped and place in case.context]
    without = {name: ask(policies, case, arms.given(case, name)).effect for name in there}
    return Record(case.id, case.part, case.mutator, case.wanted, found, without)


def ask(policies: PolicySet, case: Case, state: State) -> Said:
    """Ask the engine about one call in one state."""
    call = ToolCall(case.id, case.tool, case.args)
    return said(interpret.evaluate(policies.bound, call, NOW, state))


def said(verdict: Verdict) -> Said:
    """Keep of a verdict what is counted; a changed call is not the call that was asked for."""
    effect = "changed" if verdict.changed is not None else str(verdict.effect)
    return Said(effect, tuple(map(_by, verdict.reasons)))


def _by(reason: Reason) -> tuple[str, int, str]:
    """Name a rule with its line of the handbook; 0 where it names none."""
    ours = reason.source is not None and reason.source.file == HANDBOOK
    line = reason.source.line if reason.source is not None and ours else 0
    return reason.rule or str(reason.code), line, str(reason.by or By.TRUE)


def written(records: Sequence[Record]) -> str:
    """Write records as lines of JSON, the same bytes for the same records."""
    return "".join(json.dumps(_plain(one), separators=(",", ":")) + "\n" for one in records)


def _plain(record: Record) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": record.id, "part": record.part}
    if record.mutator:
        shown["mutator"] = record.mutator
    if record.wanted:
        shown["wanted"] = record.wanted
    for name, one in record.arms.items():
        shown[name] = [one.effect, *(list(by) for by in one.by)]
    return {**shown, "without": record.without}


def read(text: str) -> list[Record]:
    """Read records back."""
    return [_record(json.loads(line)) for line in text.splitlines()]


def _record(row: dict[str, Any]) -> Record:
    found = {name: _said(row[name]) for name in ARMS}
    wanted = tuple(row.get("wanted", ()))
    return Record(row["id"], row["part"], row.get("mutator"), wanted, found, row["without"])


def _said(row: list[Any]) -> Said:
    return Said(row[0], tuple((rule, line, how) for rule, line, how in row[1:]))
