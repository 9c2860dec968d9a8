"""Seals what decisions were made on, to be stored with their records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.evidence.masker import Masker
from app.question import Question
from dsl.evaluation.opinion import Bound
from dsl.model import Decision
from memory.evidence.evidence import Evidence, Piece
from memory.evidence.kind import Kind
from memory.evidence.vault import Vault
from memory.sessions.events import Event
from memory.sessions.events import Kind as Happened
from memory.sessions.session import Owner
from memory.sessions.store import Row


@dataclass(frozen=True, slots=True)
class Keeper:
    """Parts a decision in two: what is written down in clear, and what is sealed."""

    vault: Vault
    evidence: Evidence
    masker: Masker

    async def parted(
        self, question: Question, decision: Decision, bound: Sequence[Bound]
    ) -> tuple[Decision, Sequence[Row]]:
        """Return a decision as it is recorded, and the evidence that is stored beside it."""
        key = await self.vault.key(question.owner.tenant, question.owner.subject)
        clear = self.masker.recorded(decision, question.call, bound, key.masks)
        pieces = _of_decision(question, decision, clear)
        return clear, self.evidence.rows(key, pieces, decision.now)

    async def of_events(
        self, owner: Owner, session: str, happened: Sequence[Event], now: datetime
    ) -> Sequence[Row]:
        """Return the evidence of what happened around the calls of a session."""
        pieces = [piece for event in happened if (piece := _of_event(event, session)) is not None]
        if not pieces:
            return ()
        key = await self.vault.key(owner.tenant, owner.subject)
        return self.evidence.rows(key, pieces, now)


def _of_decision(question: Question, decision: Decision, clear: Decision) -> Iterator[Piece]:
    call, changed = question.call, decision.verdict.changed
    at = (decision.id, call.session, call.call_id)
    more = {"context": call.context} if call.context else {}
    if changed is not None:
        more["changed"] = changed
    yield Piece(Kind.ARGUMENTS, {"args": call.args, **more}, *at)
    told = {"request": question.facts} if question.facts else {}
    read = {"read": [asdict(one) for one in decision.facts]} if decision.facts else {}
    if told or read:
        yield Piece(Kind.FACTS, {**told, **read}, *at)
    if clear.message != decision.message:
        yield Piece(Kind.MESSAGE, {"answered": decision.message}, *at)


def _of_event(event: Event, session: str) -> Piece | None:
    """Return what is kept of an event: the words of a user, or what came back of a call."""
    body: Mapping[str, Any] = event.body
    if event.kind is Happened.SAID:
        return Piece(Kind.MESSAGE, {"user": body["text"]}, session=session)
    if event.kind is Happened.CAME:
        content = {"result": body["result"], "failed": body["failed"]}
        return Piece(Kind.RESULT, content, session=session, call_id=body["call_id"])
    return None
