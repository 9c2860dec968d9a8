"""Judges a call in its session, and reserves it there if it is let through."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import is_
from typing import Any, Final

import structlog
from msgspec import Struct, structs

from app import engine
from app.approvals.asking import Asked as People
from app.deciding import seating
from app.deciding.canary import is_canary
from app.deciding.question import Question
from app.deciding.seating import Before
from app.deciding.sessioning import not_yours
from app.deciding.shield import shielded
from app.facts.asked import Asked, in_rounds
from app.guarding.asked import Scores, Together
from app.policy.policies import PolicySet
from app.problems import Problem
from app.wiring import Gateway
from dsl import strictjson
from dsl.errors import DrawbarError
from dsl.evaluation.opinion import Bound
from dsl.model import Decision, Effect, Reason, ReasonCode, ToolCall
from dsl.state import State
from memory.sessions import events
from memory.sessions.sessions import NotYours, Turn
from memory.within import within

KEPT: Final = 0.1  # of the deadline, for the record of an allow; no more than KEPT_S
KEPT_S: Final = 1.0
log = structlog.get_logger("drawbar.edge")


class Case(Struct, frozen=True):
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


async def decided(case: Case, turn: Turn) -> tuple[Case, Decision]:
    """Judge what the seat before left to judge, or all; return what it was judged as.

    Who is frozen is looked at first: no policy is asked then.
    """
    await case.gateway.freezing.sure(case.to_judge)
    if (why := _frozen(case)) is not None:
        return case, refuse(case, why)
    before = await seating.before(case.gateway, case.question, turn, case.policies)
    if before is not None:
        handed = structs.replace(case, policies=before.policies, before=before)
        decision = await _judge(handed, turn)
        if decision.verdict.changed is None:  # else it is another call than was counted
            return handed, decision
    return case, await _judge(case, turn)


def with_before(case: Case, people: People) -> People:
    """Rest what is let through on the decision of the seat before, which is used up with it."""
    if case.before is None or people.decision.effect is not Effect.ALLOW:
        return people
    decision = case.before.taken_over(people.decision)
    return structs.replace(
        people, decision=decision, steps=(*people.steps, case.before.step(decision))
    )


async def turn_of(case: Case, held: AsyncExitStack) -> Turn | ReasonCode:
    """Wait for the session, or say why it cannot be had; then nothing is held."""
    question = case.question
    turn = case.gateway.sessions.take(
        held,
        question.owner,
        question.call.session,
        case.policies.reach,
        case.now,
        labels=case.policies.asks_labels,
    )
    try:
        return await within(case.to_judge, turn)
    except TimeoutError:
        await held.aclose()
        case.fault("deadline")
        return ReasonCode.DEADLINE
    except NotYours as error:
        raise not_yours(error) from error
    except DrawbarError as error:  # sealed with another key, or with rules that nobody can read
        await held.aclose()
        fault = type(error).__name__  # its words may be those of somebody's rules
        log.error("a session cannot be read", session=question.call.session, fault=fault)  # noqa: TRY400 - one line
        case.fault("session")
        return ReasonCode.FAULT


async def _judge(case: Case, turn: Turn) -> Decision:
    """Judge by what is known, with the facts that the policies ask sources for."""
    call = case.question.call
    if case.gateway.canaries.is_closed(case.question.edge) and not is_canary(call):
        return refuse(case, ReasonCode.CANARY)
    if (held := case.question.held) is not None and not is_canary(call):
        return refuse(case, Reason(ReasonCode.TOOL_CHANGED, Effect.DENY, detail=held))
    if case.before is None and (code := _replayed(turn, call)) is not None:
        return refuse(case, code)
    facts = case.gateway.facts.asked(turn, case.policies.bound, case.question.facts)
    scores = case.gateway.guards.asked(turn)
    both = Together(facts, scores)
    judge = partial(_judged, case, turn, facts, scores)
    decision = await in_rounds(judge, both, lambda: case.to_judge)
    if decision.verdict.code is not ReasonCode.FAULT:
        case.gateway.metrics.evaluations.made(case.question.edge, case.policies, call)
    case.gateway.guards.count(scores)
    known = None if turn.session is None else turn.session.happened
    if known is None and not facts.read and not scores.atoms:
        return decision
    atoms = (*decision.atoms, *scores.atoms)
    return replace(decision, facts=facts.read, known=known, atoms=atoms)


def in_time(case: Case, decision: Decision) -> Decision:
    """Return a decision, unless it is too late for it, or somebody was frozen meanwhile.

    Nor may it rest on a policy that stood in for another, where that is over by now.
    What is refused already stays as it is.
    """
    if decision.effect is Effect.DENY:
        return decision
    over = case.gateway.glass.over(case.policies, case.gateway.now())
    if (why := _frozen(case) or over) is not None:
        return refuse(case, why)
    if case.to_judge > 0:
        return decision
    case.fault("deadline")
    return refuse(case, ReasonCode.DEADLINE)


def _frozen(case: Case) -> Reason | None:
    """Say why whoever calls gets nothing now; the gateway's own test call never does anyway."""
    if is_canary(case.question.call):
        return None
    why = case.gateway.freezing.why(case.question.owner)
    if why is not None and why.code is not ReasonCode.FROZEN:
        case.fault("freezes")
    return why


def _judged(case: Case, turn: Turn, facts: Asked, scores: Scores) -> Decision:
    """Judge by what is known now; a fault refuses."""
    call = case.question.call

    def judge() -> Decision:
        overlays = turn.overlays if case.before is None else ()
        policies = case.policies.narrowed(overlays)
        terms, targets = case.question.terms, case.gateway.notices.targets
        terms = replace(terms, carried=targets) if targets else terms

        asked_for: Sequence[Bound] | None = None

        def state(bound: Sequence[Bound]) -> State:
            nonlocal asked_for
            asked_for = bound
            judging = [one.policy for one in bound]
            given = case.question.facts
            return turn.state(call, judging, given, facts.look_up, scores.by(bound))

        decision = engine.decide(policies, call, case.now, terms, state)
        if asked_for is None or not _are_the_same(asked_for, policies.bound):
            state(policies.bound)  # a shadow was asked last, and people are shown this one
        return decision

    def give_up() -> Decision:
        facts.stop()
        scores.stop()
        case.fault("decide")
        return refuse(case, ReasonCode.FAULT)

    return shielded(judge, give_up, call_id=call.call_id)


def _are_the_same(some: Sequence[Bound], others: Sequence[Bound]) -> bool:
    """Tell whether these are those very policies: what they say is not compared."""
    return len(some) == len(others) and all(map(is_, some, others))


def _replayed(turn: Turn, call: ToolCall) -> ReasonCode | None:
    """Refuse a call that is over already; another call of the same name is a mistake."""
    earlier = turn.session.earlier(call.call_id) if turn.session else None
    if earlier is None:
        return None
    at_first = earlier.released.call_id == call.call_id  # a second seat held it as it was released
    args = earlier.asked if at_first else earlier.released.args
    same = (earlier.server, earlier.tool) == (call.server, call.tool)
    if not same or not strictjson.are_equal(args, call.args):
        raise Problem(409, "call_id_taken", "another call of this session has this `call_id`")
    return ReasonCode.CALL_REPLAYED if earlier.is_spent else None


def let(case: Case, decision: Decision, turn: Turn, happened: Sequence[events.Event]) -> Decision:
    """Reserve a call that is let through; without a session its decision is its name."""
    call, changed = case.question.call, decision.verdict.changed
    name = call.call_id if turn.session is not None else decision.id
    args = call.args if changed is None else changed
    _same_as_before(turn, call, args)

    def reserve() -> Decision:
        for event in happened:
            turn.take(event)
        if case.before is not None:
            case.before.note(decision, call, turn)
        elif not _is_counted(turn, call):
            turn.take(events.let(call, args, case.now, name))
        return decision

    def give_up() -> Decision:
        case.fault("session")
        return refuse(case, ReasonCode.FAULT)

    return shielded(reserve, give_up, call_id=call.call_id)


def _is_counted(turn: Turn, call: ToolCall) -> bool:
    """Tell whether a call is counted under the name that the seat before has for it."""
    session = turn.session
    return session is not None and session.seats.first_name(call.call_id) != call.call_id


def _same_as_before(turn: Turn, call: ToolCall, args: Mapping[str, Any]) -> None:
    """Refuse what would run otherwise than it is counted: rules now change it in another way."""
    earlier = turn.session.earlier(call.call_id) if turn.session is not None else None
    if earlier is None:
        return
    if not strictjson.are_equal(earlier.released.args, args):
        detail = "the call was let through with other arguments; ask under another `call_id`"
        raise Problem(409, "call_changed", detail)


def refuse(case: Case, why: ReasonCode | Reason) -> Decision:
    """Deny a call for a reason that lies outside the policies."""
    dry_run = case.question.terms.dry_run
    call = case.question.call
    return engine.refuse(why, call, case.now, revision=case.policies.revision, dry_run=dry_run)
