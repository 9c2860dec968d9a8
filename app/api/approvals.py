"""`/v1/approvals`: what people are asked, and their answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from app.approvals.deciding import decide
from app.approvals.difference import difference
from app.approvals.speaking import answer_for_user, speaks
from app.auth import BEARER, Caller
from app.edges.base import EdgeRoute, exactly
from app.problems import Problem, responses
from app.shapes import Moment, Strict
from app.wiring import Gateway
from dsl.errors import DrawbarError
from memory.approvals.approval import Answer, Status, StoredApproval
from memory.approvals.store import Wanted
from memory.database import FAULTS
from memory.keys import Scope

MOST: Final = 200
COMMENT: Final = 1000
READERS: Final = frozenset((Scope.APPROVE, Scope.AUDIT))


class AnswerRequest(Strict):
    """What a person says of an approval."""

    comment: str | None = Field(
        None, max_length=COMMENT, description="Words for the agent, if it is rejected."
    )


class NoWords(Strict):
    """Nothing beside the answer itself."""


class AnswerView(BaseModel):
    """What is needed of one person, and what that person said."""

    kind: str = Field(description="`user`, `role` or `any`.")
    role: str | None
    status: str = Field(description="`pending`, `approved` or `rejected`.")
    by: str | None = Field(description="The subject of the key that answered.")
    key: str | None = Field(description="The id of that key.")
    at: Moment | None
    comment: str | None


class DifferenceView(BaseModel):
    """A place that held something else in the call of this tool that was approved last."""

    path: str
    before: str | None
    now: str | None


class ShownView(BaseModel):
    """What people are shown to decide by."""

    args: dict[str, Any]
    changed: dict[str, Any] | None = Field(description="The arguments as rules would change them.")
    changes: list[dict[str, Any]]
    context: dict[str, Any]
    rules: list[dict[str, Any]] = Field(description="The rules that ask, and why.")
    softened: list[dict[str, Any]] = Field(
        [],
        description="The rules by which models denied the call, where memory asks a person "
        "instead.",
    )
    texts: list[dict[str, Any]] = Field(description="The same rules as they are written.")
    origins: list[dict[str, Any]] = Field(
        description="Where each value was met: `levels` surely, `perhaps` where nobody can tell."
    )
    advice: list[str] = Field(
        description="What memory knows of calls like it that asks nobody yet, in a sentence each."
    )
    last: str | None = Field(description="The approval of this tool that was used last.")
    difference: list[DifferenceView] = Field(description="How this call differs from that one.")


class ApprovalView(BaseModel):
    """An approval. `shown` is there for those who may decide it, or audit."""

    id: str = Field(examples=["apr_01JD00000000000000000000000"])
    status: Status
    needs: list[AnswerView]
    created_at: Moment
    expires_at: Moment
    decided_at: Moment | None
    used_at: Moment | None
    used_by: str | None = Field(description="The decision that let the call through.")
    edge: str
    subject: str | None
    agent: str | None
    session: str | None
    server: str | None
    tool: str
    call_id: str
    url: str
    shown: ShownView | None


class ApprovalsView(BaseModel):
    """Approvals, newest first."""

    approvals: list[ApprovalView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class _Route(EdgeRoute):
    scope = None  # either of several


router = APIRouter(
    prefix="/v1/approvals",
    route_class=_Route,
    tags=["approvals"],
    dependencies=[Depends(BEARER)],
)
NAME: Final = r"^[A-Za-z0-9_]+$"
Id = Annotated[str, Path(max_length=40, pattern=NAME)]
FAILURES = responses(401, 403, 404, 408, 409, 413, 415, 422, 503)


@router.get(
    "",
    summary="List approvals",
    response_model=ApprovalsView,
    responses=responses(401, 403, 422, 503),
)
async def listed(
    request: Request,
    status: Annotated[Status | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=40, pattern=NAME)] = None,
    before: Annotated[
        str | None,
        Query(max_length=40, pattern=NAME, deprecated=True, description="As `cursor`."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """Answer with the approvals of the key's own subject; with `approve` or `audit`, with all."""
    gateway: Gateway = request.app.state.gateway
    caller = reader(request)
    whose = None if READERS & caller.key.scopes else caller.key.subject
    wanted = Wanted(caller.key.tenant, whose, status, cursor or before, limit)
    async with asking_the_store(gateway):
        found = await gateway.approving.approvals.listed(wanted, gateway.now())
    views = [await view(gateway, one, None) for one in found]
    more = found[-1].id if len(found) == limit else None
    return exactly(ApprovalsView(approvals=views, next=more))


@router.get(
    "/{approval_id}",
    summary="Look at one approval",
    response_model=ApprovalView,
    responses=responses(401, 403, 404, 422, 503),
)
async def one(
    approval_id: Id, request: Request, wait_s: Annotated[int, Query(ge=0, le=50)] = 0
) -> Response:
    """Answer with an approval, after it was decided if that happens within `wait_s` seconds."""
    gateway: Gateway = request.app.state.gateway
    caller = reader(request)
    async with asking_the_store(gateway):
        found = await readable(gateway, caller, approval_id)
    if wait_s and found.status(gateway.now()) is Status.PENDING:
        holds = gateway.approving.holds
        await holds.until_decided(approval_id, wait_s, request.is_disconnected)
        async with asking_the_store(gateway):
            found = await readable(gateway, caller, approval_id)
    async with asking_the_store(gateway):
        return exactly(await view(gateway, found, caller))


@router.post(
    "/{approval_id}/approve",
    summary="Approve a call",
    response_model=ApprovalView,
    responses=FAILURES,
)
async def approve(approval_id: Id, body: AnswerRequest, request: Request) -> Response:
    """Say yes to exactly this call, for one time; needs the scope `approve`.

    Never to a call that the same key, or a key of the same subject, asked for.
    """
    return await _answered(approval_id, body, request, Status.APPROVED)


@router.post(
    "/{approval_id}/reject",
    summary="Reject a call",
    response_model=ApprovalView,
    responses=FAILURES,
)
async def reject(approval_id: Id, body: AnswerRequest, request: Request) -> Response:
    """Say no to a call, whoever else must approve it; needs the scope `approve`."""
    return await _answered(approval_id, body, request, Status.REJECTED)


@router.post(
    "/{approval_id}/user/{word}",
    summary="Hand on what the user said",
    response_model=ApprovalView,
    responses=FAILURES,
)
async def user(
    approval_id: Id, word: Literal["approve", "reject"], body: NoWords, request: Request
) -> Response:
    """Answer `approver user` for the key's own subject, of a call that this key asked for.

    Only where the setting `mcp.speaks_for_user` lists the key, because a person sees each question
    that its client puts.
    """
    del body
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    if not speaks(gateway.settings.mcp.speaks_for_user, caller.key):
        raise Problem(403, "not_yours_to_decide", "this key does not speak for its user")
    said = Status.APPROVED if word == "approve" else Status.REJECTED
    async with asking_the_store(gateway):
        decided = await answer_for_user(gateway, caller, approval_id, said)
        return _not_kept(exactly(await view(gateway, decided, caller)))


async def _answered(
    approval_id: str, body: AnswerRequest, request: Request, said: Status
) -> Response:
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    async with asking_the_store(gateway):
        decided = await decide(gateway, caller, approval_id, said, body.comment)
        return _not_kept(exactly(await view(gateway, decided, caller)))


def _not_kept(response: Response) -> Response:
    """Mark an answer that holds what the evidence store seals: nobody on the way keeps it."""
    response.headers["Cache-Control"] = "no-store"
    return response


def reader(request: Request) -> Caller:
    """Return a caller that may look at approvals at all."""
    caller: Caller = request.state.caller
    if not READERS & caller.key.scopes:
        caller.require(Scope.CHECK)
    return caller


async def readable(gateway: Gateway, caller: Caller, approval_id: str) -> StoredApproval:
    """Return an approval that is the caller's to read; others do not exist for it."""
    found = await gateway.approving.approvals.get(approval_id)
    key = caller.key
    mine = found is not None and (READERS & key.scopes or found.subject == key.subject)
    if found is None or found.tenant != key.tenant or not mine:
        raise Problem(404, "not_found", "there is no such approval")
    return found


@asynccontextmanager
async def asking_the_store(gateway: Gateway) -> AsyncIterator[None]:
    """Refuse where the store fails, is slow, or holds what cannot be opened."""
    try:
        async with asyncio.timeout(gateway.settings.deadline_ms / 1000):
            yield
    except (DrawbarError, *FAULTS) as error:
        raise Problem(503, "unavailable", "the store cannot be asked right now") from error


async def view(gateway: Gateway, one: StoredApproval, caller: Caller | None) -> ApprovalView:
    """Show an approval; in full to those who may decide or audit."""
    full = caller is not None and READERS & caller.key.scopes
    return ApprovalView(
        id=one.id,
        status=one.status(gateway.now()),
        needs=[_answer(answer) for answer in one.answers],
        created_at=one.created_at,
        expires_at=one.expires_at,
        decided_at=one.decided_at,
        used_at=one.used_at,
        used_by=one.used_by,
        edge=one.edge,
        subject=one.subject,
        agent=one.agent,
        session=one.session,
        server=one.server,
        tool=one.tool,
        call_id=one.call_id,
        url=gateway.approving.url(one.id),
        shown=await shown(gateway, one) if full else None,
    )


def _answer(one: Answer) -> AnswerView:
    return AnswerView(
        kind=one.need.kind,
        role=one.need.role,
        status=one.status,
        by=one.subject,
        key=one.key_id,
        at=one.at,
        comment=one.comment,
    )


async def shown(gateway: Gateway, one: StoredApproval) -> ShownView:
    """Return all that people decide by."""
    last = await gateway.approving.approvals.used_last(one)
    found = [] if last is None else difference(last.content["args"], one.content["args"])
    return ShownView(
        **one.content,
        advice=await _advice(gateway, one),
        last=None if last is None else last.id,
        difference=[DifferenceView(path=c.path, before=c.before, now=c.now) for c in found],
    )


async def _advice(gateway: Gateway, one: StoredApproval) -> list[str]:
    """Return what memory advises; most gateways learn nothing."""
    if gateway.learning is None:
        return []
    from app.learning.advising import advice  # noqa: PLC0415 - as above

    return await advice(gateway, one)
