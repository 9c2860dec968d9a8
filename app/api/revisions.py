"""Reading back the policies that were in force."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.api.decisions import answering
from app.auth import BEARER, authenticate
from app.policy.comparing import difference
from app.problems import Problem, responses
from app.wiring import Gateway
from memory.keys import Scope
from memory.revisions.revision import NoRevision, Revision, RevisionFault, Taken
from memory.revisions.store import Listed

T = TypeVar("T")
MOST: Final = 500
SHOWN: Final = 100  # of the times at which a revision was taken up

router = APIRouter(prefix="/v1/revisions", tags=["revisions"], dependencies=[Depends(BEARER)])
_Name = Annotated[str, Path(max_length=90, description="As a record names it, or by its digest.")]


class KeptView(BaseModel):
    """A kept revision: what it is known by."""

    digest: str = Field(description="What it is known by: `sha256:` and 64 digits.")
    at: datetime = Field(description="When it was in force first.")
    writer: str = Field(description="The writer that had it in force first.")


class InForceView(BaseModel):
    """That a gateway took the revision up."""

    at: datetime
    writer: str
    name: str = Field(description="What this writer's records call the revision.")


class ListedView(KeptView):
    """A kept revision, without its texts."""

    last: InForceView | None = Field(description="The newest time it was taken up.")


class RevisionsView(BaseModel):
    """Some revisions, newest first."""

    revisions: list[ListedView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class FileView(BaseModel):
    """A file of the policy folder."""

    name: str
    text: str = Field(description="Word by word.")


class RevisionView(KeptView):
    """A kept revision, with all its files."""

    key: str = Field(description="The key that signed it.")
    files: list[FileView]
    in_force: list[InForceView] = Field(description=f"The newest {SHOWN} times it was taken up.")


class DifferenceView(BaseModel):
    """What is written otherwise in one revision than in another."""

    old: str
    new: str
    diff: str = Field(description="A unified diff; empty where no word differs.")


class Asked(BaseModel):
    """Which revisions are listed."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, pattern=r"^sha256:[0-9a-f]{64}$")


@router.get(
    "", summary="List the policies that were in force", responses=responses(401, 403, 404, 422, 503)
)
async def find(asked: Annotated[Asked, Query()], request: Request) -> RevisionsView:
    """Answer with the newest kept revisions; needs the scope `policy:read`."""
    gateway = await _allowed(request)
    found, after = await _kept(gateway, gateway.revisions.page(asked.limit, asked.cursor))
    taken = await _kept(gateway, gateway.revisions.in_force([one.digest for one in found], 1))
    listed = [_listed(one, taken[one.digest]) for one in found]
    return RevisionsView(revisions=listed, next=after)


@router.get(
    "/{name}", summary="Read the policies of a revision", responses=responses(401, 403, 404, 503)
)
async def one(name: _Name, request: Request) -> RevisionView:
    """Answer with every file word by word; needs the scope `policy:read`."""
    gateway = await _allowed(request)
    found: Revision = await _kept(gateway, gateway.revisions.get(name))
    taken = await _kept(gateway, gateway.revisions.in_force([found.digest], SHOWN))
    return RevisionView(
        digest=found.digest,
        at=found.at,
        writer=found.writer,
        key=found.key,
        files=[FileView(name=file.name, text=file.text) for file in found.texts.files],
        in_force=[_in_force(each) for each in taken[found.digest]],
    )


@router.get(
    "/{name}/diff/{new}",
    summary="Compare two revisions",
    responses=responses(401, 403, 404, 503),
)
async def compared(name: _Name, new: _Name, request: Request) -> DifferenceView:
    """Answer with what is written otherwise in the second; needs the scope `policy:read`."""
    gateway = await _allowed(request)
    before: Revision = await _kept(gateway, gateway.revisions.get(name))
    after: Revision = await _kept(gateway, gateway.revisions.get(new))
    said = await asyncio.to_thread(difference, before.texts.files, after.texts.files)
    return DifferenceView(old=before.digest, new=after.digest, diff=said)


def _listed(one: Listed, taken: list[Taken]) -> ListedView:
    last = _in_force(taken[0]) if taken else None
    return ListedView(digest=one.digest, at=one.at, writer=one.writer, last=last)


def _in_force(each: Taken) -> InForceView:
    return InForceView(at=each.at, writer=each.writer, name=each.name)


async def _allowed(request: Request) -> Gateway:
    """Return the gateway to whoever may read policies."""
    caller = await authenticate(request)
    caller.require(Scope.POLICY_READ)
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _kept(gateway: Gateway, reading: Awaitable[T]) -> T:
    """Read, or say that there is no such revision, or that what is kept cannot be trusted."""
    try:
        async with answering(gateway):
            return await reading
    except NoRevision as error:
        raise Problem(404, "not_found", str(error)) from error
    except RevisionFault as error:
        raise Problem(503, "unavailable", str(error)) from error
