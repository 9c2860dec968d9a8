"""What rules require to be told, as messages to the targets that the settings name."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.sending.settings import TargetSettings
from dsl.model import Decision, Effect, Obligation, Reason, ToolCall
from memory.approvals.approval import StoredApproval
from memory.glass.glass import Glass
from memory.ids import new_id
from memory.outbox.outbox import Message, Outbox
from memory.records.record import canonical
from memory.records.steps import Step
from memory.scopes import DEFAULT_TENANT

KIND: Final = "notify"
APPROVAL: Final = "approval"
GLASS: Final = "glass"


class Notices:
    """Takes over the notifications that the gateway can send itself."""

    def __init__(
        self,
        outbox: Outbox,
        targets: Mapping[str, TargetSettings],
        approvals: Sequence[str] = (),
        glass: Sequence[str] = (),
    ) -> None:
        self._outbox = outbox
        self._targets = frozenset(targets)
        self._approvals = approvals
        self._glass = glass

    @property
    def targets(self) -> frozenset[str]:
        """Name those whom the gateway can tell something."""
        return self._targets

    def steps(
        self, tenant: str, call: ToolCall, decision: Decision, made: StoredApproval | None
    ) -> Sequence[Step]:
        """Return what leaves messages along with a record: of an allowed call, or one asked about.

        `made` is the approval that people are asked for, where it is a new one.
        """
        if made is not None and self._approvals:
            asked = [_question(decision, made, target) for target in self._approvals]
            return (self._outbox.post(asked),)
        if decision.effect is not Effect.ALLOW or decision.dry_run:
            return ()
        carried = [one for one in decision.verdict.obligations if one.carried]
        if not carried:
            return ()
        return (self._outbox.post([_message(tenant, call, decision, one) for one in carried]),)

    def glass(self, one: Glass, event: str, now: datetime, by: str | None = None) -> Sequence[Step]:
        """Return what leaves messages along with an act: that glass is broken, or whole again."""
        if not self._glass:
            return ()
        return (self._outbox.post([_glass(one, event, now, by, to) for to in self._glass]),)


def _glass(one: Glass, event: str, now: datetime, by: str | None, target: str) -> Message:
    """Say what was broken, or is whole again, and who saw to that; nobody where its time came."""
    confirmed = one.confirmed_by
    told: dict[str, Any] = {
        "type": "drawbar.glass",
        "event": event,
        "at": now.isoformat(),
        "glass_id": one.id,
        "policy": one.policy,
        "stand_in": one.stand_in,
        "tenant": one.tenant,
        "reason": one.reason,
        "until": one.until.isoformat(),
        "asked_by": one.asked_by.subject,
        "confirmed_by": None if confirmed is None else confirmed.subject,
        "ended_by": by,
    }
    name, body = new_id("msg", now), canonical(told).encode()
    return Message(name, DEFAULT_TENANT, one.id, GLASS, target, now, body)


def _message(tenant: str, call: ToolCall, decision: Decision, one: Obligation) -> Message:
    """Say what was decided and by which rule; no value of the call leaves in a message."""
    told: dict[str, Any] = {
        "type": "drawbar.notify",
        "at": decision.now.isoformat(),
        "to": one.to,
        "decision_id": decision.id,
        "tenant": tenant,
        "subject": call.subject.id,
        "agent": call.agent,
        "session": call.session,
        "tool": call.qualified,
        "effect": str(decision.effect),
        "required_by": {"policy": one.policy, "rule": one.rule},
        "reasons": [_reason(reason) for reason in decision.verdict.reasons],
    }
    body = canonical(told).encode()
    name = new_id("msg", decision.now)
    return Message(name, tenant, decision.id, KIND, one.to, decision.now, body)


def _question(decision: Decision, made: StoredApproval, target: str) -> Message:
    """Say that people are asked, and where to look; what is asked stands on that page alone."""
    handle = decision.approval
    told: dict[str, Any] = {
        "type": "drawbar.approval",
        "at": decision.now.isoformat(),
        "approval_id": made.id,
        "decision_id": decision.id,
        "tenant": made.tenant,
        "subject": made.subject,
        "agent": made.agent,
        "tool": f"{made.server}/{made.tool}" if made.server else made.tool,
        "needs": [{"kind": one.need.kind, "role": one.need.role} for one in made.answers],
        "expires_at": made.expires_at.isoformat(),
        "url": None if handle is None else handle.url,
        "reasons": [_reason(reason) for reason in decision.verdict.reasons],
    }
    name, body = new_id("msg", decision.now), canonical(told).encode()
    return Message(name, made.tenant, decision.id, APPROVAL, target, decision.now, body)


def _reason(reason: Reason) -> Mapping[str, Any]:
    return {"policy": reason.policy, "rule": reason.rule, "because": reason.because}
