"""Decides the calls of a batch as one: all of them are let through, or none is."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from msgspec import structs

from app.approvals.asking import Asked as People
from app.approvals.asking import asked
from app.deciding import glass
from app.deciding.canary import is_canary
from app.deciding.judging import Case, decided, in_time, let, refuse, turn_of
from app.deciding.question import Question
from app.deciding.settling import advised, bounded, counted, noticing, parted, stored, traced
from app.problems import Problem
from app.wiring import Gateway
from dsl import unreadable
from dsl.model import Decision, Effect, Reason, ReasonCode, Verdict
from dsl.state import Outcome, PastCall
from dsl.types import Unknown
from memory.evidence.evidence import Piece
from memory.records.record import DecisionRecord
from memory.records.steps import Step
from memory.sessions.sessions import Turn
from memory.sessions.store import NOTHING_KEPT, Row

if TYPE_CHECKING:
    from app.learning.noticing import Noticed

_ASKS: Final = "people would be asked; ask for it alone, then send the batch with the `approval`"


@dataclass(frozen=True, slots=True)
class _Member:
    """What was decided of one call, and what is stored if all of them are let through."""

    case: Case
    decision: Decision
    people: People | None = None
    noticed: "Noticed | None" = None

    @property
    def pieces(self) -> Sequence[Piece]:
        """Return what memory may learn from it, where the gateway learns."""
        if self.noticed is None:
            return ()
        return (self.noticed.piece(self.case.question.call, self.decision),)

    @property
    def passes(self) -> bool:
        """Tell whether it is let through."""
        return self.decision.effect is Effect.ALLOW


async def settle_as_one(gateway: Gateway, questions: Sequence[Question]) -> list[Decision]:
    """Return recorded decisions on calls of one session: where one is not an allow, none is.

    Each counts those before it. They are stored together, or none of them is.
    """
    began, now = time.monotonic(), gateway.now()
    _refuse_several(questions)
    policies = gateway.policies_for(questions[0].whom(gateway), now)
    cases = [Case(gateway, one, policies, now, began) for one in questions]
    members = await bounded(cases[0], lambda: _in_session(cases))
    for one in members:
        counted(one.case, one.decision)
    return [one.decision for one in members]


def _refuse_several(questions: Sequence[Question]) -> None:
    """Refuse what cannot be decided as one: several sessions would have to be held."""
    whose = {(one.owner, one.call.session, one.terms.dry_run) for one in questions}
    if len(whose) > 1:
        detail = "calls that are decided as one have one session, subject, agent and `dry_run`"
        raise Problem(422, "invalid_request", detail)
    if any(is_canary(one.call) for one in questions):
        raise Problem(422, "invalid_request", "the reserved call is no part of a batch")


async def _in_session(cases: Sequence[Case]) -> list[_Member]:
    """Decide all calls while nobody else decides in their session."""
    async with AsyncExitStack() as held:
        turn = await turn_of(cases[0], held)
        if isinstance(turn, ReasonCode):
            members = [_Member(one, refuse(one, turn)) for one in cases]
            await _record(members, None)
            return members
        turn.dry = cases[0].question.terms.dry_run
        members = await _judged(cases, turn)
        if not all(one.passes for one in members):
            turn.dry = True  # nothing of it happened
            members = _denied(members)
        members = [_told(one) for one in members]
        await _record(members, turn)
    return members


async def _judged(cases: Sequence[Case], turn: Turn) -> list[_Member]:
    members: list[_Member] = []
    used: set[str] = set()
    for case in cases:
        try:
            member = await _one(case, turn, used)
        except Problem as error:  # the name of a call is taken, say
            detail = f"`{case.question.call.call_id}`: {error.detail}"
            raise Problem(error.status_code, error.code, detail) from error
        members.append(member)
        if member.passes:
            _count(turn, member)
        await asyncio.sleep(0)  # others have their turn, and the deadline is looked at
    return members


async def _one(case: Case, turn: Turn, used: set[str]) -> _Member:
    """Decide one call; an approval serves one of the batch."""
    case, decision = await decided(case, turn)
    noticed = noticing(case, decision, turn)
    decision = in_time(case, decision)
    async with AsyncExitStack() as held:
        people = await asked(case.gateway, case.question, decision, turn, case.policies, held)
        decision = in_time(case, people.decision)
    if people.used is not None and people.used.id in used:
        detail = "its approval lets one call through, and another call of this batch uses it"
        decision = _refusal(decision, ReasonCode.RULE, detail)
    if decision.effect is Effect.ALLOW:
        decision = let(case, decision, turn, people.happened)
    if decision is not people.decision:
        return _Member(case, decision, noticed=noticed)
    used |= {people.used.id} if people.used is not None else set()
    return _Member(case, decision, people, noticed)


def _count(turn: Turn, member: _Member) -> None:
    """Let the calls that come after count this one, also beyond their session."""
    call, changed = member.case.question.call, member.decision.verdict.changed
    args = unreadable.seen(call.args if changed is None else changed)
    past = PastCall(call.tool, args, member.decision.now, Outcome.RESERVED, call.server)
    wider = {
        per: found if isinstance(found, Unknown) else (*found, past)
        for per, found in turn.windows.items()
    }
    turn.windows = wider


def _denied(members: Sequence[_Member]) -> list[_Member]:
    """Deny all: each for what was said of it, or for what was said of the first that is not let."""
    blocking = next(one for one in members if not one.passes)
    return [_Member(one.case, _denial(one, blocking), noticed=one.noticed) for one in members]


def _told(one: _Member) -> _Member:
    """Say of a decision which policies judged in place of others, and what memory knows."""
    decision = glass.told(one.decision, one.case.policies)
    return replace(one, decision=advised(one.case, decision))


def _denial(one: _Member, blocking: _Member) -> Decision:
    decision = one.decision
    if decision.effect is Effect.DENY:
        return decision
    code, retryable = blocking.decision.verdict.code, blocking.decision.verdict.retryable
    if decision.effect is Effect.ASK:
        code, detail = decision.verdict.code, _ASKS
    else:
        detail = f"the calls of this batch are decided as one, and `{_name(blocking)}` is not let"
    denial = _refusal(decision, code, detail)
    return replace(denial, verdict=replace(denial.verdict, retryable=retryable))


def _name(member: _Member) -> str:
    return member.case.question.call.call_id


def _refusal(decision: Decision, code: ReasonCode, detail: str) -> Decision:
    """Return a deny in place of a decision."""
    reasons = (Reason(code, Effect.DENY, detail=detail),)
    verdict = Verdict(Effect.DENY, code, reasons, shadow=decision.verdict.shadow)
    words = f"Denied: {detail}."
    return replace(decision, verdict=verdict, message=words, approval=None)


async def _record(members: Sequence[_Member], turn: Turn | None) -> None:
    """Store all records, what happened and what was used, together."""
    gateway = members[0].case.gateway
    steps = [step for one in members for step in _steps(one)]
    decisions = [one.decision for one in members]
    await stored(members[0].case, decisions, _stored(members, turn, steps))
    if steps:
        gateway.sender.soon()
    for one in members:
        if one.people is not None:
            gateway.approving.tell(None, one.people.used)


def _steps(member: _Member) -> Sequence[Step]:
    if member.people is None or not member.passes:
        return ()
    question, gateway = member.case.question, member.case.gateway
    tenant = question.owner.tenant
    notices = gateway.notices.steps(tenant, question.call, member.decision, None)
    return (*member.people.steps, *notices)


async def _stored(members: Sequence[_Member], turn: Turn | None, steps: Sequence[Step]) -> None:
    gateway = members[0].case.gateway
    records: list[DecisionRecord] = []
    evidence: list[Row] = []
    for one in members:
        record, rows = await parted(one.case, one.decision, one.pieces)
        records.append(record)
        evidence.extend(rows)
    happened = gateway.sessions.left(turn) if turn is not None else NOTHING_KEPT
    await gateway.log.append(records, structs.replace(happened, evidence=evidence), steps)
    for one, record in zip(members, records, strict=True):
        await traced(one.case, record)
