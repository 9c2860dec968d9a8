"""Takes in, for any edge, what happened in a session; what comes of it is recorded first."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.auth import Caller
from app.deciding.observing import Observed, Observer
from app.deciding.sessioning import Visit, in_session
from app.wiring import Gateway
from memory.sessions.session import Owner


@dataclass(frozen=True, slots=True)
class Said:
    """The user wrote something."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Came:
    """A call came back."""

    id: str
    call_id: str
    result: Any
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The agent is about to write to a person."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """A call that was let through never ran, as somebody says who is `trusted` or not."""

    id: str
    call_id: str
    trusted: bool


Event = Said | Came | Reply | NotRun


@dataclass(frozen=True, slots=True)
class Seat:
    """Who tells what happened, and where: the edge's name stands in metrics and records."""

    edge: str
    caller: Caller
    owner: Owner
    session: str
    roles: tuple[str, ...] = ()


async def tell(gateway: Gateway, seat: Seat, events: Sequence[Event]) -> list[Observed]:
    """Return what is said of each event; all of them are stored by then, or none is.

    A session that cannot be had or kept, and an id that names another event, is a `Problem`.
    What the seat may tell at all, its edge must know: no scope is asked for here.
    """
    began = time.monotonic()
    now, until = gateway.now(), time.monotonic() + gateway.settings.deadline_ms / 1000
    owner = seat.owner
    whom = gateway.whom(seat.edge, owner.tenant, owner.agent, seat.session)
    await gateway.freezing.sure(until - time.monotonic())
    async with in_session(gateway, seat.owner, seat.session, now, seat.edge) as visit:
        # The session may have been waited for, and glass be whole again since.
        policies = gateway.policies_for(whom, gateway.now())
        beside = (policies, visit.turn, now, gateway.metrics, gateway.facts, until)
        frozen = gateway.freezing.why(owner)
        observer = Observer(*beside, seat.roles, edge=seat.edge, frozen=frozen)
        seen = []
        for event in events:
            seen.append(await _observed(observer, event))
            await asyncio.sleep(0)  # others have their turn, and the deadline is looked at
        await _written_down(gateway, seat, observer, visit)
    if gateway.tracing is not None:
        for record in visit.records:
            gateway.tracing.decided(record, began)
    return seen


async def _observed(observer: Observer, event: Event) -> Observed:
    match event:
        case Said():
            return observer.said(event.id, event.text)
        case Came():
            return await observer.came(event.id, event.call_id, event.result, failed=event.failed)
        case Reply():
            return await observer.reply(event.id, event.text)
        case NotRun():
            return observer.never_ran(event.id, event.call_id, trusted=event.trusted)


async def _written_down(gateway: Gateway, seat: Seat, observer: Observer, visit: Visit) -> None:
    """Leave records and evidence of what was decided; they are stored when the visit ends."""
    bound = observer.policies.whole
    for output in observer.decided:
        clear, evidence = await gateway.keeper.of_output(seat.owner, output, bound)
        made = gateway.recorder.record(output.call, clear, seat.edge, seat.caller.key)
        visit.records.append(gateway.recorder.output(made, output.phase, output.content))
        visit.evidence.extend(evidence)
