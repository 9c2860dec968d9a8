"""Opening a session, narrowing it, looking at it."""

import asyncio
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from app.api.observe import owner_of
from app.auth import BEARER, Caller
from app.deciding import narrowing
from app.deciding.sessioning import delete_session, in_session, joined_session, owner_of_session
from app.edges.base import EdgeRoute
from app.problems import FieldError, Problem, responses
from app.shapes import AgentClaim, Id, Strict, SubjectClaim
from app.wiring import Gateway
from dsl.errors import Finding, Source
from memory.ids import new_id
from memory.keys import Scope
from memory.sessions import events
from memory.sessions.sessions import Turn

# As JSON Schema says what `_named_or_joined` holds.
_BOTH: Final[JsonValue] = {
    "properties": {"session": {"type": "string"}, "join": {"const": True}},
    "required": ["session", "join"],
}


class OpenRequest(Strict):
    """A session to open."""

    model_config = ConfigDict(json_schema_extra={"not": _BOTH})

    session: Id | None = Field(None, description="Its name; without one the gateway makes it.")
    join: bool = Field(
        default=False,
        description="Return the one session of the subject and the agent that is open, if any.",
    )
    subject: SubjectClaim | None = None
    agent: AgentClaim | None = None

    @model_validator(mode="after")
    def _named_or_joined(self) -> "OpenRequest":
        if self.join and self.session is not None:
            message = "give `session` or `join`, not both"
            raise ValueError(message)
        return self


class SessionView(BaseModel):
    """What a session has seen, without any words of it."""

    session: str
    opened_at: datetime
    last_at: datetime
    user_messages: int
    calls: list[str] = Field(description="The ids of the calls that were let through.")
    overlays: list[str] = Field(description="The rules that were added to it, by their policy.")


class OverlayRequest(Strict):
    """Rules for one session; they can only narrow."""

    subject: SubjectClaim | None = None
    agent: AgentClaim | None = None
    text: str = Field(
        max_length=narrowing.MOST_TEXT,
        description="An `overlay` of the policy language: `ask` and `deny` rules.",
        examples=["overlay task version 1; rule no_mail: deny send_email;"],
    )


class _SessionRoute(EdgeRoute):
    scope = Scope.ASSERT_SESSION


class _LookRoute(EdgeRoute):
    scope = None  # either of two


class _DeleteRoute(EdgeRoute):
    scope = Scope.ADMIN


router = APIRouter(
    prefix="/v1/sessions",
    route_class=_SessionRoute,
    tags=["sessions"],
    dependencies=[Depends(BEARER)],
)
looks = APIRouter(
    prefix="/v1/sessions",
    route_class=_LookRoute,
    tags=["sessions"],
    dependencies=[Depends(BEARER)],
)
deletes = APIRouter(
    prefix="/v1/sessions",
    route_class=_DeleteRoute,
    tags=["sessions"],
    dependencies=[Depends(BEARER)],
)
Name = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
FAILURES = responses(401, 403, 408, 409, 410, 413, 415, 422, 503)


@router.post("", summary="Open a session", responses=FAILURES)
async def open_session(body: OpenRequest, request: Request) -> SessionView:
    """Open a session, or return the one of this name that is open.

    With `join` the one that the subject and the agent have open is returned, and one is opened
    where they have none; where they have several, the answer is 409 `several_sessions`.
    """
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    now = gateway.now()
    owner = owner_of(caller, body.subject, body.agent)
    joined = await joined_session(gateway, owner) if body.join else None
    name = joined or body.session or new_id("s", now)
    async with in_session(gateway, owner, name, now) as visit:
        turn = visit.turn
        return _view(name, turn)


@router.put("/{name:path}/overlay", summary="Narrow a session", responses=FAILURES)
async def narrow(name: Name, body: OverlayRequest, request: Request) -> SessionView:
    """Add rules that hold until the session ends; a second overlay joins the first."""
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    owner = owner_of(caller, body.subject, body.agent)
    source, found = await asyncio.to_thread(narrowing.faults, body.text)
    if found:
        errors = tuple(FieldError(path="/text", message=_told(source, one)) for one in found[:20])
        detail = "the text cannot narrow a session"
        raise Problem(422, "invalid_overlay", detail, errors=errors)
    now = gateway.now()
    async with in_session(gateway, owner, name, now) as visit:
        turn = visit.turn
        if turn.session is not None and not narrowing.fits(body.text, turn.session):
            raise Problem(422, "invalid_overlay", "the session has as many rules as it may have")
        turn.take(events.narrowed(new_id("o", now), now, body.text))
        return _view(name, turn)


@looks.get(
    "/{name:path}", summary="Look at a session", responses=responses(401, 403, 404, 409, 410, 503)
)
async def look(name: Name, request: Request) -> SessionView:
    """Tell what a session of the key's own subject has seen, or any with the scope `audit`."""
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    if Scope.AUDIT not in caller.key.scopes:
        caller.require(Scope.CHECK)
    owner = await owner_of_session(gateway, caller.key.tenant, name)
    if owner is None or not caller.may_read(owner.tenant, owner.subject):
        raise Problem(404, "not_found", "there is no such session")
    async with in_session(gateway, owner, name, gateway.now()) as visit:
        turn = visit.turn
        return _view(name, turn)


@deletes.delete(
    "/{name:path}",
    summary="Delete a session",
    status_code=204,
    responses=responses(401, 403, 404, 503),
)
async def delete(name: Name, request: Request) -> None:
    """End a session for good and destroy what was said and given back in it.

    Its name is refused from then on (410). Its calls still count per subject, agent and tenant.
    Sent again, it is answered alike. Each time is an act of its own in `GET /v1/acts`.
    """
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    if not await delete_session(gateway, caller.key.tenant, name, caller.actor, gateway.now()):
        raise Problem(404, "not_found", "there is no such session")


def _told(source: Source, finding: Finding) -> str:
    line, column = source.position(finding.span.start)
    return f"line {line}, column {column}: {finding.message}"


def _view(name: str, turn: Turn) -> SessionView:
    session = turn.session
    if session is None:  # one that is over has no turn
        raise Problem(409, "session_over", "the session is over; open a new one")
    return SessionView(
        session=name,
        opened_at=session.opened_at,
        last_at=session.last_at,
        user_messages=len(session.texts),
        calls=list(session.let_through()),
        overlays=[one.policy.name for one in session.overlays],
    )
