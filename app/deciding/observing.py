"""Takes in what happens around the calls of a session, and judges what comes back and goes out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import engine
from app.binding.shadowing import differing
from app.binding.trial import observers
from app.deciding import glass, taking_back
from app.deciding.shield import shielded
from app.facts.asked import Asked, in_rounds
from app.facts.facts import Facts
from app.policy.policies import PolicySet
from app.problems import Problem
from app.telemetry import Metrics
from dsl.evaluation.opinion import Bound
from dsl.model import Atom, Decision, Effect, Reason, ReasonCode, Subject, ToolCall, Verdict
from dsl.recording import Recording
from dsl.state import State
from memory.ids import new_id
from memory.sessions import events
from memory.sessions.session import Told, kept_of
from memory.sessions.sessions import Turn

_NO_CALL = "no call of this session that was let through has this `call_id`"
_NOT_FIRST = "another result of this call has come before, or the call was let through later"
_NEVER_RAN = "the call was said never to have run; it is counted again"
_WAS_WITHHELD = "it was withheld, or changed otherwise, when it was first told"


_Judgement = tuple[Verdict, tuple[Atom, ...]]


@dataclass(frozen=True, slots=True)
class Observed:
    """What is said of one event: what came of it must be shown as `changed`, or not at all."""

    id: str
    verdict: Verdict
    message: str


@dataclass(frozen=True, slots=True)
class Output:
    """What came of a call, or a reply, with what was decided about it."""

    call: ToolCall
    phase: str
    content: Any
    decision: Decision


@dataclass(frozen=True, slots=True)
class Observer:
    """Takes events of one session in, one after another, until a time of the monotonic clock."""

    policies: PolicySet
    turn: Turn
    now: datetime
    metrics: Metrics
    facts: Facts
    until: float
    roles: tuple[str, ...] = ()
    decided: list[Output] = field(default_factory=list)
    edge: str = "http"
    frozen: Reason | None = None  # why nothing is shown to whoever calls

    def said(self, event_id: str, text: str) -> Observed:
        """Take in what the user said."""
        event = events.said(event_id, self.now, text)
        self._told_before(event)
        self.turn.take(event)
        return Observed(event_id, _PASSED, "")

    async def came(self, event_id: str, call_id: str, result: Any, *, failed: bool) -> Observed:
        """Judge a result, and take in what of it is shown."""
        name = self._first_name(call_id)
        sent = events.came(event_id, self.now, name, result, failed=failed)
        sent = sent if name == call_id else events.by_another(sent, call_id)
        before = self._told_before(sent)
        first = None if before is None else event_id
        call = self._call(name)
        if before is None and self._told_at_another_seat(call_id):
            again = await self._judge(call, {"result": result}, "result")
            return self._told(event_id, call, "result", result, again)
        guarded, (verdict, atoms) = await self._result(name, result, first)
        shown = result if verdict.changed is None else verdict.changed
        # Of what was withheld the session knows nothing, unless nobody could have withheld it.
        kept = shown if verdict.effect is Effect.ALLOW or not guarded else None
        event = sent if kept is result else events.released(sent, kept)
        if before is None:
            self.turn.take(event)
        elif verdict.effect is Effect.ALLOW and before.kept != kept_of(event.body):
            verdict = _refused(ReasonCode.INVALID_CALL, _WAS_WITHHELD)
        return self._told(event_id, call, "result", result, (verdict, atoms))

    def never_ran(self, event_id: str, call_id: str, *, trusted: bool) -> Observed:
        """Take back a call that was let through, if whoever says so may and can be believed."""
        event = events.not_run(event_id, self.now, self._first_name(call_id))
        if self._told_before(event) is not None:
            return Observed(event_id, _PASSED, "")
        why = taking_back.why_not(self.policies.bound, self.turn.session, call_id, trusted=trusted)
        if why is not None:
            verdict = _refused(ReasonCode.STILL_COUNTED, why)
            return Observed(event_id, verdict, f"The call stays as it is: {why}.")
        self.turn.take(event)
        return Observed(event_id, _PASSED, "")

    def _first_name(self, call_id: str) -> str:
        """Return what the seat that let a call through calls it."""
        session = self.turn.session
        return call_id if session is None else session.seats.first_name(call_id)

    def _told_at_another_seat(self, call_id: str) -> bool:
        """Tell whether a call passed two seats, and the other one told its result already.

        What this seat tells is judged for what may be shown, and is no second result.
        """
        session = self.turn.session
        earlier = None if session is None else session.earlier(call_id)
        if session is None or earlier is None or not earlier.came:
            return False
        first = session.seats.first_name(call_id)
        second = session.seats.second_name(first)
        own = None if call_id == first else call_id
        return second is not None and (second == first or earlier.by != own)

    def _call(self, call_id: str) -> ToolCall:
        """Return a call as it was let through; of one that never was, little is known."""
        earlier = self.turn.session.earlier(call_id) if self.turn.session is not None else None
        if earlier is not None:
            return earlier.released
        owner = self.turn.owner
        subject = Subject(owner.subject, self.roles)
        return ToolCall(call_id, _NO_TOOL, {}, None, subject, owner.agent, self.turn.name)

    def _told(
        self, event_id: str, call: ToolCall, phase: str, content: Any, judgement: _Judgement
    ) -> Observed:
        """Return what is said of what came back or goes out, and keep it to be recorded."""
        verdict, atoms = judgement
        self.metrics.decisions.labels(self.edge, phase, verdict.effect, verdict.code).inc()
        for policy in observers(verdict, self.policies.observing(self.now)):
            self.metrics.observed.labels(policy, verdict.would).inc()
        self.metrics.unknowns.told(verdict)
        for policy in differing(self.policies, verdict):
            self.metrics.shadow_differs.labels(policy).inc()
        said = message(verdict, phase)
        name, revision = new_id("d", self.now), self.policies.revision
        decision = Decision(name, call.call_id, verdict, said, revision, self.now, atoms=atoms)
        decision = glass.told(decision, self.policies)
        self.decided.append(Output(call, phase, content, decision))
        return Observed(event_id, decision.verdict, said)

    async def _result(
        self, call_id: str, result: Any, first: str | None
    ) -> tuple[bool, _Judgement]:
        """Judge what came of a call, and tell whether it was let through and waited for it.

        One that is told again must have been the `first` result of the call already.
        """
        earlier = self.turn.session.earlier(call_id) if self.turn.session is not None else None
        if earlier is None:
            self.metrics.unguarded.labels(self.edge).inc()
            return False, (_refused(ReasonCode.INVALID_CALL, _NO_CALL), ())
        if earlier.never_ran:
            return False, (_refused(ReasonCode.INVALID_CALL, _NEVER_RAN), ())
        if earlier.came != first:
            return False, (_refused(ReasonCode.INVALID_CALL, _NOT_FIRST), ())
        return True, await self._judge(earlier.released, {"result": result}, "result")

    def _told_before(self, event: events.Event) -> Told | None:
        """Return what was told under this id before, if it was the same."""
        before = self.turn.session.told(event.id) if self.turn.session is not None else None
        if before is not None and before.sent != event.told:
            raise Problem(409, "event_id_taken", "another event of this session has this `id`")
        return before

    async def reply(self, event_id: str, text: str) -> Observed:
        """Judge what the agent is about to write to a person."""
        owner = self.turn.owner
        subject = Subject(owner.subject, self.roles)
        call = ToolCall(event_id, _NO_TOOL, {}, None, subject, owner.agent, self.turn.name)
        judgement = await self._judge(call, {"reply": text}, "reply")
        return self._told(event_id, call, "reply", text, judgement)

    async def _judge(self, call: ToolCall, content: dict[str, Any], phase: str) -> _Judgement:
        if self.frozen is not None:
            return Verdict(Effect.DENY, self.frozen.code, (self.frozen,), retryable=False), ()
        facts = self.facts.asked(self.turn, self.policies.bound)
        return await in_rounds(
            lambda: self._judged(call, content, phase, facts),
            facts,
            lambda: self.until - time.monotonic(),
        )

    def _judged(
        self, call: ToolCall, content: dict[str, Any], phase: str, facts: Asked
    ) -> _Judgement:
        """Judge by what is known now; a fault refuses."""

        def judge() -> _Judgement:
            policies = self.policies.narrowed(self.turn.overlays)

            def known(bound: Sequence[Bound]) -> State:
                judging = [one.policy for one in bound]
                return self.turn.state(call, judging, sources=facts.look_up)

            state = Recording(known(policies.bound))

            def asked(bound: Sequence[Bound]) -> State:
                return state if bound is policies.bound else known(bound)

            verdict = engine.decide_output(policies, call, content, self.now, asked)
            return verdict, state.atoms

        def refuse() -> _Judgement:
            facts.stop()
            self.metrics.faults.labels(self.edge, phase).inc()
            return _refused(ReasonCode.FAULT, "a fault inside the gateway"), ()

        return shielded(judge, refuse, call_id=call.call_id)


_NO_TOOL = "-"  # of a reply, and of a result that no call is known of
_PASSED = Verdict(Effect.ALLOW, ReasonCode.DEFAULT)


def _refused(code: ReasonCode, detail: str) -> Verdict:
    return Verdict(Effect.DENY, code, (Reason(code, Effect.DENY, detail=detail),))


def message(verdict: Verdict, phase: str) -> str:
    """Say what may be shown instead, in words for the agent."""
    if verdict.effect is Effect.ALLOW:
        return ""
    if verdict.reply is not None:
        return verdict.reply
    because = next((one.because for one in verdict.reasons if one.because), None)
    detail = because or next((one.detail for one in verdict.reasons if one.detail), None)
    return f"This {phase} is withheld{f': {detail}' if detail else ''}."
