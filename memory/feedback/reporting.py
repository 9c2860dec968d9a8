"""A report as it comes in, and what becomes of it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from memory.induction.report import Kind, Label
from memory.records.act import Actor
from memory.records.record import DecisionRecord


class WhyNot(StrEnum):
    """Why a report is kept and weighs nothing."""

    DAILY_CAP = "daily_cap"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """What somebody says of a decision. Who it is the credential says, and never the body."""

    decision: DecisionRecord
    label: Label
    reporter: str
    by: Actor
    kind: Kind = Kind.FAILURE
    group: str | None = None
    comment: str | None = None

    @property
    def alike(self) -> str:
        """Return what calls of one tool with the same arguments have in common."""
        one = self.decision
        told = f"{one.server or ''}/{one.tool}\n{one.args_hmac}"
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Taken:
    """A report that is kept; without a reason it counts."""

    id: str
    seq: int
    reason: WhyNot | None = None

    @property
    def counted(self) -> bool:
        """Tell whether it weighs anything, as far as is known when it comes in."""
        return self.reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What is taken back: one report, all of a reporter so far, or all of a group."""

    report: str | None = None
    reporter: str | None = None
    group: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """Return the one thing that is named, or refuse several."""
        told = {"report": self.report, "reporter": self.reporter, "group": self.group}
        found = {name: value for name, value in told.items() if value is not None}
        if len(found) != 1:
            raise ValueError("a withdrawal names one report, one reporter or one group")
        return found
