"""Composes the web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, FastAPI

from app import problems
from app.api import (
    acts,
    approvals,
    batch,
    decisions,
    health,
    observe,
    sessions,
    stream,
    tools,
)
from app.edges.base import router
from app.edges.registry import EDGES
from app.hotpath import check
from app.hotpath.application import Application
from app.openapi import deprecating, describing
from app.settings import Settings
from app.tracing.tracing import Traced
from app.ui import entering, pages
from app.version import VERSION
from app.wiring import Gateway
from dsl.errors import DrawbarError

if TYPE_CHECKING:
    from app.edges.mcp.serving_http import Served

DESCRIPTION = """Decides every tool call of an LLM agent: allow, ask a person, or deny.

Anything but `effect: allow` means: do not run the call. Every failure of a decision route is a
problem (RFC 9457) with `effect: deny`."""
ROUTERS: Final = (
    observe.router,
    batch.router,
    tools.router,
    sessions.router,
    sessions.looks,
    sessions.deletes,
    decisions.router,
    acts.router,
    stream.router,
    approvals.router,
    entering.router,
    pages.router,
    health.router,
)


def create_app(settings: Settings, gateway: Gateway | None = None) -> Application:
    """Return the application; its parts are opened when it starts."""
    held = gateway or Gateway(settings)
    mcp = _mcp(held)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await held.open()
        try:
            async with mcp.running() if mcp is not None else nullcontext():
                yield
        finally:
            await held.close()

    app = Application(
        title="Drawbar",
        version=VERSION,
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    describing.install(app)
    if settings.otel.endpoint is not None:
        app.add_middleware(Traced, gateway=held)
    app.state.gateway = held
    app.state.decision_paths = frozenset((*(edge.path for edge in EDGES), batch.PATH, observe.PATH))
    app.state.never_kept_paths = frozenset((tools.PATH,))
    problems.install(app)
    for one in (*(router(edge) for edge in EDGES), *_routers(settings)):
        _take(app, one)
    if mcp is not None:
        _take(app, mcp.router())
        mcp.add_to(app)
        app.state.decision_paths |= mcp.paths
    deprecating.install(app)
    app.short_cuts = {check.PATH: check.Check(held, app.ordinary)}
    return app


def _take(app: FastAPI, part: APIRouter) -> None:
    """Serve the routes of a part of the application.

    A router that is included would build each of its routes again, when the first request comes,
    and would show none of them to what looks through the routes of the application.
    """
    app.router.routes.extend(copy(one) for one in part.routes)


def _routers(settings: Settings) -> tuple[APIRouter, ...]:
    """Return what is served beside the edges; nobody administers policies or keys at a sidecar."""
    if settings.sidecar is not None:
        return ROUTERS
    from app.api import central  # noqa: PLC0415 - a sidecar does without it

    return (*ROUTERS, *central.ROUTERS)


def _mcp(gateway: Gateway) -> "Served | None":
    """Return the MCP gateways that the settings name; without any, nothing of MCP is loaded."""
    if not gateway.settings.mcp.gateways:
        return None
    try:
        found: Served = import_module("app.edges.mcp.serving").served(gateway)
    except ModuleNotFoundError as error:
        hint = "install `drawbar-server[mcp]`"
        raise DrawbarError(f"the MCP gateway needs the extra `mcp`: {hint}") from error
    return found
