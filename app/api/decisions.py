"""Reading back what was decided."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from app.auth import BEARER, authenticate
from app.edges.http import ChangeView, ReasonView
from app.problems import Problem, responses
from app.wiring import Gateway
from memory.database import FAULTS
from memory.keys import Scope

router = APIRouter(prefix="/v1/decisions", tags=["decisions"], dependencies=[Depends(BEARER)])


class RequiredView(BaseModel):
    """What a rule required along with the call."""

    type: str
    to: str
    policy: str
    rule: str


class DecisionView(BaseModel):
    """A recorded decision."""

    id: str
    at: datetime
    edge: str
    subject: str | None
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
    changed_hmac: str | None = Field(
        description="The digest of the arguments as rules changed them."
    )
    changes: list[ChangeView]
    obligations: list[RequiredView]
    shadow: list[ReasonView] = Field(description="What rules in shadow mode would have said.")


@router.get(
    "/{decision_id}",
    summary="Read one recorded decision",
    responses=responses(401, 403, 404, 503),
)
async def one(decision_id: Annotated[str, Path(max_length=40)], request: Request) -> DecisionView:
    """Answer with a decision of the key's own subject, or of anyone with the scope `audit`."""
    gateway: Gateway = request.app.state.gateway
    caller = await authenticate(request)
    if Scope.AUDIT not in caller.key.scopes:
        caller.require(Scope.CHECK)
    try:
        async with asyncio.timeout(gateway.settings.deadline_ms / 1000):
            record = await gateway.records.get(decision_id)
    except FAULTS as error:
        raise Problem(503, "unavailable", "the store cannot be asked right now") from error
    if record is None or not caller.may_read(record.tenant, record.subject, record.key_id):
        raise Problem(404, "not_found", "there is no such decision")
    return DecisionView.model_validate(record, from_attributes=True)
