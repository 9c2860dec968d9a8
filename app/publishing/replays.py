"""Judges the newest recorded decisions of the operator by a draft, as far as there is time."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from app.policy.policies import PolicySet
from app.replaying import Replay, replayed
from memory.records.query import Wanted, page
from memory.replay.cases import cases
from memory.replay.worlds import Worlds

if TYPE_CHECKING:
    from app.wiring import Gateway

REPLAY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it, and whether there was time for all."""

    replay: Replay
    whole: bool


async def replay(
    gateway: "Gateway",
    tenant: str,
    policies: PolicySet,
    most: int,
    since: datetime | None = None,
) -> Replayed:
    """Judge as many of the newest decisions of a tenant, the oldest of them first."""
    newest = (await page(gateway.database, Wanted(tenant, since=since), most)).found
    found = Replay()
    if not newest:
        return Replayed(found, whole=True)
    ends = newest[0].at + timedelta(milliseconds=1)  # ids tell times no finer
    wanted = Wanted(tenant, since=newest[-1].at, until=ends)
    try:
        async with (
            asyncio.timeout(REPLAY_S),
            gateway.desk.replaying,  # each holds a connection
            gateway.sessions.telling() as told,
        ):
            among = cases(gateway.database, gateway.vault, wanted)
            worlds = Worlds(told, policies.reach)
            here = gateway.settings.environment
            async for so_far in replayed(among, worlds, policies, here):
                found = so_far
                await asyncio.sleep(0)  # decisions go first
    except TimeoutError:
        return Replayed(found, whole=False)
    return Replayed(found, whole=True)
