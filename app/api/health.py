"""Whether the process lives, whether it should get traffic, and what it counts."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from app.readiness import faults
from app.wiring import Gateway

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ObservingView(BaseModel):
    """A policy that refuses nothing yet."""

    policy: str
    until: datetime


class BrokenView(BaseModel):
    """A policy in whose place another judges for some time; for whose calls is not told here."""

    policy: str
    stand_in: str
    until: datetime


class Readiness(BaseModel):
    """Whether to send traffic."""

    ready: bool
    faults: list[str] = Field(description="Why not, in code words.", examples=[["no_policy"]])
    revision: str | None = Field(description="The policy revision in force.")
    written: str | None = Field(
        description="The digest of what people wrote, where memory added to it; else null."
    )
    refused: bool = Field(description="Where policies come from, something was refused.")
    observing: list[ObservingView] = Field(
        description="Policies that only observe: until then they refuse nothing."
    )
    broken: list[BrokenView] = Field(
        description="Glass that is broken: until then another policy judges in place of one."
    )


@router.get("/healthz", summary="Tell whether the process lives")
async def healthz() -> Health:
    """Answer as long as the process can."""
    return Health()


@router.get(
    "/readyz",
    summary="Tell whether to send traffic",
    responses={503: {"model": Readiness, "description": "Not ready"}},
)
async def readyz(request: Request, response: Response) -> Readiness:
    """Answer 503 while no policy is in force, or the store does not answer."""
    gateway: Gateway = request.app.state.gateway
    found = await faults(gateway)
    response.status_code = 503 if found else 200
    live = gateway.live
    return Readiness(
        ready=not found,
        faults=found,
        revision=live.revision,
        written=live.current.people,
        refused=live.refused is not None,
        observing=[
            ObservingView(policy=name, until=until)
            for name, until in gateway.reminding.observing().items()
        ],
        broken=[
            BrokenView(policy=one.policy, stand_in=one.stand_in, until=one.until)
            for one in gateway.glass.lasting(gateway.now())
        ],
    )


@router.get("/metrics", summary="Metrics for Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Answer in the text format of Prometheus."""
    gateway: Gateway = request.app.state.gateway
    gateway.metrics.show_faults(await faults(gateway))
    return Response(generate_latest(gateway.metrics.registry), media_type=CONTENT_TYPE_LATEST)
