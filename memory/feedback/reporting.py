"""A report as it comes in, and what becomes of it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from memory.ids import named_id
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
    drawn: str | None = None  # of an audit: what the call was drawn from

    @property
    def alike(self) -> str:
        """Return what calls of one tool with the same arguments have in common."""
        one = self.decision
        told = f"{one.server or ''}/{one.tool}\n{one.args_hmac}"
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def only_id(self) -> str:
        """Return the id that this has wherever it may be kept once alone, however often it comes.

        Who says what of which call makes it; the words beside it do not.
        """
        one = self.decision
        told = [one.tenant, self.reporter, one.id, str(self.label), str(self.kind)]
        return named_id("rep", "\n".join(told))


class Fate(StrEnum):
    """What becomes of a report that is to be kept once alone."""

    KEPT = "kept"
    ALREADY = "already"  # it was kept before
    LATER = "later"  # it would be one too many today, and is not kept


@dataclass(frozen=True, slots=True)
class Once:
    """A report that is kept once alone: its id where it has one, and why it does not count."""

    fate: Fate
    id: str | None = None
    reason: WhyNot | None = None


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
