"""`/v1/feedback`: what people say of decisions that were made."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from app.api.approvals import asking_the_store
from app.auth import BEARER, Caller
from app.edges.base import EdgeRoute
from app.granting import asking
from app.problems import Problem, responses
from app.shapes import Strict
from app.wiring import Gateway
from memory.feedback.reporting import Fate, NewReport, Once, WhyNot
from memory.induction.report import Label
from memory.keys import Scope
from memory.records.record import DecisionRecord

LONGEST_COMMENT: Final = 1000
MOST_AT_ONCE: Final = 100


class _FeedbackRoute(EdgeRoute):
    scope = Scope.FEEDBACK


router = APIRouter(
    prefix="/v1/feedback",
    route_class=_FeedbackRoute,
    tags=["feedback"],
    dependencies=[Depends(BEARER)],
)


Comment = Annotated[
    str | None,
    Field(
        max_length=LONGEST_COMMENT,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$",
        description="For people alone: no rule is made of it.",
    ),
]


class FeedbackRequest(Strict):
    """What somebody says of a call; who says it the key tells."""

    decision_id: str = Field(pattern=r"^d_[0-9A-Z]{26}$")
    label: Annotated[Label, Field(strict=False)] = Field(
        description="What the call was, whatever was decided about it."
    )
    comment: Comment = None


class ReportView(BaseModel):
    """A report that is kept."""

    report_id: str = Field(examples=["rep_01JD00000000000000000000000"])
    counted: bool = Field(description="Whether it weighs anything, as far as is known now.")
    reason: WhyNot | None = Field(description="Why it does not.")


class ImportRequest(Strict):
    """What somebody says of many calls, each of which is kept once, however often it is sent."""

    reports: list[FeedbackRequest] = Field(min_length=1, max_length=MOST_AT_ONCE)
    dry_run: bool = Field(default=False, description="Say what would be kept, and keep nothing.")


class ImportedView(BaseModel):
    """What became of one report."""

    decision_id: str
    outcome: Fate | Literal["refused"] = Field(
        description="`kept`; `already`: the same person said so before; `later`: enough of today "
        "are kept, send it tomorrow; `refused`: see `detail`."
    )
    report_id: str | None = Field(description="Where it is kept.")
    counted: bool = Field(description="Whether it weighs anything, as far as is known now.")
    reason: WhyNot | None = Field(description="Why it does not.")
    detail: str | None = Field(description="Why it was refused.")


class ImportView(BaseModel):
    """What became of each report, in their order."""

    reports: list[ImportedView]


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
        new = await _new(gateway, caller, body)
        taken = await gateway.feedback.report(new, gateway.now())
        gateway.metrics.report(new.kind, new.label, counted=taken.counted)
    return ReportView(report_id=taken.id, counted=taken.counted, reason=taken.reason)


@router.post(
    "/import",
    summary="Report on many decisions, each once",
    responses=responses(401, 403, 408, 409, 413, 415, 422, 503),
)
async def imported(body: ImportRequest, request: Request) -> ImportView:
    """Keep each report once, whatever is sent again, and no more than count on a day.

    Needs `feedback`. After a 503 some may be kept: send all again.
    """
    gateway, caller = asking(request)
    supposed: list[NewReport] | None = [] if body.dry_run else None
    found = []
    for one in body.reports:
        async with asking_the_store(gateway):
            found.append(await _imported(gateway, caller, one, supposed))
    return ImportView(reports=found)


async def _imported(
    gateway: Gateway, caller: Caller, body: FeedbackRequest, supposed: list[NewReport] | None
) -> ImportedView:
    """Keep one of many; what is refused is told, and keeps no other back."""
    name = body.decision_id
    try:
        new = await _new(gateway, caller, body)
    except Problem as problem:
        return _fate(name, "refused", detail=problem.detail)
    once = await gateway.feedback.report_once(new, gateway.now(), supposed)
    if once.fate is Fate.KEPT and supposed is None:
        gateway.metrics.report(new.kind, new.label, counted=once.reason is None)
    return _fate(name, once.fate, once)


def _fate(
    name: str,
    outcome: Fate | Literal["refused"],
    once: Once | None = None,
    detail: str | None = None,
) -> ImportedView:
    return ImportedView(
        decision_id=name,
        outcome=outcome,
        report_id=None if once is None else once.id,
        counted=once is not None and once.fate is not Fate.LATER and once.reason is None,
        reason=None if once is None else once.reason,
        detail=detail,
    )


async def _new(gateway: Gateway, caller: Caller, body: FeedbackRequest) -> NewReport:
    """Return what somebody says; who says it the key tells."""
    return NewReport(
        decision=await _decision(gateway, caller, body.decision_id),
        label=body.label,
        reporter=caller.key.subject,
        by=caller.actor,
        comment=body.comment,
    )


async def _decision(gateway: Gateway, caller: Caller, name: str) -> DecisionRecord:
    """Return the decision that is meant: one of the tenant, about a call that was to run."""
    found = await gateway.records.get(name)
    if found is None or found.tenant != caller.key.tenant:
        raise Problem(404, "not_found", "there is no such decision")
    if found.dry_run or found.phase != "call":
        detail = "only a decision about a call that was to run can be reported on"
        raise Problem(422, "invalid_request", detail)
    return found
