"""`/v1/acts`: what was done to the gateway itself, and by whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.decisions import answering
from app.auth import BEARER, authenticate
from app.problems import responses
from app.shapes import Id, Time
from app.wiring import Gateway
from memory.keys import Scope
from memory.records.act import By, What
from memory.records.acts import WantedActs, page

MOST: Final = 500
router = APIRouter(prefix="/v1/acts", tags=["decisions"], dependencies=[Depends(BEARER)])


class ActView(BaseModel):
    """A recorded act."""

    id: str
    at: datetime
    what: What
    by: By = Field(
        description="How it is known who it was; `os_user` is what the machine says of itself."
    )
    who: str = Field(description="The id of an API key, or a user and the machine's name.")
    about: str | None = Field(description="The key, decision, session or policy that it concerns.")
    subject: str | None
    session: str | None
    details: Mapping[str, Any] = Field(description="What else is kept; no secret and no value.")


class ActPageView(BaseModel):
    """Some acts, newest first."""

    acts: list[ActView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class Asked(BaseModel):
    """Which acts are looked for."""

    model_config = ConfigDict(extra="forbid")

    what: What | None = None
    who: str | None = Field(None, pattern=r"^[^\x00-\x1f]{1,128}$")
    subject: Id | None = None
    session: Id | None = None
    since: Time | None = Field(None, description="This moment, or later.")
    until: Time | None = Field(None, description="Before this moment.")
    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, pattern=r"^act_[0-9A-Z]{26}$")


@router.get("", summary="Find administrative acts", responses=responses(401, 403, 422, 503))
async def find(asked: Annotated[Asked, Query()], request: Request) -> ActPageView:
    """Answer with the newest acts of the tenant that fit; needs the scope `audit`."""
    gateway: Gateway = request.app.state.gateway
    caller = await authenticate(request)
    caller.require(Scope.AUDIT)
    told = asked.model_dump(exclude={"limit", "cursor", "what"})
    what = None if asked.what is None else (str(asked.what),)
    wanted = WantedActs(caller.key.tenant, what=what, **told, before=asked.cursor)
    async with answering(gateway):
        found = await page(gateway.database, wanted, asked.limit)
    acts = [ActView.model_validate(one, from_attributes=True) for one in found.found]
    return ActPageView(acts=acts, next=found.after)
