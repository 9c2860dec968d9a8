"""`POST /v1/tools`: which of some tools a subject is shown."""

from typing import Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from app.auth import BEARER, Caller
from app.deciding.listing import Viewer, shown
from app.edges.base import EdgeRoute
from app.edges.http import EDGE
from app.problems import responses
from app.shapes import AgentClaim, Name, Strict, SubjectClaim
from app.wiring import Gateway
from dsl.model import Subject

MOST_TOOLS: Final = 1_000
PATH: Final = "/v1/tools"


class ToolEntry(BaseModel):
    """A tool, as its server lists it; beside its name nothing of it is looked at."""

    model_config = ConfigDict(extra="ignore", strict=True)

    name: Name
    server: Name | None = Field(None, description="The tool's server, where it has one.")


class ToolsRequest(Strict):
    """Tools that an agent may be given."""

    tools: list[ToolEntry] = Field(max_length=MOST_TOOLS)
    subject: SubjectClaim | None = None
    agent: AgentClaim | None = None


class ToolView(BaseModel):
    """A tool that is shown."""

    name: str
    server: str | None


class ToolsAnswer(BaseModel):
    """The tools of which some call may be allowed or asked about, in the order they came in."""

    tools: list[ToolView]


router = APIRouter(route_class=EdgeRoute, tags=["decisions"], dependencies=[Depends(BEARER)])


@router.post(
    PATH,
    summary="Leave out the tools whose every call is denied",
    responses=responses(401, 403, 408, 413, 415, 422, 500, 503),
)
async def visible(body: ToolsRequest, request: Request) -> ToolsAnswer:
    """Return those of some tools that are worth showing to an agent.

    A tool is left out only if every call of it by the subject is denied, whatever its arguments,
    its context, its session and the facts are. It declares nothing, and it decides nothing: each
    call is decided for itself, listed or not.
    """
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    claim = body.subject
    claimed = Subject(claim.id, tuple(claim.roles)) if claim else None
    agent = caller.agent(body.agent.id if body.agent else None)
    viewer = Viewer(EDGE.name, caller.subject(claimed), agent, caller.key.tenant)
    found = await shown(gateway, viewer, [(one.server, one.name) for one in body.tools])
    return ToolsAnswer(tools=[ToolView(name=name, server=server) for server, name in found])
