"""Decide, record, and only then answer: whatever goes wrong on the way is a deny."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import structlog

from app import engine, seating
from app.approvals.asking import Asked as People
from app.approvals.asking import asked
from app.canary import is_canary
from app.facts.asked import Asked, in_rounds
from app.policies import PolicySet
from app.problems import Problem
from app.question import Question
from app.seating import Before
from app.sessioning import not_yours
from app.shield import shielded
from app.trial import observers
from app.wiring import Gateway
from dsl import strictjson
from dsl.errors import DrawbarError
from dsl.model import Decision, Effect, ReasonCode, ToolCall
from memory.database import FAULTS
from memory.faults import cause
from memory.records.log import Unrecorded
from memory.records.steps import Overtaken, Step
from memory.sealing import SealError
from memory.sessions import events
from memory.sessions.sessions import NotYours, Turn
from memory.sessions.store import NOTHING_KEPT, Kept

LEAVE_S: Final = 2.0  # to let go of a session once its time is up
ATTEMPTS: Final = 3  # where others use up what a decision rests on
KEPT: Final = 0.1  # of the deadline, for the record of an allow; no more than KEPT_S
KEPT_S: Final = 1.0
log = structlog.get_logger("drawbar.edge")


@dataclass(frozen=True, slots=True)
class _Case:
    """A question with what it is decided by: taken once, so that a reload changes nothing."""

    gateway: Gateway
    question: Question
    policies: PolicySet
    now: datetime
    began: float
    before: Before | None = None  # what the seat before decided of this call

    @property
    def left(self) -> float:
        """Return the seconds until the deadline."""
        return self.question.seconds - (time.monotonic() - self.began)

    @property
    def to_judge(self) -> float:
        """Return the seconds that are left for judging: the record of an allow needs some too."""
        return self.left - min(self.question.seconds * KEPT, KEPT_S)

    def fault(self, stage: str) -> None:
        """Count what went wrong."""
        self.gateway.metrics.faults.labels(self.question.edge, stage).inc()


async def settle(gateway: Gateway, question: Question) -> Decision:
    """Return a recorded decision; a call that was let through stands in its session."""
    try:
        decision = await _settled(gateway, question)
    except Unrecorded:
        gateway.canaries.lost(question.edge, question.call)
        raise
    gateway.canaries.came(question.edge, question.call, decision)
    if is_canary(question.call) and decision.effect is not Effect.DENY:
        return engine.refuse(ReasonCode.CANARY, question.call, decision.now)
    return decision


async def _settled(gateway: Gateway, question: Question) -> Decision:
    began = time.monotonic()
    case = _Case(gateway, question, gateway.live.current.at(question.edge), gateway.now(), began)
    try:
        # The session may be waited for until the deadline, and then the record for as long.
        async with asyncio.timeout(2 * question.seconds + LEAVE_S):
            decision = await _decided(case)
    except FAULTS as error:
        case.fault("session")
        log.error("a session could not be kept", cause=cause(error))  # noqa: TRY400 - one line
        raise Unrecorded("the session could not be kept") from error
    verdict = decision.verdict
    gateway.metrics.decisions.labels(question.edge, "call", verdict.effect, verdict.code).inc()
    for name in observers(verdict, case.policies.observing(decision.now)):
        gateway.metrics.observed.labels(name, verdict.would).inc()
    gateway.metrics.seconds.labels(question.edge).observe(time.monotonic() - began)
    return decision


async def _decided(case: _Case) -> Decision:
    """Decide; where another decision was first to use what this one rests on, decide anew."""
    for _ in range(ATTEMPTS):
        try:
            return await _in_session(case)
        except Overtaken as error:
            log.info("a decision was overtaken", cause=str(error))
    raise Unrecorded("other decisions were always first")


async def _in_session(case: _Case) -> Decision:
    """Decide while nobody else decides in the session."""
    async with AsyncExitStack() as held:
        turn = await _turn(case, held)
        if isinstance(turn, ReasonCode):
            decision = _refuse(case, turn)
            await _record(case, decision, NOTHING_KEPT)
            return decision
        turn.dry = case.question.terms.dry_run
        case, decision = await _taken_over_or_judged(case, turn)
        decision = _in_time(case, decision)
        looked_to = asked(case.gateway, case.question, decision, turn, case.policies)
        people = _with_before(case, await held.enter_async_context(looked_to))
        decision = _in_time(case, people.decision)
        if decision.effect is Effect.ALLOW and not decision.dry_run:
            decision = _let(case, decision, turn, people.happened)
        steps = people.steps if decision is people.decision else ()  # a refusal uses nothing up
        question = case.question
        made = people.made if steps else None
        notices = case.gateway.notices.steps(question.owner.tenant, question.call, decision, made)
        await _record(case, decision, case.gateway.sessions.left(turn), (*steps, *notices))
        if notices:
            case.gateway.sender.soon()
        if steps:
            case.gateway.approving.tell(people.made, people.used)
    return decision


async def _taken_over_or_judged(case: _Case, turn: Turn) -> tuple[_Case, Decision]:
    """Judge what the seat before left to judge, or all; return what it was judged as."""
    before = await seating.before(case.gateway, case.question, turn, case.policies)
    if before is not None:
        handed = replace(case, policies=before.policies, before=before)
        decision = await _judge(handed, turn)
        if decision.verdict.changed is None:  # else it is another call than was counted
            return handed, decision
    return case, await _judge(case, turn)


def _with_before(case: _Case, people: People) -> People:
    """Rest what is let through on the decision of the seat before, which is used up with it."""
    if case.before is None or people.decision.effect is not Effect.ALLOW:
        return people
    decision = case.before.taken_over(people.decision)
    return replace(people, decision=decision, steps=(*people.steps, case.before.step(decision)))


async def _turn(case: _Case, held: AsyncExitStack) -> Turn | ReasonCode:
    """Wait for the session, or say why it cannot be had."""
    question = case.question
    turn = case.gateway.sessions.turn(
        question.owner,
        question.call.session,
        case.policies.reach,
        case.now,
        labels=case.policies.asks_labels,
    )
    try:
        async with asyncio.timeout(case.to_judge):
            return await held.enter_async_context(turn)
    except TimeoutError:
        case.fault("deadline")
        return ReasonCode.DEADLINE
    except NotYours as error:
        raise not_yours(error) from error
    except DrawbarError as error:  # sealed with another key, or with rules that nobody can read
        fault = type(error).__name__  # its words may be those of somebody's rules
        log.error("a session cannot be read", session=question.call.session, fault=fault)  # noqa: TRY400 - one line
        case.fault("session")
        return ReasonCode.FAULT


async def _judge(case: _Case, turn: Turn) -> Decision:
    """Judge by what is known, with the facts that the policies ask sources for."""
    call = case.question.call
    if case.gateway.canaries.is_closed(case.question.edge) and not is_canary(call):
        return _refuse(case, ReasonCode.CANARY)
    if case.before is None and (code := _replayed(turn, case.question.call)) is not None:
        return _refuse(case, code)
    facts = case.gateway.facts.asked(turn, case.policies.bound, case.question.facts)
    decision = await in_rounds(lambda: _judged(case, turn, facts), facts, lambda: case.to_judge)
    known = None if turn.session is None else turn.session.happened
    return replace(decision, facts=facts.read, known=known)


def _in_time(case: _Case, decision: Decision) -> Decision:
    """Return a decision, unless it is too late for it; what is refused already stays as it is."""
    if case.to_judge > 0 or decision.effect is Effect.DENY:
        return decision
    case.fault("deadline")
    return _refuse(case, ReasonCode.DEADLINE)


def _judged(case: _Case, turn: Turn, facts: Asked) -> Decision:
    """Judge by what is known now; a fault refuses."""
    call = case.question.call

    def judge() -> Decision:
        overlays = turn.overlays if case.before is None else ()
        policies = case.policies.narrowed(overlays)
        state = turn.state(call, policies.policies, case.question.facts, facts.look_up)
        terms = replace(case.question.terms, carried=case.gateway.notices.targets)
        return engine.decide(policies, call, case.now, terms, state)

    def refuse() -> Decision:
        facts.stop()
        case.fault("decide")
        return _refuse(case, ReasonCode.FAULT)

    return shielded(judge, refuse, call_id=call.call_id)


def _replayed(turn: Turn, call: ToolCall) -> ReasonCode | None:
    """Refuse a call that is over already; another call of the same name is a mistake."""
    earlier = turn.session.earlier(call.call_id) if turn.session else None
    if earlier is None:
        return None
    at_first = earlier.released.call_id == call.call_id  # a second seat held it as it was released
    args = earlier.asked if at_first else earlier.released.args
    same = (earlier.server, earlier.tool) == (call.server, call.tool)
    if not same or strictjson.canonical(args) != strictjson.canonical(call.args):
        raise Problem(409, "call_id_taken", "another call of this session has this `call_id`")
    return ReasonCode.CALL_REPLAYED if earlier.is_spent else None


def _let(case: _Case, decision: Decision, turn: Turn, happened: Sequence[events.Event]) -> Decision:
    """Reserve a call that is let through; without a session its decision is its name."""
    call, changed = case.question.call, decision.verdict.changed
    named = call if turn.session is not None else replace(call, call_id=decision.id)
    args = call.args if changed is None else changed
    _same_as_before(turn, call, args)

    def reserve() -> Decision:
        for event in happened:
            turn.take(event)
        if case.before is not None:
            case.before.note(decision, call, turn)
        elif not _is_counted(turn, call):
            turn.take(events.let(named, args, case.now))
        return decision

    def refuse() -> Decision:
        case.fault("session")
        return _refuse(case, ReasonCode.FAULT)

    return shielded(reserve, refuse, call_id=call.call_id)


def _is_counted(turn: Turn, call: ToolCall) -> bool:
    """Tell whether a call is counted under the name that the seat before has for it."""
    session = turn.session
    return session is not None and session.seats.first_name(call.call_id) != call.call_id


def _same_as_before(turn: Turn, call: ToolCall, args: Mapping[str, Any]) -> None:
    """Refuse what would run otherwise than it is counted: rules now change it in another way."""
    earlier = turn.session.earlier(call.call_id) if turn.session is not None else None
    if earlier is None:
        return
    if strictjson.canonical(earlier.released.args) != strictjson.canonical(args):
        detail = "the call was let through with other arguments; ask under another `call_id`"
        raise Problem(409, "call_changed", detail)


def _refuse(case: _Case, code: ReasonCode) -> Decision:
    dry_run = case.question.terms.dry_run
    call = case.question.call
    return engine.refuse(code, call, case.now, revision=case.policies.revision, dry_run=dry_run)


async def _record(case: _Case, decision: Decision, kept: Kept, steps: Sequence[Step] = ()) -> None:
    """Store the record: an allow's by the deadline, that of what lets nothing run also later."""
    seconds = case.left if decision.effect is Effect.ALLOW else case.question.seconds
    try:
        await asyncio.wait_for(_stored(case, decision, kept, steps), seconds)
    except (Unrecorded, TimeoutError) as error:
        if isinstance(error.__cause__, Overtaken):
            raise error.__cause__ from None
        case.fault("record")
        words = str(error) or "the store did not answer in time"
        why = words if isinstance(error, TimeoutError) else cause(error)
        log.error("a decision could not be recorded", decision_id=decision.id, cause=why)  # noqa: TRY400 - one line
        raise Unrecorded(words) from error


async def _stored(case: _Case, decision: Decision, kept: Kept, steps: Sequence[Step]) -> None:
    """Store the record of a decision, which holds no value of the call, and its evidence."""
    question, gateway = case.question, case.gateway
    try:
        clear, evidence = await gateway.keeper.parted(question, decision, case.policies.whole)
    except (SealError, *FAULTS) as error:
        raise Unrecorded("the evidence of the decision cannot be sealed") from error
    record = gateway.recorder.record(question.call, clear, question.edge, question.caller.key)
    await gateway.log.append(record, replace(kept, evidence=evidence), steps)
