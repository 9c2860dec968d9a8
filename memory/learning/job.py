"""What one revision of memory is made of, and how it is handed to another process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dsl import strictjson
from memory.induction.log import Refreshed, Withdrawn
from memory.induction.rejecting import Rejected
from memory.induction.report import Kind, Label, Report, Status
from memory.induction.undone import Released, RolledBack
from memory.learning.terms import Terms, terms


@dataclass(frozen=True, slots=True)
class Job:
    """One tenant's log with its cases, each a line as it was opened.

    `before` is the revision to go on from; without it everything is folded anew.
    """

    terms: Terms
    reports: Sequence[Report]
    withdrawn: Sequence[Withdrawn]
    refreshes: Sequence[Refreshed]
    cases: Sequence[bytes] = ()
    before: Mapping[str, Any] | None = None
    sampling: bytes = b""
    rolled_back: Sequence[RolledBack] = ()
    released: Sequence[Released] = ()
    rejected: Sequence[Rejected] = ()


def written(job: Job) -> bytes:
    """Write a job: one line of what is known of it, then a line for each case."""
    head = {
        "terms": job.terms.told(),
        "reports": [_moment(one) for one in job.reports],
        "withdrawn": [asdict(one) for one in job.withdrawn],
        "refreshes": [[one.seq, one.as_of.isoformat()] for one in job.refreshes],
        "before": job.before,
        "sampling": job.sampling.hex(),
        "rolled_back": [_moment(one) for one in job.rolled_back],
        "released": [asdict(one) for one in job.released],
        "rejected": [_moment(one) for one in job.rejected],
    }
    return b"\n".join((strictjson.canonical(head).encode(), *job.cases))


def read(text: bytes) -> Job:
    """Read a job as it was written."""
    first, *cases = text.split(b"\n")
    told = strictjson.reread(first)
    return Job(
        terms(told["terms"]),
        [_report(one) for one in told["reports"]],
        [Withdrawn(**one) for one in told["withdrawn"]],
        [Refreshed(seq, datetime.fromisoformat(as_of)) for seq, as_of in told["refreshes"]],
        cases,
        told["before"],
        bytes.fromhex(told["sampling"]),
        [RolledBack(**_read_moment(one)) for one in told["rolled_back"]],
        [Released(**_read_named(one)) for one in told["released"]],
        [Rejected(**_read_named(_read_moment(one))) for one in told["rejected"]],
    )


def line(decision: str, at: datetime, case: bytes) -> bytes:
    """Return a case as a line: what was sealed of it stands there as it is."""
    head = json.dumps({"id": decision, "at": at.isoformat()})
    return head[:-1].encode() + b', "case": ' + case + b"}"


def _moment(one: Report | RolledBack | Rejected) -> dict[str, Any]:
    return {**asdict(one), "at": one.at.isoformat()}


def _read_moment(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "at": datetime.fromisoformat(told["at"])}


def _read_named(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "reports": tuple(told["reports"])}


def _report(told: Mapping[str, Any]) -> Report:
    words = {"label": Label(told["label"]), "kind": Kind(told["kind"])}
    return Report(**{**_read_moment(told), **words, "status": Status(told["status"])})
