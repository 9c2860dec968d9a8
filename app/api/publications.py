"""`/v1/publications`: what is in force for all gateways on a store, and what was."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from app.api import drafts
from app.auth import BEARER
from app.policy.comparing import difference
from app.problems import responses
from app.publishing import publishing
from app.publishing.bench import WAIT_S, WORK_S
from app.publishing.publishing import Wish
from app.publishing.requests import (
    NoWords,
    PublishRoute,
    ReadRoute,
    State,
    acting,
    who,
)
from app.shapes import Strict
from memory.publishing.proposals import Proposal
from memory.publishing.publication import LONGEST_NOTE, Publication
from memory.publishing.publisher import STORE_S

MOST: Final = 500
WHOLE_S: Final = WAIT_S + WORK_S + STORE_S
_NEEDS: Final = [Depends(BEARER)]
reads = APIRouter(route_class=ReadRoute, tags=["publications"], dependencies=_NEEDS)
publishes = APIRouter(route_class=PublishRoute, tags=["publications"], dependencies=_NEEDS)
_Proposed = Annotated[str, Path(pattern=r"^pub_[0-9A-Z]{26}$", description="A proposal.")]
_FAILURES: Final = responses(401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 503)


class PublicationView(BaseModel):
    """One time at which policies came into force."""

    number: int = Field(description="Grows by one each time; the highest is in force.")
    digest: str = Field(description="The revision; `/v1/revisions/` has its files.")
    at: datetime
    kind: str = Field(description="`published` or `rolled_back`.")
    note: str
    draft: str | None
    before: str | None = Field(description="The revision that was in force before.")
    by: str = Field(description="The key that published it.")
    subject: str
    confirmed_by: str | None = Field(description="The key of the second person, if one confirmed.")
    confirmed_subject: str | None


class ProposalView(BaseModel):
    """A revision that waits for a second person."""

    id: str
    digest: str
    at: datetime
    kind: str
    note: str
    draft: str | None
    expected: int = Field(description="The publication that it is to follow.")
    by: str
    subject: str
    author: str = Field(description="The subject that changed the draft last.")


class WaitingView(ProposalView):
    """What waits, with all that a second person has to look at."""

    against: str | None = Field(description="The revision that is published now; null: none.")
    diff: str = Field(description="A unified diff from that; empty where no word differs.")
    files: list[drafts.DraftFileView]


class PublicationsView(BaseModel):
    """Some publications, newest first."""

    publications: list[PublicationView]
    next: int | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class ProposalsView(BaseModel):
    """What waits for a second person, newest first."""

    proposals: list[ProposalView]


class ReleasedView(BaseModel):
    """What came of publishing: a publication, or with `four_eyes` a proposal."""

    publication: PublicationView | None = None
    proposal: ProposalView | None = None


_RELEASED: Final = _FAILURES | {
    202: {"model": ReleasedView, "description": "It waits for a second person."}
}


class PublishRequest(Strict):
    """Why, and in place of what."""

    expected: int = Field(
        ge=0, description="The number of the publication that is in force; 0: there is none yet."
    )
    note: str = Field("", max_length=LONGEST_NOTE, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")


class RollBackRequest(PublishRequest):
    """Which revision is to be in force again."""

    revision: str = Field(max_length=90, description="As a record names it, or by its digest.")


class ConfirmRequest(Strict):
    """What is confirmed."""

    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


@reads.get(
    "/v1/publications", summary="List publications", responses=responses(401, 403, 409, 422, 503)
)
async def listed(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> PublicationsView:
    """Answer with the newest; the first of all is in force. Needs `policy:read`."""
    gateway, _ = who(request)
    async with acting(gateway):
        found = await gateway.desk.published.page(limit + 1, cursor)
    more = found[limit - 1].number if len(found) > limit else None
    return PublicationsView(publications=[_published(one) for one in found[:limit]], next=more)


@reads.get(
    "/v1/publications/proposals",
    summary="List what waits for a second person",
    responses=responses(401, 403, 503),
)
async def waiting(request: Request) -> ProposalsView:
    """Answer with the newest proposals; needs `policy:read`."""
    gateway, _ = who(request)
    async with acting(gateway):
        found = await gateway.desk.proposals.pending(gateway.now(), MOST)
    return ProposalsView(proposals=[_proposed(one) for one in found])


@reads.get(
    "/v1/publications/proposals/{proposal}",
    summary="Look at what waits for a second person",
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def look(proposal: _Proposed, request: Request) -> WaitingView:
    """Answer with every file as it would be in force, and what it changes; needs `policy:read`.

    It is what was proposed, whatever became of the draft since.
    """
    gateway, _ = who(request)
    async with acting(gateway):
        found, fresh = await publishing.waiting(gateway, proposal)
        now = await gateway.desk.published.newest()
        old = () if now is None else now.revision.texts.files
        said = await asyncio.to_thread(difference, old, fresh.texts.files)
    return WaitingView(
        **_proposed(found).model_dump(),
        against=None if now is None else now.revision.digest,
        diff=said,
        files=[drafts.DraftFileView(name=one.name, text=one.text) for one in fresh.texts.files],
    )


@publishes.post(
    "/v1/drafts/{name}/publish", summary="Publish a draft", status_code=201, responses=_RELEASED
)
async def publish(
    name: drafts.Named,
    body: PublishRequest,
    request: Request,
    response: Response,
    state: State,
) -> ReleasedView:
    """Put a draft into force for every gateway on this store; needs `policy:publish`.

    It is read, linted and tested before; with `four_eyes` it waits for a second person then (202).
    """
    gateway, caller = who(request)
    async with acting(gateway, WHOLE_S):
        wish = Wish(caller, body.expected, body.note)
        return _released(await publishing.publish(gateway, name, state, wish), response)


@publishes.post("/v1/publications", summary="Roll back", status_code=201, responses=_RELEASED)
async def roll_back(body: RollBackRequest, request: Request, response: Response) -> ReleasedView:
    """Publish a revision again that was in force before; needs `policy:publish`."""
    gateway, caller = who(request)
    async with acting(gateway, WHOLE_S):
        wish = Wish(caller, body.expected, body.note)
        return _released(await publishing.roll_back(gateway, body.revision, wish), response)


@publishes.post(
    "/v1/publications/{proposal}/confirm",
    summary="Confirm what another person proposed",
    status_code=201,
    responses=_FAILURES,
)
async def confirm(proposal: _Proposed, body: ConfirmRequest, request: Request) -> PublicationView:
    """Put into force what waits; needs `policy:publish`, and another person than who wrote it."""
    gateway, caller = who(request)
    async with acting(gateway, WHOLE_S):
        return _published(await publishing.confirm(gateway, proposal, body.digest, caller))


@publishes.post(
    "/v1/publications/{proposal}/withdraw",
    summary="Take back what waits",
    status_code=204,
    responses=_FAILURES,
)
async def withdraw(proposal: _Proposed, body: NoWords, request: Request) -> None:
    """Let nobody confirm it any more; needs `policy:publish`."""
    del body
    gateway, caller = who(request)
    async with acting(gateway):
        found, _ = await gateway.desk.proposals.get(proposal, gateway.now())
        await gateway.desk.proposals.withdraw(found, publishing.who(caller), gateway.now())


def _released(made: Publication | Proposal, response: Response) -> ReleasedView:
    if isinstance(made, Publication):
        return ReleasedView(publication=_published(made))
    response.status_code = 202
    return ReleasedView(proposal=_proposed(made))


def _published(made: Publication) -> PublicationView:
    return PublicationView.model_validate(made, from_attributes=True)


def _proposed(made: Proposal) -> ProposalView:
    wanted = made.wanted
    told: dict[str, Any] = {"id": made.id, "at": made.at, "kind": str(wanted.kind)}
    told |= {name: getattr(wanted, name) for name in ("digest", "note", "draft", "expected")}
    return ProposalView(
        **told, by=wanted.by.key, subject=wanted.by.subject, author=wanted.author.subject
    )
