"""Takes in what happens around the calls of a session, and judges what comes back and goes out."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.facts.asked import Asked, in_rounds
from app.facts.facts import Facts
from app.policies import PolicySet
from app.shield import shielded
from app.telemetry import Metrics
from dsl import interpret
from dsl.model import Effect, Reason, ReasonCode, Subject, ToolCall, Verdict
from memory.sessions import events
from memory.sessions.sessions import Turn

_NO_CALL = "no call of this session that was let through has this `call_id`"


@dataclass(frozen=True, slots=True)
class Observed:
    """What is said of one event: what came of it must be shown as `changed`, or not at all."""

    id: str
    verdict: Verdict
    message: str


@dataclass(frozen=True, slots=True)
class Observer:
    """Takes events of one session in, one after another, until a time of the monotonic clock."""

    policies: PolicySet
    turn: Turn
    now: datetime
    metrics: Metrics
    facts: Facts
    until: float

    def said(self, event_id: str, text: str) -> Observed:
        """Take in what the user said."""
        self.turn.take(events.said(event_id, self.now, text))
        return Observed(event_id, _PASSED, "")

    async def came(self, event_id: str, call_id: str, result: Any, *, failed: bool) -> Observed:
        """Judge a result, and take in what of it is shown."""
        session = self.turn.session
        earlier = session.earlier(call_id) if session is not None else None
        if earlier is None:
            verdict = _refused(ReasonCode.INVALID_CALL, _NO_CALL)
            self.metrics.unguarded.labels("http").inc()
        else:
            verdict = await self._judge(earlier.released, {"result": result}, "result")
        shown = result if verdict.changed is None else verdict.changed
        kept = shown if verdict.effect is Effect.ALLOW or earlier is None else None
        self.turn.take(events.came(event_id, self.now, call_id, kept, failed=failed))
        return Observed(event_id, verdict, _message(verdict, "result"))

    async def reply(self, event_id: str, text: str) -> Observed:
        """Judge what the agent is about to write to a person."""
        owner = self.turn.owner
        call = ToolCall(event_id, "-", {}, None, Subject(owner.subject), owner.agent)
        verdict = await self._judge(call, {"reply": text}, "reply")
        return Observed(event_id, verdict, _message(verdict, "reply"))

    async def _judge(self, call: ToolCall, content: dict[str, Any], phase: str) -> Verdict:
        facts = self.facts.asked(self.turn, self.policies.bound)
        verdict = await in_rounds(
            lambda: self._judged(call, content, phase, facts),
            facts,
            lambda: self.until - time.monotonic(),
        )
        self.metrics.decisions.labels("http", phase, verdict.effect, verdict.code).inc()
        return verdict

    def _judged(self, call: ToolCall, content: dict[str, Any], phase: str, facts: Asked) -> Verdict:
        """Judge by what is known now; a fault refuses."""

        def judge() -> Verdict:
            policies = self.policies.narrowed(self.turn.overlays)
            state = self.turn.state(call, policies.policies, sources=facts.look_up)
            return interpret.evaluate_output(policies.bound, call, content, self.now, state)

        def refuse() -> Verdict:
            facts.stop()
            self.metrics.faults.labels("http", phase).inc()
            return _refused(ReasonCode.FAULT, "a fault inside the gateway")

        return shielded(judge, refuse, call_id=call.call_id)


_PASSED = Verdict(Effect.ALLOW, ReasonCode.DEFAULT)


def _refused(code: ReasonCode, detail: str) -> Verdict:
    return Verdict(Effect.DENY, code, (Reason(code, Effect.DENY, detail=detail),))


def _message(verdict: Verdict, phase: str) -> str:
    """Say what may be shown instead, in words for the agent."""
    if verdict.effect is Effect.ALLOW:
        return ""
    if verdict.reply is not None:
        return verdict.reply
    because = next((one.because for one in verdict.reasons if one.because), None)
    detail = because or next((one.detail for one in verdict.reasons if one.detail), None)
    return f"This {phase} is withheld{f': {detail}' if detail else ''}."
