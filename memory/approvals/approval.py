"""One approval as it is stored: what it is bound to, who must answer, and what they said."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from dsl.model import Handle, Need, NeedState, ToolCall


class Status(StrEnum):
    """Where an approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    USED = "used"
    EXPIRED = "expired"  # never stored: time alone makes it


@dataclass(frozen=True, slots=True)
class Answer:
    """What is needed of one person, and what that person said."""

    need: Need
    status: Status = Status.PENDING
    key_id: str | None = None
    subject: str | None = None
    at: datetime | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class StoredApproval:
    """An approval: `content` holds what people are shown, `answers` what they said."""

    id: str
    tenant: str
    digest: str
    created_at: datetime
    expires_at: datetime
    edge: str
    subject: str | None
    agent: str | None
    session: str | None
    server: str | None
    tool: str
    call_id: str
    answers: tuple[Answer, ...]
    content: Mapping[str, Any]
    stored: Status = Status.PENDING
    version: int = 1
    decided_at: datetime | None = None
    used_at: datetime | None = None
    used_by: str | None = None

    def status(self, now: datetime) -> Status:
        """Return where it stands: what is over can no longer be answered, or used."""
        open_still = self.stored in (Status.PENDING, Status.APPROVED)
        return Status.EXPIRED if open_still and now >= self.expires_at else self.stored

    @property
    def is_approved(self) -> bool:
        """Tell whether all said yes: by the answers, which are sealed, and not by the row alone."""
        agreed = all(one.status is Status.APPROVED for one in self.answers)
        return self.stored is Status.APPROVED and agreed

    def answered_by(self, key_id: str, subject: str) -> bool:
        """Tell whether a key, or another key of the same subject, has answered."""
        return any(one.key_id == key_id or one.subject == subject for one in self.answers)

    def is_of_another(self, key_id: str, subject: str) -> bool:
        """Tell whether nobody but others has answered: no key runs a call on its own yes.

        What the call's own subject said as `user` counts as another's.
        """
        others = [one for one in self.answers if one.need.kind != "user"]
        return not replace(self, answers=tuple(others)).answered_by(key_id, subject)

    def answered(self, at: int, answer: Answer) -> "StoredApproval":
        """Return it with one answer more; the last yes approves, and the first no rejects."""
        answers = (*self.answers[:at], answer, *self.answers[at + 1 :])
        said = {one.status for one in answers}
        if Status.REJECTED in said:
            stored = Status.REJECTED
        else:
            stored = Status.APPROVED if said == {Status.APPROVED} else Status.PENDING
        decided = None if stored is Status.PENDING else answer.at
        return replace(self, answers=answers, stored=stored, decided_at=decided)

    @property
    def comment(self) -> str | None:
        """Return what was said with a rejection."""
        said = (one.comment for one in self.answers if one.status is Status.REJECTED)
        return next(said, None)

    @property
    def qualified(self) -> str:
        """Return the tool with its server."""
        return f"{self.server}/{self.tool}" if self.server else self.tool

    def handle(self, now: datetime, url: str) -> Handle:
        """Return what the caller comes back to it with."""
        needs = tuple(NeedState(one.need, one.status) for one in self.answers)
        return Handle(self.id, self.status(now), needs, self.expires_at, url)


def asked_for(
    approval_id: str, tenant: str, digest: str, call: ToolCall, edge: str, **more: Any
) -> StoredApproval:
    """Return a new approval of a call."""
    return StoredApproval(
        id=approval_id,
        tenant=tenant,
        digest=digest,
        edge=edge,
        subject=call.subject.id,
        agent=call.agent,
        session=call.session,
        server=call.server,
        tool=call.tool,
        call_id=call.call_id,
        **more,
    )
