"""What the routes of drafts and publications share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel, Field

from app.auth import Caller
from app.edges.base import EdgeRoute, Limits
from app.problems import FieldError, Problem
from app.publishing.checking import MOST_SHOWN, Unfit
from app.shapes import Strict
from app.wiring import Gateway
from dsl import strictjson
from memory.database import FAULTS, StoreError
from memory.publishing.draft import (
    LONGEST,
    MOST_BYTES,
    MOST_FILES,
    DraftExists,
    DraftFault,
    NoDraft,
    StaleDraft,
)
from memory.publishing.publication import NoPublication, NotYours, Overtaken, PublicationFault
from memory.revisions.revision import NoRevision, RevisionFault
from memory.scopes import DEFAULT_TENANT, Scope

_IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The `ETag` of what was read; without it: 428."),
]
BODY: Final = Limits(body=2 * MOST_BYTES)  # a draft as JSON


class ReadRoute(EdgeRoute):
    """A route for whoever may read policies."""

    scope = Scope.POLICY_READ
    limits = BODY


class WriteRoute(EdgeRoute):
    """A route for whoever may edit drafts."""

    scope = Scope.POLICY_WRITE
    limits = BODY


class PublishRoute(EdgeRoute):
    """A route for whoever may publish."""

    scope = Scope.POLICY_PUBLISH


class FileBody(Strict):
    """A file of a policy folder."""

    name: str = Field(max_length=LONGEST, examples=["bank.bar"])
    text: str = Field(max_length=strictjson.MAX_STRING, description="Word by word.")


class FilesBody(Strict):
    """All files of a draft."""

    files: list[FileBody] = Field(max_length=MOST_FILES)


class NoWords(Strict):
    """Nothing more is to be said."""


class SaidView(BaseModel):
    """One thing that is to be said of a draft."""

    file: str | None
    line: int | None
    level: str = Field(description="`error`, `warning` or `info`; an error is never published.")
    code: str | None
    message: str
    shown: str = Field(description="The same with the place in the text, for people.")


def who(request: Request) -> tuple[Gateway, Caller]:
    """Return the gateway and who asks: policies are the operator's."""
    caller: Caller = request.state.caller
    if caller.key.tenant != DEFAULT_TENANT:
        words = f"policies are for keys of the tenant `{DEFAULT_TENANT}` alone"
        raise Problem(403, "not_the_operator", words)
    return request.app.state.gateway, caller


def _state(request: Request, _if_match: _IfMatch = None) -> str:
    """Return the state of a draft that a request is about, as its `ETag` said."""
    given = request.headers.getlist("if-match")
    if len(given) != 1:
        raise Problem(428, "if_match_needed", "send `If-Match` with the `ETag` that was read")
    tag = given[0].strip()
    if len(tag) > 2 and tag[0] == tag[-1] == '"' and '"' not in tag[1:-1]:  # noqa: PLR2004 - the quotes
        return tag[1:-1]
    raise Problem(412, "stale", '`If-Match` names no `ETag` that was read: `"dr_....1"`')


State = Annotated[str, Depends(_state)]


TAGGED: Final = {
    "headers": {
        "ETag": {
            "schema": {"type": "string"},
            "description": "Names this state of the draft; the next change sends it as `If-Match`.",
        }
    }
}


def tagged(response: Response, state: str) -> None:
    """Say which state of a draft is answered with."""
    response.headers["ETag"] = f'"{state}"'


@asynccontextmanager
async def acting(gateway: Gateway, seconds: float | None = None) -> AsyncIterator[None]:
    """Say in a problem what stands against it."""
    try:
        async with asyncio.timeout(seconds or gateway.settings.deadline_ms / 1000):
            yield
    except Unfit as error:
        raise unfit(error) from error
    except (NoDraft, NoRevision, NoPublication) as error:
        raise Problem(404, "not_found", str(error)) from error
    except (StaleDraft, DraftExists, Overtaken) as error:
        raise _crossed(error) from error
    except NotYours as error:
        raise Problem(403, "another_person", str(error)) from error
    except DraftFault as error:
        raise Problem(422, "invalid_draft", str(error)) from error
    except (PublicationFault, RevisionFault) as error:
        raise Problem(409, "not_publishable", str(error)) from error
    except (*FAULTS, StoreError, TimeoutError) as error:
        raise Problem(503, "unavailable", "the store cannot be asked right now") from error


def _crossed(error: Exception) -> Problem:
    """Return the problem of somebody else having been first."""
    if isinstance(error, StaleDraft):
        return Problem(412, "stale", str(error))
    return Problem(409, "exists" if isinstance(error, DraftExists) else "overtaken", str(error))


def unfit(error: Unfit) -> Problem:
    """Return the problem of a draft that cannot be published."""
    shown = tuple(
        FieldError(path=f"/{one.file}" if one.file else "", message=one.shown)
        for one in error.said[:MOST_SHOWN]
    )
    return Problem(422, "unfit", str(error), errors=shown)


def shown(said: Any) -> SaidView:
    """Show what is said of a draft."""
    return SaidView.model_validate(said, from_attributes=True)
