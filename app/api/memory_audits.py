"""`/v1/memory/audits`: decisions that were drawn, for people who say what each call was."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.feedback import Comment, ReportView
from app.api.memory import NEEDS, PREFIX, learning_of
from app.edges.base import EdgeRoute, exactly
from app.granting import asking
from app.problems import responses
from app.publishing.requests import acting
from app.shapes import Moment, Strict
from memory.induction.report import Label
from memory.keys import Scope

if TYPE_CHECKING:
    from app.learning.auditing import Auditing

LOOK_S: Final = 30.0
MOST: Final = 100
_DECISION: Final = r"^d_[0-9A-Z]{26}$"
_Name = Annotated[str, Path(pattern=_DECISION)]


class _AuditRoute(EdgeRoute):
    scope = Scope.FEEDBACK


router = APIRouter(prefix=PREFIX, route_class=_AuditRoute, tags=["memory"], dependencies=NEEDS)


class AuditView(BaseModel):
    """A call that was drawn. What was decided about it is not told: it would sway who looks."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    at: Moment
    agent: str | None
    server: str | None
    tool: str


class AuditWholeView(AuditView):
    """A call that was drawn, as it was to run."""

    args: Mapping[str, Any] | None = Field(description="null: they are not kept any more.")
    context: Mapping[str, Any] | None


class AuditsView(BaseModel):
    """Calls that were drawn and that nobody has judged yet, the newest first."""

    audits: list[AuditView]
    next: str | None = Field(description="Send it as `cursor` to look on; null: no more.")


class Looking(BaseModel):
    """Where to look on."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, pattern=_DECISION)


class AuditRequest(Strict):
    """What the call was."""

    label: Annotated[Label, Field(strict=False)] = Field(
        description="What the call was, whatever may have been decided about it."
    )
    comment: Comment = None


@router.get(
    "/audits",
    summary="List decisions that were drawn for audits",
    responses=responses(401, 403, 409, 422, 503),
)
async def audits(looking: Annotated[Looking, Query()], request: Request) -> AuditsView:
    """Answer with calls of the key's own tenant; needs `feedback` and `audit`.

    A page may be empty where `next` is not: so many decisions were looked through.
    """
    one = _auditing(request)
    async with acting(one.gateway, LOOK_S):
        found = await one.waiting(looking.limit, looking.cursor)
    views = [AuditView.model_validate(each) for each in found.found]
    return AuditsView(audits=views, next=found.after)


@router.get(
    "/audits/{decision_id}",
    summary="Look at a call that was drawn",
    response_model=AuditWholeView,
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def audit(decision_id: _Name, request: Request) -> Response:
    """Answer with the call and its arguments; that they were shown is recorded as an act.

    Needs `feedback` and `audit`.
    """
    one = _auditing(request)
    async with acting(one.gateway, LOOK_S):
        record, kept = await one.shown(decision_id)
    told = AuditView.model_validate(record).model_dump()
    nothing = dict.fromkeys(("args", "context"))
    answer = exactly(AuditWholeView(**told, **(nothing if kept is None else kept)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post(
    "/audits/{decision_id}",
    summary="Say what a call was that was drawn",
    status_code=202,
    responses=responses(401, 403, 404, 408, 409, 413, 415, 422, 503),
)
async def answer(decision_id: _Name, body: AuditRequest, request: Request) -> ReportView:
    """Keep it as a report that weighs twice another; needs `feedback` and `audit`.

    Nobody had chosen the call, so it also tells how much of what goes wrong is reported.
    """
    one = _auditing(request)
    async with acting(one.gateway, LOOK_S):
        taken = await one.answer(decision_id, body.label, body.comment)
    return ReportView(report_id=taken.id, counted=taken.counted, reason=taken.reason)


def _auditing(request: Request) -> "Auditing":
    from app.learning.auditing import Auditing  # noqa: PLC0415 - most gateways learn nothing
    from app.learning.undoing import refuse_agents  # noqa: PLC0415 - as above

    gateway, caller = asking(request)
    caller.require(Scope.AUDIT)
    refuse_agents(caller)
    return Auditing(gateway, learning_of(gateway), caller)
