"""`/v1/memory/similar`: the earlier calls that are like one, for people who review."""

from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from app.api.memory import NEEDS, PREFIX, About, learning_of
from app.problems import Problem, responses
from app.publishing.requests import ReadRoute, acting, who
from dsl.model import Effect
from memory.keys import Scope

if TYPE_CHECKING:
    from app.learning.similar import Comparing, Number
    from memory.similar.looking import Similar

MOST_SIMILAR: Final = 20
LOOK_S: Final = 45.0  # for which calls are taken in, at most, and are then looked through
_LACKS: Final = (
    "similar calls need `numpy`, which is not installed: pip install 'drawbar-server[similar]'"
)

router = APIRouter(prefix=PREFIX, route_class=ReadRoute, tags=["memory"], dependencies=NEEDS)


class SimilarReportView(BaseModel):
    """What a person said of such a call."""

    id: str
    label: str
    kind: str
    at: datetime
    decision_id: str
    withdrawn: bool
    held: bool = Field(description="Whether it waits for somebody to let it in.")


class SimilarCallView(BaseModel):
    """Calls with the same arguments: the newest, and what people said of any of them."""

    decision_id: str = Field(description="The newest of them.")
    at: datetime
    score: float = Field(description="How much of it is the same, from 0 to 1, which is all.")
    times: int = Field(description="How many there are.")
    tool: str
    call: str = Field(
        description="The tool and its arguments, up to 2,000 characters; `(not kept)` stands for "
        "what strangers chose."
    )
    base: Effect = Field(description="What people's policies said.")
    soft: bool = Field(description="Whether rules that ask a model denied it, they alone.")
    effect: Effect = Field(description="What came of it.")
    reports: list[SimilarReportView]


class SimilarView(BaseModel):
    """Earlier calls that are like what was asked about, the most alike first."""

    known: bool = Field(
        description="Whether anything is kept of what was asked about; erased is not known."
    )
    by: Literal["text", "meaning"] = Field(
        description="What they are put in order by: `meaning` where `memory.encoder` is set."
    )
    looked_at: int = Field(description="How many of the newest calls were compared.")
    complete: bool = Field(
        description="False where more are to be taken in: ask again, and more are compared."
    )
    calls: list[SimilarCallView]


class Like(About):
    """What calls are to be like, and how many are looked for."""

    limit: int = Field(10, ge=1, le=MOST_SIMILAR)
    reported: bool = Field(
        default=False, description="Only calls of which people said something that stands."
    )


@router.get(
    "/similar",
    summary="Find earlier calls that are alike",
    responses=responses(401, 403, 404, 409, 422, 503),
)
async def similar(like: Annotated[Like, Query()], request: Request) -> SimilarView:
    """Answer with the calls that are like one, or like those of a rule.

    Needs `policy:read` and `audit`, and stores an act that says what was shown to whom. It is for
    people alone: no decision looks at it.
    """
    one, number = comparing(request, like.tenant), number_of(like.limit, reported=like.reported)
    async with acting(one.gateway, LOOK_S):
        if like.decision_id is not None:
            found = await one.of_decision(like.decision_id, number)
        else:
            found = await one.of_rule(str(like.rule_id), number)
    return SimilarView.model_validate(found)


def comparing(request: Request, tenant: str | None) -> "Comparing":
    """Return what finds similar calls for a person, or say what is in the way."""
    gateway, caller = who(request)
    learning = learning_of(gateway)
    caller.require(Scope.AUDIT)
    try:
        found: Any = import_module("app.learning.similar")
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise Problem(409, "not_installed", _LACKS) from error
    whose = caller.key.tenant if tenant is None else tenant
    made: Comparing = found.Comparing(gateway, learning, _similar(request), caller, whose)
    return made


def number_of(limit: int, *, reported: bool = False) -> "Number":
    """Return how many calls are looked for."""
    from app.learning.similar import Number  # noqa: PLC0415 - numpy may not be there

    return Number(limit, reported)


def _similar(request: Request) -> "Similar":
    """Return what compares the calls of this gateway's store; made when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "similar"):
        from app.learning.meaning import Meaning  # noqa: PLC0415 - as below
        from memory.similar.looking import Similar  # noqa: PLC0415 - numpy may not be there

        folder = state.gateway.settings.memory.encoder
        meaning = None if folder is None else Meaning(folder)
        state.similar = Similar(state.gateway.database, state.gateway.vault, meaning)
    found: Similar = state.similar
    return found
