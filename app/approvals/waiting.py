"""Decides a call, and holds it where people are asked and the caller waits."""

from dataclasses import replace
from typing import Final

from app.approvals.holding import Gone
from app.deciding.question import Question
from app.deciding.settling import settle
from app.wiring import Gateway
from dsl.errors import DrawbarError
from dsl.model import Decision
from memory.approvals.approval import Status
from memory.database import FAULTS

_SAID: Final = (Status.APPROVED, Status.REJECTED)


async def settle_and_wait(gateway: Gateway, question: Question, gone: Gone) -> Decision:
    """Return a recorded decision; where people are asked, the one after they decided in time.

    While it is held the session is not, nor anything in the store. A caller that goes away
    runs nothing: the approval stays as it is.
    """
    decision = await settle(gateway, question)
    handle = decision.approval
    if handle is None or not question.terms.wait_s:
        return decision
    approving = gateway.approving
    if not await approving.holds.until_decided(handle.id, question.terms.wait_s, gone):
        return decision
    try:
        found = await approving.approvals.get(handle.id)
    except (DrawbarError, *FAULTS):  # it waits on; who comes back asks the store again
        gateway.metrics.faults.labels(question.edge, "approvals").inc()
        return decision
    now = gateway.now()
    if found is None or found.status(now) not in _SAID:
        now_so = handle if found is None else found.handle(now, handle.url)
        return replace(decision, approval=now_so)
    terms = replace(question.terms, approval=handle.id)
    return await settle(gateway, replace(question, terms=terms))
