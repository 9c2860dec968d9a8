"""`/v1/memory/soften`: whether a person is asked where models alone denied."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from app.api.approvals import asking_the_store
from app.api.memory import NEEDS, PREFIX, Whose, learning_of
from app.api.memory_acts import Reason
from app.edges.base import EdgeRoute
from app.problems import Problem, responses
from app.publishing.requests import ReadRoute, who
from app.shapes import Strict, Tenant
from dsl.errors import DrawbarError
from memory.database import FAULTS
from memory.learning.softening import Soften
from memory.scopes import Scope

_Soften = Literal["off", "ask"]


class _AdminRoute(EdgeRoute):
    scope = Scope.ADMIN


reads = APIRouter(prefix=PREFIX, route_class=ReadRoute, tags=["memory"], dependencies=NEEDS)
changes = APIRouter(prefix=PREFIX, route_class=_AdminRoute, tags=["memory"], dependencies=NEEDS)


class SoftenRequest(Strict):
    """Whether memory may soften, and why."""

    soften: _Soften = Field(
        description="`ask`: a person is asked where models alone denied and a nomination holds. "
        "`off`: the denial stands."
    )
    reason: Reason
    tenant: Tenant | None = None


class SofteningView(BaseModel):
    """What was said last, and what softens by it at this gateway."""

    tenant: str
    soften: _Soften = Field(description="What was said last, as far as it is believed.")
    seq: int | None = Field(description="Which word of this tenant it is; null: none was said.")
    at: datetime | None
    by: str | None = Field(description="The key that said it.")
    reason: str | None
    why_not: str | None = Field(description="Why nothing is softened; null: what holds softens.")
    overlay: str | None = Field(
        description="The name that the rules have in decisions, where there are any."
    )
    rules: list[str] = Field(description="The nominations that soften.")


@reads.get(
    "/soften",
    summary="Read whether memory softens",
    responses=responses(401, 403, 409, 422, 503),
)
async def read_softening(whose: Annotated[Whose, Query()], request: Request) -> SofteningView:
    """Answer with what was said last, and what softens here; needs `policy:read`."""
    from app.learning.softening import standing  # noqa: PLC0415 - most gateways learn nothing

    gateway, caller = who(request)
    learning = learning_of(gateway)
    tenant = caller.key.tenant if whose.tenant is None else whose.tenant
    async with asking_the_store(gateway):
        await learning.take_up()
    return SofteningView.model_validate(standing(learning, tenant))


@changes.post(
    "/soften",
    summary="Let memory soften, or no longer",
    responses=responses(401, 403, 408, 409, 413, 415, 422, 503),
)
async def soften(body: SoftenRequest, request: Request) -> SofteningView:
    """Have a person asked where models alone denied, or have such denials stand; needs `admin`.

    It is for people of the operator, signed and recorded as an act. It reaches no other denial, and
    lets nothing pass by itself.
    """
    from app.learning.softening import switched  # noqa: PLC0415 - most gateways learn nothing
    from app.learning.undoing import Desk  # noqa: PLC0415 - as above

    gateway, caller = who(request)
    tenant = caller.key.tenant if body.tenant is None else body.tenant
    desk = Desk(gateway, learning_of(gateway), caller, tenant)
    try:
        found = await switched(desk, Soften(body.soften), body.reason)
    except (DrawbarError, *FAULTS) as error:
        raise Problem(503, "unavailable", "the store cannot be asked right now") from error
    return SofteningView.model_validate(found)
