"""Which tools a caller is shown: all but those every call of which would be denied."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.binding import trial
from app.binding.whom import Whom
from app.policy.policies import PolicySet
from app.problems import Problem
from app.wiring import Gateway
from dsl.model import NOTHING, Subject, ToolCall
from dsl.visible import visible
from memory.sessions.session import Owner

log = structlog.get_logger("drawbar.edge")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who would call a tool, and at which edge."""

    edge: str
    subject: Subject
    agent: str | None
    tenant: str


Name = tuple[str | None, str]  # a server, where there is one, and its tool


async def shown(gateway: Gateway, viewer: Viewer, tools: Sequence[Name]) -> list[Name]:
    """Return the tools of which some call may be allowed or asked about, in their order.

    Whether a tool is listed decides nothing: each call is decided for itself.
    """
    now = gateway.now()
    policies = gateway.policies_for(_whom(gateway, viewer), now)
    if not policies.decides or gateway.freezing.why(_owner(viewer)) is not None:
        return []
    try:
        async with asyncio.timeout(gateway.settings.deadline_ms / 1000):
            return await asyncio.to_thread(lambda: list(_shown(policies, viewer, tools, now)))
    except TimeoutError as error:
        gateway.metrics.faults.labels(viewer.edge, "tools").inc()
        log.warning("tools could not be looked through in time", tools=len(tools))
        raise Problem(503, "unavailable", "the tools cannot be listed in time") from error


def _owner(viewer: Viewer) -> Owner:
    return Owner(viewer.tenant, viewer.subject.id, viewer.agent)


def _whom(gateway: Gateway, viewer: Viewer) -> Whom:
    """Return who would call; in which session is not known, so a canary enforces."""
    return gateway.whom(viewer.edge, viewer.tenant, viewer.agent, None)


def _shown(
    policies: PolicySet, viewer: Viewer, tools: Sequence[Name], now: datetime
) -> Iterator[Name]:
    bound = trial.enforcing(policies, now)
    for server, tool in tools:
        call = ToolCall("-", tool, NOTHING, server, viewer.subject, viewer.agent)
        if visible(bound, call, now):
            yield server, tool
