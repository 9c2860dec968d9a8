"""`/v1/keys`: who may ask this gateway for what."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from app.api.approvals import asking_the_store
from app.auth import BEARER
from app.edges.base import EdgeRoute
from app.granting import asking, check_grant, tenant_of
from app.problems import Problem, responses
from app.shapes import Id, Strict, Tenant
from app.wiring import Gateway
from memory.key import MOST_RATE
from memory.keys import ApiKey, KeyRotated, Made, NewKey, Scope, ScopeError

MOST: Final = 500
MOST_ROLES: Final = 100
LONGEST_KEEP: Final = 30 * 86_400
KeyId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_]+$")]
_Whose = Annotated[Tenant | None, Query(description="Another tenant: for the operator alone.")]


class _KeyRoute(EdgeRoute):
    scope = Scope.ADMIN


router = APIRouter(
    prefix="/v1/keys", route_class=_KeyRoute, tags=["keys"], dependencies=[Depends(BEARER)]
)


class KeyView(BaseModel):
    """A key, without its secret."""

    id: str
    tenant: str
    name: str
    subject: str
    agent: str | None
    roles: list[str]
    scopes: list[Scope]
    trusts_not_run: bool
    state: str = Field(description="`active`, `expired` or `revoked`.")
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To a minute or so, and a minute late.")
    rotated_at: datetime | None = Field(description="Since when another key has its place.")
    rate: float | None = Field(description="Requests a second; null: as the settings say.")
    burst: int | None


class KeysView(BaseModel):
    """Some keys, newest first."""

    keys: list[KeyView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class MadeView(BaseModel):
    """A key that was made."""

    key: KeyView
    secret: str = Field(description="What is sent as a bearer token. It is never shown again.")


class CreateRequest(Strict):
    """A key to make."""

    name: str = Field(pattern=r"^[^\x00-\x1f\x7f]{1,128}$", description="What people call it.")
    scopes: list[Annotated[Scope, Field(strict=False)]] = Field(min_length=1, max_length=len(Scope))
    tenant: Tenant | None = Field(None, description="Another tenant: for the operator alone.")
    subject: Id | None = Field(None, description="On whose behalf its calls are made; else its id.")
    agent: Id | None = Field(None, description="Which agent its calls are made by.")
    roles: list[Id] = Field([], max_length=MOST_ROLES, description="Roles of its subject.")
    trusts_not_run: bool = Field(
        default=False, description="Believe it when it says that an allowed call never ran."
    )
    expires_at: AwareDatetime | None = Field(
        None, strict=False, description="From then on it is refused as if it were unknown."
    )
    rate: float | None = Field(
        None, strict=False, gt=0, le=MOST_RATE, description="Requests a second that it may send."
    )
    burst: int | None = Field(
        None, ge=1, le=int(MOST_RATE), description="How many of them at once; needs `rate`."
    )


class RotateRequest(Strict):
    """How long the old secret works on."""

    keep_s: int = Field(86_400, ge=0, le=LONGEST_KEEP)


@router.get("", summary="List keys", responses=responses(401, 403, 422, 503))
async def listed(
    request: Request,
    tenant: _Whose = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    cursor: Annotated[str | None, Query(pattern=r"^k_[0-9A-Z]{26}$")] = None,
) -> KeysView:
    """Answer with the newest keys of the tenant, also those that are over; needs `admin`."""
    gateway, caller = asking(request)
    whose = tenant_of(caller, tenant)
    async with asking_the_store(gateway):
        found = await gateway.keys.page(whose, limit + 1, cursor)
    shown = found[:limit]
    more = shown[-1].id if len(found) > limit else None
    return KeysView(keys=[_view(one, gateway.now()) for one in shown], next=more)


@router.post(
    "",
    summary="Make a key",
    status_code=201,
    responses=responses(401, 403, 408, 413, 415, 422, 503),
)
async def create(body: CreateRequest, request: Request, response: Response) -> MadeView:
    """Make a key and show its secret, this once; needs the scope `admin`.

    An `admin` key of the operator's tenant, `default`, makes keys for any tenant. That of another
    tenant makes keys for its own, with no scope that it lacks itself.
    """
    gateway, caller = asking(request)
    told = body.model_dump(exclude={"tenant", "scopes", "roles"})
    new = NewKey(
        scopes=frozenset(body.scopes),
        roles=tuple(body.roles),
        tenant=tenant_of(caller, body.tenant),
        **told,
    )
    check_grant(caller, new, gateway.limits)
    async with asking_the_store(gateway):
        try:
            made = await gateway.keys.make(new, gateway.now(), caller.actor)
        except ScopeError as error:
            raise Problem(422, "invalid_request", str(error)) from error
    return _shown(made, gateway, response)


@router.delete(
    "/{key_id}",
    summary="Revoke a key",
    status_code=204,
    responses=responses(401, 403, 404, 422, 503),
)
async def revoke(key_id: KeyId, request: Request, tenant: _Whose = None) -> None:
    """Refuse a key from now on; needs `admin`. Sent again, it is answered alike."""
    gateway, caller = asking(request)
    whose = tenant_of(caller, tenant)
    async with asking_the_store(gateway):
        if not await gateway.keys.revoke(key_id, gateway.now(), caller.actor, whose):
            await _stored(gateway, key_id, whose)
    await gateway.ring.forget()


@router.post(
    "/{key_id}/rotate",
    summary="Give a key a new secret",
    status_code=201,
    responses=responses(401, 403, 404, 408, 409, 413, 415, 422, 503),
)
async def rotate(
    key_id: KeyId,
    body: RotateRequest,
    request: Request,
    response: Response,
    tenant: _Whose = None,
) -> MadeView:
    """Make a key with the rights of another, which works on for `keep_s` seconds; needs `admin`.

    The new key has an id of its own, and lasts as long as the old one was made for. A key that was
    rotated before is not rotated again (`key_rotated`).
    """
    gateway, caller = asking(request)
    whose = tenant_of(caller, tenant)
    async with asking_the_store(gateway):
        old = await _stored(gateway, key_id, whose)
        check_grant(caller, _rights(old), gateway.limits)
        keep = timedelta(seconds=body.keep_s)
        try:
            made = await gateway.keys.rotate(key_id, keep, gateway.now(), caller.actor)
        except KeyRotated as error:
            raise Problem(409, "key_rotated", str(error)) from error
        except ScopeError as error:
            raise Problem(422, "invalid_request", str(error)) from error
    if made is None:
        raise Problem(409, "key_over", "the key is revoked or expired; make a new one")
    await gateway.ring.forget()
    return _shown(made, gateway, response)


async def _stored(gateway: Gateway, key_id: str, tenant: str) -> ApiKey:
    """Return a key of a tenant; those of others do not exist."""
    found = await gateway.keys.stored(key_id, tenant)
    if found is None:
        raise Problem(404, "not_found", "there is no such key")
    return found


def _rights(key: ApiKey) -> NewKey:
    return NewKey(
        key.name,
        key.scopes,
        trusts_not_run=key.trusts_not_run,
        rate=key.rate,
        burst=key.burst,
    )


def _shown(made: Made, gateway: Gateway, response: Response) -> MadeView:
    response.headers["Cache-Control"] = "no-store"
    return MadeView(key=_view(made.key, gateway.now()), secret=made.secret)


def _view(key: ApiKey, now: datetime) -> KeyView:
    return KeyView(
        id=key.id,
        tenant=key.tenant,
        name=key.name,
        subject=key.subject,
        agent=key.agent,
        roles=list(key.roles),
        scopes=sorted(key.scopes),
        trusts_not_run=key.trusts_not_run,
        state=key.state(now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        rotated_at=key.rotated_at,
        rate=key.rate,
        burst=key.burst,
    )
