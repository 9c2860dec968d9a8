"""`POST /v1/observe`: what happens around the calls of a session."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from app.auth import BEARER, Caller
from app.deciding.observing import Observed
from app.deciding.telling import Came, NotRun, Reply, Said, Seat, tell
from app.edges.base import EdgeRoute, exactly
from app.edges.http import measured
from app.problems import responses
from app.shapes import AgentClaim, ChangeView, Id, ReasonView, Strict, SubjectClaim, view
from app.wiring import Gateway
from dsl import strictjson
from dsl.model import Effect, ReasonCode, Subject
from memory.keys import Scope
from memory.sessions.session import Owner

MOST_EVENTS: Final = 256
PATH: Final = "/v1/observe"
EDGE: Final = "http"


class UserEvent(Strict):
    """The user wrote something; needs the scope `observe.user`."""

    type: Literal["user"]
    id: Id
    text: str = Field(max_length=strictjson.MAX_STRING)


class ResultEvent(Strict):
    """A call came back; needs the scope `observe`."""

    type: Literal["result"]
    id: Id
    call_id: Id
    result: Any
    is_error: bool = False


class ReplyEvent(Strict):
    """The agent is about to write to a person; needs the scope `observe`."""

    type: Literal["reply"]
    id: Id
    text: str = Field(max_length=strictjson.MAX_STRING)


class NotRunEvent(Strict):
    """A call that was let through never ran; needs the scope `observe`, and a key trusted for it.

    Anything but `effect: allow` means: the call stays counted, and `message` says why.
    """

    type: Literal["not_run"]
    id: Id
    call_id: Id


Event = UserEvent | ResultEvent | ReplyEvent | NotRunEvent


class ObserveRequest(Strict):
    """What happened, in its order. An event sent twice, by its `id`, happened once."""

    session: Id = Field(description="Needs the scope `assert.session`.")
    subject: SubjectClaim | None = None
    agent: AgentClaim | None = None
    events: list[Annotated[Event, Field(discriminator="type")]] = Field(
        min_length=1, max_length=MOST_EVENTS
    )


class ObservedView(BaseModel):
    """What is said of one event. Anything but `effect: allow` means: do not show it.

    Of `not_run` it means: the call stays counted.
    """

    id: str
    effect: Effect
    reason: ReasonCode
    message: str = Field(description="What to show instead, where it may not be shown.")
    changed: Any = Field(description="Only where rules changed it: show this instead.")
    changes: list[ChangeView]
    reasons: list[ReasonView]


class ObserveAnswer(BaseModel):
    """What is said of each event, in their order."""

    events: list[ObservedView]


class _ObserveRoute(EdgeRoute):
    scope = None  # it depends on what is sent


router = APIRouter(route_class=_ObserveRoute, tags=["sessions"], dependencies=[Depends(BEARER)])


@router.post(
    PATH,
    summary="Tell what happened in a session",
    response_model=ObserveAnswer,
    responses=responses(401, 403, 408, 409, 410, 413, 415, 422, 500, 503),
)
async def observe(body: ObserveRequest, request: Request) -> Response:
    """Take in what the user said, what came back, and what the agent is about to reply.

    The next decision of the session knows it.
    """
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    owner = owner_of(caller, body.subject, body.agent)
    for event in body.events:
        caller.require(Scope.OBSERVE_USER if event.type == "user" else Scope.OBSERVE)
    roles = tuple(body.subject.roles) if body.subject else ()
    seat = Seat(EDGE, caller, owner, body.session, roles)
    seen = await tell(gateway, seat, [_told(*one, caller) for one in enumerate(body.events)])
    return exactly(ObserveAnswer(events=[_view(one) for one in seen]))


def owner_of(caller: Caller, subject: SubjectClaim | None, agent: AgentClaim | None) -> Owner:
    """Return whose session is named, as far as the key may name it."""
    caller.require(Scope.ASSERT_SESSION)
    claimed = Subject(subject.id, tuple(subject.roles)) if subject else None
    return Owner(
        caller.key.tenant, caller.subject(claimed).id, caller.agent(agent.id if agent else None)
    )


def _told(at: int, event: Event, caller: Caller) -> Said | Came | Reply | NotRun:
    match event:
        case UserEvent():
            return Said(event.id, event.text)
        case ResultEvent():
            measured(event.result, f"/events/{at}/result")
            return Came(event.id, event.call_id, event.result, event.is_error)
        case ReplyEvent():
            return Reply(event.id, event.text)
        case NotRunEvent():
            return NotRun(event.id, event.call_id, caller.key.trusts_not_run)


def _view(one: Observed) -> ObservedView:
    verdict = one.verdict
    return ObservedView(
        id=one.id,
        effect=verdict.effect,
        reason=verdict.code,
        message=one.message,
        changed=verdict.changed,
        changes=[ChangeView(path=each.path, kind=each.kind) for each in verdict.changes],
        reasons=[view(reason) for reason in verdict.reasons],
    )
