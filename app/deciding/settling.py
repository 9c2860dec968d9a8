"""Decide, record, and only then answer: whatever goes wrong on the way is a deny."""

import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from app import engine
from app.approvals.asking import asked
from app.binding.shadowing import differing
from app.binding.trial import observers
from app.deciding import glass
from app.deciding.canary import is_canary
from app.deciding.judging import Case, decided, in_time, let, refuse, turn_of, with_before
from app.deciding.question import Question
from app.wiring import Gateway
from dsl.model import Decision, Effect, ReasonCode
from memory.database import FAULTS
from memory.evidence.evidence import Piece
from memory.faults import cause
from memory.records.log import Unrecorded
from memory.records.record import DecisionRecord
from memory.records.steps import Overtaken, Step
from memory.sealing import SealError
from memory.sessions.sessions import Turn
from memory.sessions.store import NOTHING_KEPT, Kept, Row
from memory.within import within

if TYPE_CHECKING:
    from app.learning.noticing import Noticed

T = TypeVar("T")
LEAVE_S: Final = 2.0  # to let go of a session once its time is up
ATTEMPTS: Final = 3  # where others use up what a decision rests on
log = structlog.get_logger("drawbar.edge")


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
    whom = question.whom(gateway)
    now = gateway.now()
    case = Case(gateway, question, gateway.policies_for(whom, now), now, began)
    gateway.metrics.evaluations.came(question.edge, case.policies, question.call)
    decision = await bounded(case, lambda: _in_session(case))
    counted(case, decision)
    return decision


async def bounded(case: Case, work: Callable[[], Awaitable[T]]) -> T:
    """Decide and record in time; where the session cannot be kept, nothing was decided."""
    try:
        # The session may be waited for until the deadline, and then the record for as long.
        return await within(2 * case.question.seconds + LEAVE_S, _first(work))
    except FAULTS as error:
        case.fault("session")
        log.error("a session could not be kept", cause=cause(error))  # noqa: TRY400 - one line
        raise Unrecorded("the session could not be kept") from error


async def _first(work: Callable[[], Awaitable[T]]) -> T:
    """Decide; where another decision was first to use what this one rests on, decide anew."""
    for _ in range(ATTEMPTS):
        try:
            return await work()
        except Overtaken as error:
            log.info("a decision was overtaken", cause=str(error))
    raise Unrecorded("other decisions were always first")


def counted(case: Case, decision: Decision) -> None:
    """Count a decision that was recorded."""
    verdict, metrics, edge = decision.verdict, case.gateway.metrics, case.question.edge
    metrics.decided(edge, verdict.effect, verdict.code, time.monotonic() - case.began)
    for name in observers(verdict, case.policies.observing(decision.now)):
        metrics.observed.labels(name, verdict.would).inc()
    metrics.unknowns.told(verdict)
    for name in differing(case.policies, verdict):
        metrics.shadow_differs.labels(name).inc()


async def _in_session(case: Case) -> Decision:
    """Decide while nobody else decides in the session."""
    async with AsyncExitStack() as held:
        turn = await turn_of(case, held)
        if isinstance(turn, ReasonCode):
            decision = refuse(case, turn)
            await _record(case, decision, NOTHING_KEPT)
            return decision
        turn.dry = case.question.terms.dry_run
        case, decision = await decided(case, turn)
        decision = in_time(case, decision)
        noticed = noticing(case, decision, turn)
        people = await asked(case.gateway, case.question, decision, turn, case.policies, held)
        people = with_before(case, people)
        decision = in_time(case, people.decision)
        if decision.effect is Effect.ALLOW and not decision.dry_run:
            decision = let(case, decision, turn, people.happened)
        steps = people.steps if decision is people.decision else ()  # a refusal uses nothing up
        decision = advised(case, glass.told(decision, case.policies))
        question = case.question
        made = people.made if steps else None
        notices = case.gateway.notices.steps(question.owner.tenant, question.call, decision, made)
        pieces = [] if noticed is None else [noticed.piece(question.call, decision)]
        kept = case.gateway.sessions.left(turn)
        await _record(case, decision, kept, (*steps, *notices), pieces)
        if notices:
            case.gateway.sender.soon()
        if steps:
            case.gateway.approving.tell(people.made, people.used)
    return decision


def noticing(case: Case, decision: Decision, turn: Turn) -> "Noticed | None":
    """Return what memory may know of a call, where the gateway learns."""
    learning = case.gateway.learning
    if learning is None:
        return None
    return learning.noticing.noticed(case.question, turn, case.policies, decision)


def advised(case: Case, decision: Decision) -> Decision:
    """Have memory say what it knows of a call that is not let, where the gateway learns."""
    learning = case.gateway.learning
    if learning is None or decision.effect is Effect.ALLOW:
        return decision
    return learning.advised(case.question.owner.tenant, decision)


async def _record(
    case: Case,
    decision: Decision,
    kept: Kept,
    steps: Sequence[Step] = (),
    pieces: Sequence[Piece] = (),
) -> None:
    """Store the record of a decision."""
    await stored(case, [decision], _stored(case, decision, kept, steps, pieces))


async def stored(
    case: Case, decisions: Sequence[Decision], storing: Coroutine[Any, Any, None]
) -> None:
    """Store records: of what runs by the deadline, of what lets nothing run also later."""
    runs = all(one.effect is Effect.ALLOW for one in decisions)
    seconds = case.left if runs else case.question.seconds
    try:
        await _in_time(storing, seconds)
    except (Unrecorded, TimeoutError) as error:
        if isinstance(error.__cause__, Overtaken):
            raise error.__cause__ from None
        case.fault("record")
        words = str(error) or "the store did not answer in time"
        why = words if isinstance(error, TimeoutError) else cause(error)
        for one in decisions:
            log.error("a decision could not be recorded", decision_id=one.id, cause=why)  # noqa: TRY400 - one line
        raise Unrecorded(words) from error


async def _in_time(storing: Coroutine[Any, Any, None], seconds: float) -> None:
    """Store while there is time: without any left it is not even begun."""
    if seconds <= 0:
        storing.close()
        raise TimeoutError
    await within(seconds, storing)


async def _stored(
    case: Case, decision: Decision, kept: Kept, steps: Sequence[Step], pieces: Sequence[Piece]
) -> None:
    record, evidence = await parted(case, decision, pieces)
    await case.gateway.log.append(record, Kept(kept.opened, kept.events, evidence), steps)
    if case.gateway.tracing is not None:
        await traced(case, record)


async def traced(case: Case, record: DecisionRecord) -> None:
    """Tell of a recorded decision where traces are wanted, also of its arguments, masked."""
    tracing, question = case.gateway.tracing, case.question
    if tracing is None:
        return
    args = None
    if tracing.arguments:
        keeper, whole = case.gateway.keeper, case.policies.whole
        with suppress(SealError, *FAULTS):  # it is recorded: a span without them will do
            args = await keeper.shown(question.owner, question.call, whole)
    tracing.decided(record, case.began, args)


async def parted(
    case: Case, decision: Decision, pieces: Sequence[Piece] = ()
) -> tuple[DecisionRecord, Sequence[Row]]:
    """Return the record of a decision, which holds no value of the call, and its evidence."""
    question, gateway = case.question, case.gateway
    try:
        whole = case.policies.whole
        clear, evidence = await gateway.keeper.parted(question, decision, whole, pieces)
    except (SealError, *FAULTS) as error:
        raise Unrecorded("the evidence of the decision cannot be sealed") from error
    key = question.caller.key
    return gateway.recorder.record(question.call, clear, question.edge, key), evidence
