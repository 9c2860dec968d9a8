"""Turns an `ask` into an approval to wait for, and an approval into one allowed call."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Final

import structlog
from msgspec import Struct

from app.approvals import showing
from app.deciding.question import Question
from app.deciding.wording import message
from app.policy.policies import PolicySet
from app.wiring import Gateway
from dsl.model import Approval, Decision, Effect, Reason, ReasonCode, Verdict
from memory.approvals.approval import Answer, Status, StoredApproval, asked_for
from memory.approvals.steps import Ask, Use
from memory.approvals.store import Whose
from memory.ids import new_id
from memory.keys import ApiKey
from memory.records.steps import Step
from memory.sealing import SealError
from memory.sessions.events import Event, approved
from memory.sessions.sessions import Turn

_PREFIX: Final = "apr"
log = structlog.get_logger("drawbar.approvals")


class Asked(Struct, frozen=True):
    """A decision after people were looked to, and what is stored and told along with it."""

    decision: Decision
    steps: Sequence[Step] = ()
    happened: Sequence[Event] = ()  # in the session: these values were approved in it
    used: StoredApproval | None = None
    made: StoredApproval | None = None


async def asked(  # noqa: PLR0913, PLR0917 - what it is decided by, and who holds the approval
    gateway: Gateway,
    question: Question,
    decision: Decision,
    turn: Turn,
    policies: PolicySet,
    held: AsyncExitStack,
) -> Asked:
    """Look for the approval of a call that is asked about, and hold it until all is recorded."""
    needed = decision.verdict.approval
    if decision.effect is not Effect.ASK or decision.dry_run or needed is None:
        return Asked(decision)
    case = _Asking(gateway, question, decision, needed, turn, policies)
    await held.enter_async_context(gateway.approving.alone(case.digest))
    try:
        return await case.settled()
    except SealError as error:
        gateway.metrics.faults.labels(question.edge, "approvals").inc()
        log.error("an approval cannot be read", cause=str(error))  # noqa: TRY400 - one line
        return Asked(case.refused(ReasonCode.FAULT, None))


@dataclass(frozen=True)
class _Asking:
    """One decision that asks."""

    gateway: Gateway
    question: Question
    decision: Decision
    needed: Approval
    turn: Turn
    policies: PolicySet

    @property
    def key(self) -> ApiKey:
        """Return the key that asks."""
        return self.question.caller.key

    @cached_property
    def digest(self) -> str:
        """Return what the approval of this call is bound to."""
        changed, asking = self.decision.verdict.changed, self.needed.asking
        return self.gateway.approving.binder.digest(
            self.key.tenant, self.question.call, changed, self.question.edge, asking
        )

    async def settled(self) -> Asked:
        """Return what becomes of the decision."""
        found = await self._same()
        if (named := self._named(found)) is not None:
            return self._by(named)
        if found:
            return self._again(found[0])
        if await self._too_often():
            return Asked(self.refused(ReasonCode.ASK_BUDGET, None))
        return await self._anew()

    async def _same(self) -> list[StoredApproval]:
        """Return what people were asked about exactly this call, unless who asks has answered."""
        approvals, now = self.gateway.approving.approvals, self.decision.now
        found = await approvals.same(self.key.tenant, self.digest, now)
        return [one for one in found if one.is_of_another(self.key.id, self.key.subject)]

    def _named(self, found: Sequence[StoredApproval]) -> StoredApproval | None:
        """Return the approval that the caller comes back with, if it is of this very call."""
        name = self.question.terms.approval
        return next((one for one in found if one.id == name), None)

    def _by(self, one: StoredApproval) -> Asked:
        """Let a call through by its approval, once; what is not approved waits on."""
        if not one.is_approved:
            return self._again(one)
        decision = self.decision
        use = Use(one.id, self.digest, decision.id, decision.now)
        known = approved(one.id, decision.now, self.question.call, decision.verdict.changed)
        happened = () if self.turn.session is None else (known,)
        return Asked(self._allowed(one), (use,), happened, used=one)

    def _allowed(self, one: StoredApproval) -> Decision:
        """Turn what asks into allow, and nothing else."""
        said = f"{one.id} by {', '.join(str(answer.subject) for answer in one.answers)}"
        reasons = tuple(
            reason
            if reason.code is ReasonCode.SOFTENED  # it says whom people overruled
            else replace(reason, code=ReasonCode.APPROVED, effect=Effect.ALLOW, detail=said)
            for reason in self.decision.verdict.reasons
        )
        verdict = replace(
            self.decision.verdict,
            effect=Effect.ALLOW,
            code=ReasonCode.APPROVED,
            reasons=reasons,
            reply=None,
            approval=None,
        )
        url = self.gateway.approving.url(one.id)
        return replace(self._told(verdict), approval=one.handle(self.decision.now, url))

    def _again(self, one: StoredApproval) -> Asked:
        """Come back to what people were asked before."""
        if one.stored is Status.REJECTED:
            return Asked(self.refused(ReasonCode.REJECTED, one.comment))
        return Asked(self._pending(one), (Ask(self._ask(one)),))

    async def _anew(self) -> Asked:
        """Ask people."""
        now = self.decision.now
        lasts = self.needed.expires or timedelta(seconds=self.gateway.settings.approval_s)
        one = asked_for(
            new_id(_PREFIX, now),
            self.key.tenant,
            self.digest,
            self.question.call,
            self.question.edge,
            created_at=now,
            expires_at=now + lasts,
            answers=tuple(Answer(need) for need in self.needed.needs),
            content=showing.content(
                self.question.call, self.decision.verdict, self.turn, self.policies
            ),
        )
        made = await self.gateway.approving.approvals.row(one)
        return Asked(self._pending(one), (Ask(self._ask(one), made),), made=one)

    def _ask(self, one: StoredApproval) -> dict[str, str]:
        return {
            "decision": self.decision.id,
            "approval": one.id,
            "key_id": self.key.id,
            "key_subject": self.key.subject,
        }

    def _pending(self, one: StoredApproval) -> Decision:
        url = self.gateway.approving.url(one.id)
        return replace(self.decision, approval=one.handle(self.decision.now, url))

    async def _too_often(self) -> bool:
        """Tell whether people were asked about this tool as often as they may be."""
        call = self.question.call
        whose = Whose(
            self.key.tenant, call.subject.id, call.agent, call.session, call.server, call.tool
        )
        number = await self.gateway.approving.approvals.number(whose, self.decision.now)
        return number >= self.gateway.settings.ask_budget

    def refused(self, code: ReasonCode, detail: str | None) -> Decision:
        """Return a deny in place of the question."""
        shadow = self.decision.verdict.shadow
        reason = Reason(code, Effect.DENY, detail=detail)
        return self._told(Verdict(Effect.DENY, code, (reason,), retryable=False, shadow=shadow))

    def _told(self, verdict: Verdict) -> Decision:
        words = message(verdict, self.question.call)
        return replace(self.decision, verdict=verdict, message=words)
