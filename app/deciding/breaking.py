"""Breaks glass for one gateway's API: what is asked, and what another person confirms."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from app.auth import Caller
from memory.glass.glass import Glass, GlassFault, NoGlass, State
from memory.glass.people import Confirming
from memory.glass.store import Kept
from memory.ids import new_id
from memory.publishing.draft import Who

if TYPE_CHECKING:
    from app.wiring import Gateway


class NoStandIn(GlassFault):
    """No policy stands by for the one that is named."""


class TooLong(GlassFault):
    """Glass is not broken for as long as that."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to break."""

    policy: str
    lasts: timedelta
    reason: str
    tenant: str | None = None


async def ask(gateway: "Gateway", wanted: Wanted, caller: Caller) -> Kept:
    """Let what is asked wait for another person, as the policies in force have it now."""
    if wanted.lasts > timedelta(seconds=gateway.settings.glass_s):
        raise TooLong(f"glass is broken for {gateway.settings.glass_s} seconds at most")
    found = gateway.live.current.stand_in_for(wanted.policy)
    if found is None:
        hint = "an entry of `bindings.toml` must say `stands_by_for` before it is needed"
        raise NoStandIn(f"no policy in force stands by for `{wanted.policy}`; {hint}")
    now, (name, digest) = gateway.now(), found
    asked = Glass(
        id=new_id("gls", now),
        policy=wanted.policy,
        stand_in=name,
        stand_in_digest=digest,
        tenant=wanted.tenant,
        reason=wanted.reason,
        asked_at=now,
        until=now + wanted.lasts,
        asked_by=_who(caller),
    )
    return Kept(await gateway.glasses.ask(asked, now), State.ASKED, sealed=True)


async def confirm(gateway: "Gateway", name: str, digest: str, caller: Caller) -> Kept:
    """Break what another person asked for; that somebody could not is recorded."""
    kept, now = await gateway.glasses.get(name), gateway.now()
    by = Confirming(_who(caller), caller.key.created_at)
    try:
        _check_same(gateway, kept.glass, digest)
        told = partial(gateway.notices.glass, event="broken", now=now)
        broken = await gateway.glasses.confirm(kept, by, now, told)
    except NoGlass:
        raise
    except GlassFault as error:
        await gateway.glasses.refuse(kept.glass, by.who, str(error), now)
        raise
    await gateway.glass.read()
    gateway.sender.soon()
    return Kept(broken, State.BROKEN, sealed=True)


def _check_same(gateway: "Gateway", asked: Glass, digest: str) -> None:
    """Refuse to break anything but what was seen, and is still in force as it was asked for."""
    if asked.digest != digest:
        raise GlassFault("what waits is not what is confirmed")
    if gateway.live.current.stand_in_for(asked.policy) != (asked.stand_in, asked.stand_in_digest):
        raise GlassFault(f"`{asked.stand_in}` is not in force as it was asked for; ask again")


async def end(gateway: "Gateway", name: str, caller: Caller) -> None:
    """End what is broken, or take back what waits."""
    kept, now = await gateway.glasses.get(name), gateway.now()
    broken = kept.state(now) is State.BROKEN
    who = caller.key.subject
    steps = gateway.notices.glass(kept.glass, "ended", now, who) if broken else ()
    await gateway.glasses.end(kept, caller.actor, now, steps, subject=who)
    await gateway.glass.read()
    gateway.sender.soon()


def _who(caller: Caller) -> Who:
    return Who(caller.key.id, caller.key.subject)
