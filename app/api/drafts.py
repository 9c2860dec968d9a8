"""`/v1/drafts`: policies while they are written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from app.auth import BEARER
from app.problems import responses
from app.publishing import publishing
from app.publishing.requests import (
    TAGGED,
    FileBody,
    FilesBody,
    ReadRoute,
    State,
    WriteRoute,
    acting,
    tagged,
    who,
)
from app.shapes import Strict
from app.wiring import Gateway
from dsl import strictjson
from memory.publishing.draft import LONGEST, MOST_FILES, NAME, Draft
from memory.revisions.revision import File

MOST: Final = 200
_NEEDS: Final = [Depends(BEARER)]
reads = APIRouter(prefix="/v1/drafts", route_class=ReadRoute, tags=["drafts"], dependencies=_NEEDS)
writes = APIRouter(
    prefix="/v1/drafts", route_class=WriteRoute, tags=["drafts"], dependencies=_NEEDS
)

Named = Annotated[str, Path(pattern=f"^{NAME}$", description="The name of a draft.")]
FileNamed = Annotated[str, Path(max_length=LONGEST, description="The name of a file in it.")]
PUBLISHED: Final = "published"


@dataclass(frozen=True, slots=True)
class Placed:
    """A file of a draft, by the names of both."""

    name: Named
    file: FileNamed


_Place = Annotated[Placed, Depends()]


class ListedDraftView(BaseModel):
    """A draft without its files."""

    name: str
    version: int = Field(description="Grows with each change.")
    based_on: str | None = Field(description="The revision that it was begun from.")
    created_at: datetime
    changed_at: datetime
    changed_by: str = Field(description="The subject of the key that changed it last.")


class DraftFileView(BaseModel):
    """A file of a draft."""

    name: str
    text: str = Field(description="Word by word.")


class DraftView(ListedDraftView):
    """A draft with all its files."""

    files: list[DraftFileView]


class DraftsView(BaseModel):
    """Some drafts, by their names."""

    drafts: list[ListedDraftView]
    next: str | None = Field(description="Send it as `cursor` for the next page; null: no more.")


class BeginRequest(Strict):
    """A draft to make: from files, from a revision, or from nothing."""

    name: str = Field(pattern=f"^{NAME}$", examples=["spring"])
    files: list[FileBody] = Field([], max_length=MOST_FILES)
    revision: str | None = Field(
        None,
        max_length=90,
        description=f"Begin with the files of this kept revision, or of what is `{PUBLISHED}`.",
    )


class TextRequest(Strict):
    """The text of one file."""

    text: str = Field(max_length=strictjson.MAX_STRING, description="Word by word.")


@reads.get("", summary="List drafts", responses=responses(401, 403, 422, 503))
async def listed(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    cursor: Annotated[str | None, Query(pattern=f"^{NAME}$")] = None,
) -> DraftsView:
    """Answer with drafts without their files; needs `policy:read`."""
    gateway, _ = who(request)
    async with acting(gateway):
        found = await gateway.desk.drafts.page(limit + 1, cursor)
    drafts = [ListedDraftView.model_validate(one, from_attributes=True) for one in found[:limit]]
    return DraftsView(drafts=drafts, next=found[limit - 1].name if len(found) > limit else None)


@reads.get(
    "/{name}",
    summary="Read a draft",
    responses={200: TAGGED, **responses(401, 403, 404, 412, 422, 503)},
)
async def one(name: Named, request: Request, response: Response) -> DraftView:
    """Answer with every file word by word, and an `ETag` for the next change."""
    gateway, _ = who(request)
    async with acting(gateway):
        draft, files = await gateway.desk.drafts.get(name)
    tagged(response, draft.state)
    kept = [DraftFileView(name=one.name, text=one.text) for one in files]
    return DraftView(**_listed(draft).model_dump(), files=kept)


@reads.get(
    "/{name}/files/{file:path}",
    summary="Read a file of a draft",
    responses={200: TAGGED, **responses(401, 403, 404, 412, 422, 503)},
)
async def file(name: Named, file: FileNamed, request: Request, response: Response) -> DraftFileView:
    """Answer with one file word by word; the `ETag` is that of the whole draft."""
    gateway, _ = who(request)
    async with acting(gateway):
        draft, found = await gateway.desk.drafts.get_file(name, file)
    tagged(response, draft.state)
    return DraftFileView(name=found.name, text=found.text)


@writes.post(
    "",
    summary="Begin a draft",
    status_code=201,
    responses={201: TAGGED, **responses(401, 403, 404, 408, 409, 413, 415, 422, 503)},
)
async def begin(body: BeginRequest, request: Request, response: Response) -> ListedDraftView:
    """Make a draft that decides nothing before it is published; needs `policy:write`."""
    gateway, caller = who(request)
    async with acting(gateway):
        based_on, files = await _begun(gateway, body)
        by, now = publishing.who(caller), gateway.now()
        draft = await gateway.desk.drafts.begin(body.name, files, by, now, based_on)
    tagged(response, draft.state)
    return _listed(draft)


@writes.put(
    "/{name}",
    summary="Replace the files of a draft",
    responses={200: TAGGED, **responses(401, 403, 404, 408, 412, 413, 415, 422, 428, 503)},
)
async def replace(
    name: Named, body: FilesBody, request: Request, response: Response, state: State
) -> ListedDraftView:
    """Put other files in place of all that it has; needs `policy:write`."""
    gateway, caller = who(request)
    async with acting(gateway):
        by = publishing.who(caller)
        draft = await gateway.desk.drafts.replace(name, state, _files(body), by, gateway.now())
    tagged(response, draft.state)
    return _listed(draft)


@writes.put(
    "/{name}/files/{file:path}",
    summary="Put a file into a draft",
    responses={200: TAGGED, **responses(401, 403, 404, 408, 412, 413, 415, 422, 428, 503)},
)
async def put(
    place: _Place,
    body: TextRequest,
    request: Request,
    response: Response,
    state: State,
) -> ListedDraftView:
    """Add a file or put another text in its place, however broken; needs `policy:write`."""
    gateway, caller = who(request)
    async with acting(gateway):
        by, held = publishing.who(caller), File(place.file, body.text)
        draft = await gateway.desk.drafts.put(place.name, state, held, by, gateway.now())
    tagged(response, draft.state)
    return _listed(draft)


@writes.delete(
    "/{name}/files/{file:path}",
    summary="Take a file out of a draft",
    responses={200: TAGGED, **responses(401, 403, 404, 412, 422, 428, 503)},
)
async def remove(
    place: _Place, request: Request, response: Response, state: State
) -> ListedDraftView:
    """Take one file out; needs `policy:write`."""
    gateway, caller = who(request)
    async with acting(gateway):
        by = publishing.who(caller)
        draft = await gateway.desk.drafts.remove(place.name, state, place.file, by, gateway.now())
    tagged(response, draft.state)
    return _listed(draft)


@writes.delete(
    "/{name}",
    summary="Delete a draft",
    status_code=204,
    responses=responses(401, 403, 404, 412, 422, 428, 503),
)
async def delete(name: Named, request: Request, state: State) -> None:
    """Delete a draft and its files; what was published of it stays. Needs `policy:write`."""
    gateway, caller = who(request)
    async with acting(gateway):
        by = publishing.who(caller)
        await gateway.desk.drafts.delete(name, state, by, gateway.now())


async def _begun(gateway: Gateway, body: BeginRequest) -> tuple[str | None, list[File]]:
    """Return the files that a draft begins with, and the revision that they are of."""
    files = {one.name: one for one in _files(body)}
    if body.revision is None:
        return None, _files(body)
    kept = await publishing.kept(gateway, None if body.revision == PUBLISHED else body.revision)
    both = {**{one.name: one for one in kept.texts.files}, **files}
    return kept.digest, list(both.values())


def _files(body: BeginRequest | FilesBody) -> list[File]:
    return [File(one.name, one.text) for one in body.files]


def _listed(draft: Draft) -> ListedDraftView:
    return ListedDraftView.model_validate(draft, from_attributes=True)
