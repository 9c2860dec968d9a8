"""Seals what decisions were made on, to be stored with their records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from app.deciding.observing import Output, message
from app.deciding.question import Question
from app.evidence.masker import Masker
from dsl.evaluation.opinion import Bound
from dsl.model import Decision, ToolCall
from memory.evidence.evidence import Evidence, Piece
from memory.evidence.kind import Kind
from memory.evidence.masking import mask
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
        self,
        question: Question,
        decision: Decision,
        bound: Sequence[Bound],
        more: Sequence[Piece] = (),
    ) -> tuple[Decision, Sequence[Row]]:
        """Return a decision as it is recorded, and the evidence that is stored beside it."""
        key = await self.vault.key(question.owner.tenant, question.owner.subject)
        clear = self.masker.recorded(decision, question.call, bound, key.masks)
        pieces = (*_of_decision(question, decision, clear), *more)
        return clear, self.evidence.rows(key, pieces, decision.now)

    async def shown(self, owner: Owner, call: ToolCall, bound: Sequence[Bound]) -> Any:
        """Return the arguments of a call as they may be seen elsewhere."""
        key = await self.vault.key(owner.tenant, owner.subject)
        seen = mask({"args": call.args}, self.masker.masking(call, bound), key.masks)
        return seen.get("args", seen) if isinstance(seen, Mapping) else seen

    async def of_events(
        self, owner: Owner, session: str, happened: Sequence[Event], now: datetime
    ) -> Sequence[Row]:
        """Return the evidence of what a user said in a session."""
        said = [event.body["text"] for event in happened if event.kind is Happened.SAID]
        if not said:
            return ()
        key = await self.vault.key(owner.tenant, owner.subject)
        pieces = [Piece(Kind.MESSAGE, {"user": text}, session=session) for text in said]
        return self.evidence.rows(key, pieces, now)

    async def of_output(
        self, owner: Owner, output: Output, bound: Sequence[Bound]
    ) -> tuple[Decision, Sequence[Row]]:
        """Return a decision about a result or reply as it is recorded, and its evidence."""
        key = await self.vault.key(owner.tenant, owner.subject)
        clear = self.masker.recorded(output.decision, output.call, bound, key.masks)
        clear = replace(clear, message=message(clear.verdict, output.phase))
        return clear, self.evidence.rows(key, _of_output(output, clear), output.decision.now)


def _of_decision(question: Question, decision: Decision, clear: Decision) -> Iterator[Piece]:
    call, changed = question.call, decision.verdict.changed
    at = (decision.id, call.session, call.call_id)
    more = {"context": call.context} if call.context else {}
    if changed is not None:
        more["changed"] = changed
    yield Piece(Kind.ARGUMENTS, {"args": call.written, **more}, *at)
    told = {"request": question.facts} if question.facts else {}
    read = {"read": [asdict(one) for one in decision.facts]} if decision.facts else {}
    if told or read:
        yield Piece(Kind.FACTS, {**told, **read}, *at)
    if clear.message != decision.answer:
        yield Piece(Kind.MESSAGE, {"answered": decision.answer}, *at)


def _of_output(output: Output, clear: Decision) -> Iterator[Piece]:
    """Return what came back or was about to go out, and what was shown in its place."""
    decision, call = output.decision, output.call
    at = (decision.id, call.session, call.call_id)
    changed = decision.verdict.changed
    told = {output.phase: output.content}
    shown = told if changed is None else {**told, "changed": changed}
    yield Piece(Kind.RESULT if output.phase == "result" else Kind.MESSAGE, shown, *at)
    if clear.message != decision.message:
        yield Piece(Kind.MESSAGE, {"answered": decision.message}, *at)
