"""`/v1/freezes`: whose calls are all denied, at once and at every gateway of the store."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.approvals import asking_the_store
from app.auth import BEARER, Caller
from app.edges.base import EdgeRoute
from app.granting import asking, operates, tenant_of
from app.problems import Problem, responses
from app.shapes import Id, Strict, Tenant
from memory.freezes.store import LONGEST_REASON, Kind, TooManyFreezes, Whom
from memory.keys import DEFAULT_TENANT, Scope

_OTHER: Final = "Another tenant: for the operator alone."
_Whose = Annotated[Tenant | None, Query(description=_OTHER)]


class _FreezeRoute(EdgeRoute):
    scope = Scope.ADMIN


router = APIRouter(
    prefix="/v1/freezes", route_class=_FreezeRoute, tags=["freezes"], dependencies=[Depends(BEARER)]
)


class FreezeView(BaseModel):
    """One that is frozen."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(examples=["frz_01JD00000000000000000000000"])
    tenant: str
    kind: Kind
    name: str = Field(description="The agent, subject or tenant.")
    reason: str
    at: datetime
    who: str = Field(description="The key, or the user of the machine, that froze it.")
    set_by: str = Field(description="The tenant whose `admin` may thaw it, beside the operator.")


class FreezesView(BaseModel):
    """All that are frozen, newest first."""

    freezes: list[FreezeView]


class FreezeRequest(Strict):
    """Who is to be frozen."""

    kind: Annotated[Kind, Field(strict=False)]
    name: Id | None = Field(None, description="The agent or subject; of a tenant, left out.")
    tenant: Tenant | None = Field(None, description=_OTHER)
    reason: str = Field(
        "", max_length=LONGEST_REASON, pattern=r"^[^\x00-\x1f\x7f]*$", description="For people."
    )


@router.get("", summary="List who is frozen", responses=responses(401, 403, 422, 503))
async def listed(request: Request, tenant: _Whose = None) -> FreezesView:
    """Answer with all that are frozen in a tenant; needs `admin`.

    The operator sees those of every tenant, unless one is named.
    """
    gateway, caller = asking(request)
    everywhere = tenant is None and operates(caller)
    async with asking_the_store(gateway):
        found = await gateway.freezes.all(None if everywhere else tenant_of(caller, tenant))
    return FreezesView(freezes=[FreezeView.model_validate(one) for one in found])


@router.post(
    "",
    summary="Freeze an agent, a subject or a tenant",
    responses=responses(401, 403, 408, 409, 413, 415, 422, 503),
)
async def freeze(body: FreezeRequest, request: Request) -> FreezeView:
    """Deny all that somebody asks for from now on (`frozen`); needs `admin`.

    Each gateway of the store does so within about a second. Who is frozen already stays so. What
    the operator froze, a tenant cannot thaw. A tenant's own are 1,000 at most (`too_many_freezes`).
    """
    gateway, caller = asking(request)
    whom = _whom(caller, body.kind, body.name, body.tenant)
    async with asking_the_store(gateway):
        by, set_by = caller.actor, _set_by(caller)
        try:
            made = await gateway.freezes.freeze(whom, body.reason, gateway.now(), by, set_by)
        except TooManyFreezes as error:
            raise Problem(409, "too_many_freezes", str(error)) from error
        await gateway.freezing.read()
    return FreezeView.model_validate(made)


@router.delete(
    "",
    summary="Thaw an agent, a subject or a tenant",
    status_code=204,
    responses=responses(401, 403, 404, 422, 503),
)
async def thaw(
    request: Request,
    kind: Kind,
    name: Annotated[Id | None, Query(description="The agent or subject.")] = None,
    tenant: _Whose = None,
) -> None:
    """Decide again what somebody asks for; needs `admin`, of the tenant that froze it."""
    gateway, caller = asking(request)
    whom = _whom(caller, kind, name, tenant)
    async with asking_the_store(gateway):
        thawed = await gateway.freezes.thaw(whom, gateway.now(), caller.actor, _set_by(caller))
        await gateway.freezing.read()
    if thawed is None:
        raise Problem(404, "not_found", "nobody of that name is frozen, or not by your tenant")


def _whom(caller: Caller, kind: Kind, name: str | None, tenant: str | None) -> Whom:
    whose = tenant_of(caller, tenant)
    if (name is None) != (kind is Kind.TENANT):
        detail = "name the agent or subject; a tenant is named by `tenant` alone"
        raise Problem(422, "invalid_request", detail)
    return Whom(whose, kind, name or whose)


def _set_by(caller: Caller) -> str:
    """Return whose freeze it is: the operator's, or that of a tenant over itself."""
    return DEFAULT_TENANT if operates(caller) else caller.key.tenant
