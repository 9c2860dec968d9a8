"""`/v1/feedback`: what people say of decisions that were made."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from app.api.approvals import asking_the_store
from app.auth import BEARER, Caller
from app.edges.base import EdgeRoute
from app.granting import asking
from app.problems import Problem, responses
from app.shapes import Strict
from app.wiring import Gateway
from memory.feedback.reporting import NewReport, WhyNot
from memory.induction.report import Label
from memory.keys import Scope
from memory.records.record import DecisionRecord

LONGEST_COMMENT = 1000


class _FeedbackRoute(EdgeRoute):
    scope = Scope.FEEDBACK


router = APIRouter(
    prefix="/v1/feedback",
    route_class=_FeedbackRoute,
    tags=["feedback"],
    dependencies=[Depends(BEARER)],
)


class FeedbackRequest(Strict):
    """What somebody says of a call; who says it the key tells."""

    decision_id: str = Field(pattern=r"^d_[0-9A-Z]{26}$")
    label: Annotated[Label, Field(strict=False)] = Field(
        description="What the call was, whatever was decided about it."
    )
    comment: str | None = Field(
        None,
        max_length=LONGEST_COMMENT,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$",
        description="For people alone: no rule is made of it.",
    )


class ReportView(BaseModel):
    """A report that is kept."""

    report_id: str = Field(examples=["rep_01JD00000000000000000000000"])
    counted: bool = Field(description="Whether it weighs anything, as far as is known now.")
    reason: WhyNot | None = Field(description="Why it does not.")


@router.post(
    "",
    summary="Report on a decision",
    status_code=202,
    responses=responses(401, 403, 404, 408, 409, 413, 415, 422, 503),
)
async def report(body: FeedbackRequest, request: Request) -> ReportView:
    """Keep what a person says of a call; needs `feedback`, which no key has beside `check`.

    The same said again within a day, and what is over 20 a day, is kept and does not count. Each
    report is recorded as an act.
    """
    gateway, caller = asking(request)
    async with asking_the_store(gateway):
        about = await _decision(gateway, caller, body.decision_id)
        new = NewReport(
            decision=about,
            label=body.label,
            reporter=caller.key.subject,
            by=caller.actor,
            comment=body.comment,
        )
        taken = await gateway.feedback.report(new, gateway.now())
        gateway.metrics.report(new.kind, new.label, counted=taken.counted)
    return ReportView(report_id=taken.id, counted=taken.counted, reason=taken.reason)


async def _decision(gateway: Gateway, caller: Caller, name: str) -> DecisionRecord:
    """Return the decision that is meant: one of the tenant, about a call that was to run."""
    found = await gateway.records.get(name)
    if found is None or found.tenant != caller.key.tenant:
        raise Problem(404, "not_found", "there is no such decision")
    if found.dry_run or found.phase != "call":
        detail = "only a decision about a call that was to run can be reported on"
        raise Problem(422, "invalid_request", detail)
    return found
