"""Who may answer an approval, and what becomes of it when somebody does."""

from datetime import datetime
from typing import Final

import structlog

from app.auth import Caller
from app.problems import Problem
from app.wiring import Gateway
from dsl.model import Need
from memory.approvals.approval import Answer, Status, StoredApproval
from memory.ids import new_id
from memory.keys import ApiKey, Scope
from memory.records.answer import AnswerRecord
from memory.records.log import Unrecorded
from memory.records.steps import Overtaken

ATTEMPTS: Final = 5  # where others answer at the same time
# What an agent's key may do: whoever holds one of these says nothing as a person would.
AGENTS: Final = frozenset((Scope.CHECK, Scope.OBSERVE, Scope.OBSERVE_USER, Scope.ASSERT_SUBJECT))
log = structlog.get_logger("drawbar.approvals")


async def decide(
    gateway: Gateway, caller: Caller, approval_id: str, said: Status, comment: str | None
) -> StoredApproval:
    """Store what a person says of an approval: `approved` or `rejected`."""
    caller.require(Scope.APPROVE)
    approvals = gateway.approving.approvals
    for _ in range(ATTEMPTS):
        before = await approvals.get(approval_id)
        if before is None or before.tenant != caller.key.tenant:
            raise Problem(404, "not_found", "there is no such approval")
        now = gateway.now()
        if not _is_open(before, caller.key, said, before.status(now)):
            detail = f"the approval is {before.status(now)}; it waits for nobody any more"
            raise Problem(409, "approval_closed", detail)
        requesters = await approvals.requesters(approval_id)
        at = _place(before, caller.key, requesters, said)
        answer = Answer(
            before.answers[at].need, said, caller.key.id, caller.key.subject, now, comment
        )
        after = before.answered(at, answer)
        step = await approvals.answering(before, after, now)
        try:
            await gateway.log.append(_record(after, answer, now), steps=(step,))
        except Unrecorded as error:
            if not isinstance(error.__cause__, Overtaken):
                raise
            continue
        _tell(gateway, after)
        if gateway.learning is not None:
            from app.learning.answers import reported  # noqa: PLC0415 - most learn nothing

            await reported(gateway, caller, after, answer)
        return after
    raise Problem(409, "approval_busy", "others answer it at this moment; look again")


def _record(one: StoredApproval, answer: Answer, now: datetime) -> AnswerRecord:
    need = answer.need.kind if answer.need.role is None else f"role {answer.need.role}"
    return AnswerRecord(
        new_id("a", now),
        one.tenant,
        now,
        one.id,
        one.digest,
        need,
        str(answer.status),
        str(answer.key_id),
        str(answer.subject),
    )


def _is_open(one: StoredApproval, key: ApiKey, said: Status, status: Status) -> bool:
    """Tell whether an answer may still be given; whoever said yes may take it back until it ran."""
    takes_back = said is Status.REJECTED and any(_is_by(answer, key) for answer in one.answers)
    return status is Status.PENDING or (status is Status.APPROVED and takes_back)


def _place(one: StoredApproval, key: ApiKey, requesters: set[str], said: Status) -> int:
    """Return which need a key answers, or say why it answers none."""
    fits = [at for at, answer in enumerate(one.answers) if _may(one, answer.need, key, requesters)]
    if not fits:
        raise Problem(403, "not_yours_to_decide", _why(one, key, requesters))
    before = next((at for at in fits if _is_by(one.answers[at], key)), None)
    if said is Status.REJECTED and before is not None:
        return before  # a yes can be taken back as long as nothing ran on it
    if one.answered_by(key.id, key.subject):
        raise Problem(409, "already_answered", "this key, or its subject, has answered already")
    waiting = [at for at in fits if one.answers[at].status is Status.PENDING]
    if not waiting:
        raise Problem(403, "not_yours_to_decide", "what is still needed is somebody else's yes")
    # Whoever has a role leaves the place for anybody to others.
    return min(waiting, key=lambda at: one.answers[at].need.kind == "any")


def _is_by(answer: Answer, key: ApiKey) -> bool:
    return answer.key_id == key.id


def _may(one: StoredApproval, need: Need, key: ApiKey, requesters: set[str]) -> bool:
    """Tell whether a key can give what is needed.

    Nobody decides what was asked in their own name: not with the key that asked, and not with
    another of the same subject. The one exception is `approver user`: the call's own subject,
    by a key that cannot ask for decisions, so that no agent holds it.
    """
    if need.kind == "user":
        return key.subject == one.subject and not AGENTS & key.scopes and key.id not in requesters
    if _asked(one, key, requesters):
        return False
    return need.kind == "any" or need.role in key.roles


def _asked(one: StoredApproval, key: ApiKey, requesters: set[str]) -> bool:
    return key.subject == one.subject or key.id in requesters or key.subject in requesters


def _why(one: StoredApproval, key: ApiKey, requesters: set[str]) -> str:
    if _asked(one, key, requesters):
        return "the call was asked for in this key's own name, or its subject's"
    needed = sorted(f"role `{answer.need.role}`" for answer in one.answers if answer.need.role)
    who = " or ".join(needed) or "the person in the conversation"
    return f"this key cannot give what is needed: {who}"


def _tell(gateway: Gateway, one: StoredApproval) -> None:
    """Count, log, and wake those who wait; a need that is met may leave others open."""
    log.info("an approval was answered", approval=one.id, status=str(one.stored))
    if one.decided_at is None:
        return
    status, took = str(one.stored), one.decided_at - one.created_at
    gateway.metrics.approvals.labels(status).inc()
    gateway.metrics.approval_wait.labels(status).observe(took.total_seconds())
    gateway.approving.holds.wake(one.id)
