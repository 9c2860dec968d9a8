"""What a person said of one call."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Label(StrEnum):
    """What the call was, whatever was decided about it."""

    VIOLATION = "violation"
    OK = "ok"


class Kind(StrEnum):
    """How a report came about: the route and the credential say so, never its body."""

    FAILURE = "failure"
    ASK_ANSWER = "ask_answer"
    AUDIT = "audit"
    TEST = "test"
    ADMIN = "admin"


class Status(StrEnum):
    """Whether a report weighs anything."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report. Without a reporter it is anonymous; its comment is for people alone."""

    id: str
    seq: int
    decision_id: str
    label: Label
    kind: Kind
    reporter: str | None
    at: datetime
    group: str | None = None
    comment: str | None = None
    status: Status = Status.ACTIVE
