"""Reading back what was decided."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.auth import BEARER, authenticate
from app.deciding.explaining import explained
from app.problems import Problem, responses
from app.shapes import ChangeView, Id, ReasonView, Time
from app.wiring import Gateway
from dsl.model import Effect
from memory.database import FAULTS
from memory.keys import Scope
from memory.records.query import Wanted, page

MOST: Final = 500

router = APIRouter(prefix="/v1/decisions", tags=["decisions"], dependencies=[Depends(BEARER)])


class RequiredView(BaseModel):
    """What a rule required along with the call."""

    type: str
    to: str
    policy: str
    rule: str
    carried: bool = Field(default=False, description="Whether the gateway does it itself.")


class AtomView(BaseModel):
    """A question that the decision asked of what is known, and the answer it was given."""

    question: str
    about: dict[str, str]
    answer: Any
    value: Any = Field(None, description="A keyed digest of the value that was asked about.")


class DecisionView(BaseModel):
    """A recorded decision."""

    id: str
    at: datetime
    edge: str
    phase: str = Field(description="`call`, or `result` or `reply` that was told of.")
    key_id: str
    subject: str | None
    roles: list[str]
    agent: str | None
    session: str | None
    call_id: str
    server: str | None
    tool: str
    args_hmac: str
    effect: str
    reason: str
    reasons: list[ReasonView]
    message: str
    revision: str | None
    dry_run: bool
    engine: str
    content_hmac: str | None = Field(description="The digest of a result or reply.")
    changed_hmac: str | None = Field(
        description="The digest of the arguments, result or reply as rules changed it."
    )
    changes: list[ChangeView]
    obligations: list[RequiredView]
    would: str | None = Field(
        description="The effect if no policy were only observing, where that is another."
    )
    observe_until: datetime | None
    shadow: list[ReasonView] = Field(
        description="What rules in shadow mode would have said, and those that only observe."
    )
    approval: dict[str, Any] | None = Field(
        description="The approval it waits for, or rests on, as it stood then."
    )
    revision_digest: str | None = Field(
        description="The digest of the policies that decided; `/v1/revisions/` has them."
    )
    first: str | None = Field(
        description="The decision of the seat before, where this one takes it over."
    )
    glass: list[str] = Field(
        description="The glass that was broken, where a policy judged in place of another."
    )
    atoms: list[AtomView] = Field(description="What the decision asked, each with its answer.")


class ExplainedView(DecisionView):
    """A recorded decision, and why it came out so in words."""

    explanation: list[str]


class PageView(BaseModel):
    """Some decisions, newest first."""

    decisions: list[DecisionView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class Asked(BaseModel):
    """Which decisions are looked for."""

    model_config = ConfigDict(extra="forbid")

    subject: Id | None = None
    agent: Id | None = None
    session: Id | None = None
    tool: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_./-]{1,257}$", description="With its server: `bank/pay`."
    )
    effect: Effect | None = None
    rule: str | None = Field(
        None, max_length=257, description="The first that decided, with its policy: `bank/small`."
    )
    would: Effect | None = Field(
        None, description="What would be, if no policy were only observing."
    )
    glass: str | None = Field(
        None, pattern=r"^gls_[0-9A-Z]{26}$", description="While this glass was broken."
    )
    since: Time | None = Field(None, description="This moment, or later.")
    until: Time | None = Field(None, description="Before this moment.")
    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, pattern=r"^d_[0-9A-Z]{26}$")


@router.get("", summary="Find recorded decisions", responses=responses(401, 403, 422, 503))
async def find(asked: Annotated[Asked, Query()], request: Request) -> PageView:
    """Answer with the newest decisions of the tenant that fit; needs the scope `audit`."""
    gateway: Gateway = request.app.state.gateway
    caller = await authenticate(request)
    caller.require(Scope.AUDIT)
    told = asked.model_dump(exclude={"limit", "cursor"})
    wanted = Wanted(caller.key.tenant, **told, before=asked.cursor)
    async with answering(gateway):
        found = await page(gateway.database, wanted, asked.limit)
    decisions = [DecisionView.model_validate(one, from_attributes=True) for one in found.found]
    return PageView(decisions=decisions, next=found.after)


@asynccontextmanager
async def answering(gateway: Gateway, seconds: float | None = None) -> AsyncIterator[None]:
    """Refuse where the store fails or is slow."""
    try:
        async with asyncio.timeout(seconds or gateway.settings.deadline_ms / 1000):
            yield
    except FAULTS as error:
        raise Problem(503, "unavailable", "the store cannot be asked right now") from error


@router.get(
    "/{decision_id}",
    summary="Read one recorded decision",
    responses=responses(401, 403, 404, 503),
)
async def one(decision_id: Annotated[str, Path(max_length=40)], request: Request) -> ExplainedView:
    """Answer with a decision of the key's own subject, or of anyone with the scope `audit`."""
    gateway: Gateway = request.app.state.gateway
    caller = await authenticate(request)
    if Scope.AUDIT not in caller.key.scopes:
        caller.require(Scope.CHECK)
    async with answering(gateway):
        record = await gateway.records.get(decision_id)
    if record is None or not caller.may_read(record.tenant, record.subject, record.key_id):
        raise Problem(404, "not_found", "there is no such decision")
    view = DecisionView.model_validate(record, from_attributes=True)
    return ExplainedView(**view.model_dump(), explanation=explained(record))
