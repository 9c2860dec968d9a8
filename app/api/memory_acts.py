"""`/v1/memory`, what people do: take reports back, go back, let in again, reject."""

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from app.api.memory import NEEDS, PREFIX, RULE, Level, learning_of
from app.problems import Problem, responses
from app.publishing.requests import PublishRoute, who
from app.shapes import Id, Strict, Tenant
from dsl.errors import DrawbarError
from memory.database import FAULTS
from memory.feedback.reporting import Withdrawal

if TYPE_CHECKING:
    from app.learning.undoing import Desk

LONGEST_REASON: Final = 500
MOST_RELEASED: Final = 500
_FAILURES: Final = responses(401, 403, 404, 408, 409, 413, 415, 422, 503)
Reason = Annotated[
    str, Field(min_length=1, max_length=LONGEST_REASON, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")
]
_Report = Annotated[str, Field(pattern=r"^rep_[0-9A-Z]{26}$")]


router = APIRouter(prefix=PREFIX, route_class=PublishRoute, tags=["memory"], dependencies=NEEDS)


# As JSON Schema says what `_one_of_them` holds in both requests.
_ONE_GONE: Final[JsonValue] = [
    {"properties": {name: {"type": "string"}}, "required": [name]}
    for name in ("report_id", "reporter", "group")
]
_ONE_RELEASED: Final[JsonValue] = [
    {"properties": {"reports": {"type": "array"}}, "required": ["reports"]},
    {"properties": {"reporter": {"type": "string"}}, "required": ["reporter"]},
    {"properties": {"all": {"const": True}}, "required": ["all"]},
]


class WithdrawRequest(Strict):
    """What is taken back: one report, all of a reporter so far, or all of a group."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_GONE})

    report_id: _Report | None = None
    reporter: Id | None = None
    group: Id | None = None
    reason: Reason
    dry_run: bool = Field(default=False, description="Say what would change, and change nothing.")
    tenant: Tenant | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "WithdrawRequest":
        if sum(one is not None for one in (self.report_id, self.reporter, self.group)) != 1:
            raise ValueError("name one report, one reporter or one group")
        return self


class RollbackRequest(Strict):
    """Which revision of memory is to be in force again, and why."""

    revision: int = Field(
        ge=1, le=2**53, description="Its `seq`, as `/v1/memory/revisions` has it."
    )
    reason: Reason
    tenant: Tenant | None = None


class ReleaseRequest(Strict):
    """Which held reports are let in: some, all of a reporter so far, or all and what comes."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_RELEASED})

    reports: list[_Report] | None = Field(None, min_length=1, max_length=MOST_RELEASED)
    reporter: Id | None = None
    all: bool | None = Field(None, description="`true`: from now on nothing is held.")
    tenant: Tenant | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "ReleaseRequest":
        if sum(one is not None for one in (self.reports, self.reporter, self.all)) != 1:
            raise ValueError("name reports, a reporter, or all")
        if self.all is False:
            raise ValueError("`all` is true or is left out")
        return self


class RejectRequest(Strict):
    """Why a rule is not wanted."""

    reason: Reason
    tenant: Tenant | None = None


class ChangedRuleView(BaseModel):
    """A rule whose level is another now; null: there was none, or is none."""

    model_config = ConfigDict(populate_by_name=True)

    rule: str
    was: Level | None = Field(alias="from")
    to: Level | None


class ChangedView(BaseModel):
    """What came of it, or with `dry_run` what would come of it."""

    revision: int | None = Field(description="The revision that is made; null: none was.")
    digest: str = Field(description="Names all that memory says, or would say.")
    changed: list[ChangedRuleView] = Field(description="The rules whose levels are others.")


@router.post("/withdraw", summary="Take reports back", responses=_FAILURES)
async def withdraw(body: WithdrawRequest, request: Request) -> ChangedView:
    """Make the rules of a log that never held these reports; needs `policy:publish`.

    There may be fewer rules then. It is recorded as an act. With `dry_run` nothing is stored.
    """
    gone = Withdrawal(report=body.report_id, reporter=body.reporter, group=body.group)
    desk = _desk(request, body.tenant)
    return await _answered(desk.withdraw(gone, body.reason, dry_run=body.dry_run))


@router.post("/rollback", summary="Go back to a revision of memory", responses=_FAILURES)
async def rollback(body: RollbackRequest, request: Request) -> ChangedView:
    """Bring back the rules of a kept revision, byte by byte; needs `policy:publish`.

    What was reported since is held, and so is what comes, until it is released.
    """
    return await _answered(_desk(request, body.tenant).roll_back(body.revision, body.reason))


@router.post("/release", summary="Let held reports count", responses=_FAILURES)
async def release(body: ReleaseRequest, request: Request) -> ChangedView:
    """Make the rules anew with reports that were held; needs `policy:publish`."""
    desk = _desk(request, body.tenant)
    return await _answered(desk.release(body.reports or (), body.reporter))


@router.post("/rules/{rule_id}/reject", summary="Reject a learned rule", responses=_FAILURES)
async def reject(
    rule_id: Annotated[str, Path(pattern=RULE)], body: RejectRequest, request: Request
) -> ChangedView:
    """Let a rule go; it is not proposed again for 90 days, unless twice as much speaks for it.

    Nor is a rule by other words that nearly the same reports speak of. Needs `policy:publish`.
    """
    return await _answered(_desk(request, body.tenant).reject(rule_id, body.reason))


async def _answered(doing: Any) -> ChangedView:
    """Answer with what came of it; it may take longer than a decision may."""
    try:
        return ChangedView.model_validate(await doing)
    except (DrawbarError, *FAULTS) as error:
        raise Problem(503, "unavailable", "the store cannot be asked right now") from error


def _desk(request: Request, tenant: str | None) -> "Desk":
    """Return whoever asks at a tenant's memory: the operator's people may name any tenant."""
    from app.learning.undoing import Desk  # noqa: PLC0415 - most gateways learn nothing

    gateway, caller = who(request)
    whose = caller.key.tenant if tenant is None else tenant
    return Desk(gateway, learning_of(gateway), caller, whose)
