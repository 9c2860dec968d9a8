"""`/v1/glass`: a policy that stands by takes the place of another, for some time, by two people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from app.api.approvals import asking_the_store
from app.auth import BEARER, Caller
from app.deciding import breaking
from app.deciding.breaking import NoStandIn, TooLong
from app.edges.base import EdgeRoute
from app.granting import asking, operates
from app.problems import Problem, responses
from app.shapes import Strict, Tenant
from app.wiring import Gateway
from memory.glass.glass import LONGEST_REASON, GlassFault, NoGlass, NotYours, State, TooMuchGlass
from memory.glass.store import Kept
from memory.keys import Scope

MOST: Final = 500
_Named = Annotated[str, Path(pattern=r"^gls_[0-9A-Z]{26}$", description="Some glass.")]
_FAILURES: Final = responses(401, 403, 404, 408, 409, 413, 415, 422, 503)


class _GlassRoute(EdgeRoute):
    scope = Scope.ADMIN


router = APIRouter(
    prefix="/v1/glass", route_class=_GlassRoute, tags=["glass"], dependencies=[Depends(BEARER)]
)


class GlassView(BaseModel):
    """Some glass: what somebody asked to break, and what became of it."""

    id: str = Field(examples=["gls_01JD00000000000000000000000"])
    digest: str = Field(description="Of all that was asked; whoever confirms it names this.")
    state: State = Field(
        description="`asked` waits for another person, and has `lapsed` where nobody confirmed it; "
        "`broken` judges, until somebody `ended` it or its time is `over`; `void` no gateway wrote."
    )
    policy: str = Field(description="Whose place is taken.")
    stand_in: str = Field(description="The policy that judges in that place.")
    stand_in_digest: str = Field(description="What that policy said when it was asked for.")
    tenant: str | None = Field(description="For whose calls alone; null: for everybody's.")
    reason: str
    asked_at: datetime
    asked_by: str = Field(description="The key that asked for it.")
    asked_subject: str
    confirm_by: datetime = Field(description="Until then another person may confirm it.")
    until: datetime = Field(description="Then it is whole again, by itself.")
    confirmed_at: datetime | None
    confirmed_by: str | None = Field(description="The key of the second person.")
    confirmed_subject: str | None
    ended_at: datetime | None
    ended_by: str | None = Field(description="Who ended it; null where its time came.")


class AllGlassView(BaseModel):
    """Some glass, the newest first."""

    glass: list[GlassView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class AskRequest(Strict):
    """What is to take the place of what."""

    policy: str = Field(min_length=1, max_length=128, description="Whose place is to be taken.")
    seconds: int = Field(ge=1, le=14_400, description="For how long, from now on.")
    reason: str = Field(
        min_length=1,
        max_length=LONGEST_REASON,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Why, for people; it is recorded and sent to whoever is told.",
    )
    tenant: Tenant | None = Field(None, description="For the calls of this tenant alone.")


class ConfirmGlassRequest(Strict):
    """What is confirmed."""

    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


@router.get("", summary="List what glass was broken", responses=responses(401, 403, 422, 503))
async def listed(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    cursor: Annotated[str | None, Query(pattern=r"^gls_[0-9A-Z]{26}$")] = None,
) -> AllGlassView:
    """Answer with the newest; needs `admin` of the operator."""
    gateway, _ = _who(request)
    async with asking_the_store(gateway):
        found = await gateway.glasses.newest(limit + 1, cursor)
    more = found[limit - 1].glass.id if len(found) > limit else None
    return AllGlassView(glass=[shown(one, gateway.now()) for one in found[:limit]], next=more)


@router.post("", summary="Ask to break glass", status_code=201, responses=_FAILURES)
async def ask(body: AskRequest, request: Request) -> GlassView:
    """Ask that what stands by for a policy takes its place; needs `admin` of the operator.

    Nothing changes until another person confirms it, within 15 minutes. That person's key was
    there before this was asked. How long at most, the setting `glass_s` says.
    """
    gateway, caller = _who(request)
    wanted = breaking.Wanted(body.policy, timedelta(seconds=body.seconds), body.reason, body.tenant)
    async with _breaking(gateway):
        return shown(await breaking.ask(gateway, wanted, caller), gateway.now())


@router.post("/{name}/confirm", summary="Break glass", responses=_FAILURES)
async def confirm(name: _Named, body: ConfirmGlassRequest, request: Request) -> GlassView:
    """Confirm exactly what another person asked; needs `admin` of the operator.

    Each gateway of the store heeds it within about a second, until its time comes.
    """
    gateway, caller = _who(request)
    async with _breaking(gateway):
        return shown(await breaking.confirm(gateway, name, body.digest, caller), gateway.now())


@router.delete(
    "/{name}",
    summary="End what was broken",
    status_code=204,
    responses=responses(401, 403, 404, 422, 503),
)
async def end(name: _Named, request: Request) -> None:
    """Let the policy judge again whose place was taken; needs `admin` of the operator, once.

    What waits is taken back in the same way.
    """
    gateway, caller = _who(request)
    async with _breaking(gateway):
        await breaking.end(gateway, name, caller)


def _who(request: Request) -> tuple[Gateway, Caller]:
    """Return the gateway and who asks: policies are the operator's, and so is glass."""
    gateway, caller = asking(request)
    if not operates(caller):
        detail = "only an `admin` key of the operator's tenant breaks glass"
        raise Problem(403, "not_the_operator", detail)
    return gateway, caller


@asynccontextmanager
async def _breaking(gateway: Gateway) -> AsyncIterator[None]:
    """Say in a problem what stands against it."""
    async with asking_the_store(gateway):
        try:
            yield
        except NoGlass as error:
            raise Problem(404, "not_found", str(error)) from error
        except NotYours as error:
            raise Problem(403, "another_person", str(error)) from error
        except NoStandIn as error:
            raise Problem(404, "no_stand_in", str(error)) from error
        except TooLong as error:
            raise Problem(422, "too_long", str(error)) from error
        except TooMuchGlass as error:
            raise Problem(409, "too_much_glass", str(error)) from error
        except GlassFault as error:
            raise Problem(409, "other_glass", str(error)) from error


def shown(kept: Kept, now: datetime) -> GlassView:
    """Show some glass as it is now."""
    one = kept.glass
    names = ("policy", "stand_in", "stand_in_digest", "tenant", "reason", "until", "digest")
    told: dict[str, Any] = {name: getattr(one, name) for name in names}
    confirmed = one.confirmed_by
    return GlassView(
        **told,
        id=one.id,
        state=kept.state(now),
        asked_at=one.asked_at,
        asked_by=one.asked_by.key,
        asked_subject=one.asked_by.subject,
        confirm_by=one.confirm_by,
        confirmed_at=one.confirmed_at,
        confirmed_by=None if confirmed is None else confirmed.key,
        confirmed_subject=None if confirmed is None else confirmed.subject,
        ended_at=kept.ended_at,
        ended_by=kept.ended_by,
    )
