"""What people answer when they are asked is a report on the call, of half the weight of others."""

from typing import TYPE_CHECKING

import structlog

from app.approvals.deciding import AGENTS
from app.auth import Caller
from dsl.errors import DrawbarError
from memory.approvals.approval import Answer, Status, StoredApproval
from memory.database import FAULTS
from memory.faults import cause
from memory.feedback.reporting import NewReport
from memory.induction.report import Kind, Label
from memory.keys import ApiKey

if TYPE_CHECKING:
    from app.wiring import Gateway

log = structlog.get_logger("drawbar.memory")


async def reported(
    gateway: "Gateway", caller: Caller, approval: StoredApproval, answer: Answer
) -> None:
    """Keep an answer as a report, where the gateway learns; the answer stands either way."""
    if gateway.learning is None or not counts(caller.key, answer):
        return
    try:
        await _reported(gateway, caller, approval, answer)
    except (DrawbarError, *FAULTS, TimeoutError) as error:
        gateway.metrics.faults.labels("none", "memory").inc()
        log.warning("an answer was not kept as a report", approval=approval.id, cause=cause(error))


def counts(key: ApiKey, answer: Answer) -> bool:
    """Tell whether an answer is one of a person who judges for others.

    No agent grades itself, and whoever asks for something has no say in what is learned of it.
    """
    return not AGENTS & key.scopes and answer.need.kind != "user"


async def _reported(
    gateway: "Gateway", caller: Caller, approval: StoredApproval, answer: Answer
) -> None:
    name = await gateway.approving.approvals.first_asked(approval.id)
    about = None if name is None else await gateway.records.get(name)
    if about is None:
        return
    label = Label.OK if answer.status is Status.APPROVED else Label.VIOLATION
    new = NewReport(
        decision=about,
        label=label,
        reporter=caller.key.subject,
        by=caller.actor,
        kind=Kind.ASK_ANSWER,
    )
    taken = await gateway.feedback.report(new, gateway.now())
    gateway.metrics.report(new.kind, new.label, counted=taken.counted)
    gateway.metrics.memory_answers.labels(str(answer.status)).inc()
