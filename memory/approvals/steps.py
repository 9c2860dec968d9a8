"""What a decision does with approvals, in the transaction of its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.approvals.approval import Status, StoredApproval
from memory.records.steps import Overtaken
from memory.tables import approval_asks, approvals

_COLUMN = approvals.c


@dataclass(frozen=True, slots=True)
class Ask:
    """A decision asks: for a new approval, or once more for one that waits."""

    asked: Mapping[str, Any]
    made: Mapping[str, Any] | None = None

    async def take(self, connection: AsyncConnection) -> None:
        """Store who asked, and for what."""
        if self.made is not None:
            await connection.execute(insert(approvals).values(self.made))
        await connection.execute(insert(approval_asks).values(self.asked))


@dataclass(frozen=True, slots=True)
class Said:
    """A person answers; of several at once one alone is stored, and the others look anew."""

    before: StoredApproval
    after: StoredApproval
    answers: Any
    now: datetime

    async def take(self, connection: AsyncConnection) -> None:
        """Store the answer, if the approval still stands as it was looked at."""
        before = self.before
        change = update(approvals).where(
            _COLUMN.id == before.id,
            _COLUMN.version == before.version,
            _COLUMN.status == before.stored,
            _COLUMN.expires_at > self.now,
        )
        values = {
            "answers": self.answers,
            "status": self.after.stored,
            "decided_at": self.after.decided_at,
            "version": before.version + 1,
        }
        if (await connection.execute(change.values(values))).rowcount != 1:
            raise Overtaken("others answered at the same time, or the approval is over")


@dataclass(frozen=True, slots=True)
class Use:
    """A decision lets a call through by an approval, which is used up with it."""

    approval: str
    digest: str
    decision: str
    now: datetime

    async def take(self, connection: AsyncConnection) -> None:
        """Use it up; of several who try, one alone finds it unused."""
        change = update(approvals).where(
            _COLUMN.id == self.approval,
            _COLUMN.digest == self.digest,
            _COLUMN.status == Status.APPROVED,
            _COLUMN.expires_at > self.now,
        )
        values = {"status": Status.USED, "used_at": self.now, "used_by": self.decision}
        if (await connection.execute(change.values(values))).rowcount != 1:
            raise Overtaken("the approval was used already, or is over")
