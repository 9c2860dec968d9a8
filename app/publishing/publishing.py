"""Brings drafts and earlier revisions into force, for one gateway's API."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from app.auth import Caller
from app.binding.bindings import Binding
from app.guarding.unmet import unmet
from app.policy.policies import PolicySet
from app.policy.revising import restored
from app.problems import Problem
from app.publishing import checking
from app.publishing.checking import Said, Sound, Unfit
from app.publishing.promoted import refuse_reporters
from dsl.errors import DrawbarError, render
from memory.publishing.draft import StaleDraft, Who
from memory.publishing.proposals import Proposal
from memory.publishing.publication import (
    Kind,
    NoPublication,
    Overtaken,
    Publication,
    PublicationFault,
)
from memory.publishing.publisher import Wanted
from memory.revisions.revision import File, Revision
from memory.scopes import Scope

if TYPE_CHECKING:
    from app.wiring import Gateway

Bindings = Callable[[], Sequence[Binding]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asks for: in place of which publication, and why."""

    caller: Caller
    expected: int
    note: str

    @property
    def who(self) -> Who:
        """Return who asks."""
        return who(self.caller)


def who(caller: Caller) -> Who:
    """Return who a caller is to those who keep what it does."""
    return Who(caller.key.id, caller.key.subject)


async def publish(gateway: "Gateway", name: str, state: str, wish: Wish) -> Publication | Proposal:
    """Publish a draft as it is in one state, if nothing stands against it."""
    gateway.desk.refuse_elsewhere(gateway.settings.policy_source)
    draft, files = await gateway.desk.drafts.get(name)
    if draft.state != state:
        raise StaleDraft(f"the draft `{name}` was changed meanwhile; read it again")
    replaced, now = await _replaced(gateway, wish.expected), gateway.now()
    sound, before = await gateway.desk.publishing(partial(_fit, files, replaced, now))
    refuse_unskilled(sound, gateway)
    await refuse_reporters(gateway, files, wish.who)
    refuse_observing(sound.policies.bindings, before, wish.caller, now)
    wanted = Wanted(
        digest=sound.policies.digest,
        expected=wish.expected,
        kind=Kind.PUBLISHED,
        note=wish.note,
        by=wish.who,
        author=draft.author,
        draft=name,
        state=state,
    )
    return await _release(gateway, wanted, sound)


def refuse_unskilled(sound: Sound, gateway: "Gateway") -> None:
    """Refuse rules in force that rest on scores which no guard has shown that it can give."""
    found = [
        Said(
            source.name,
            source.position(one.span.start)[0],
            "error",
            one.code,
            one.message,
            render(source, one),
        )
        for source, one in unmet(sound.policies.units, gateway.guards.askers)
    ]
    if found:
        raise Unfit("a rule rests on a score that no guard here can give", found)


async def roll_back(gateway: "Gateway", name: str, wish: Wish) -> Publication | Proposal:
    """Publish a revision again that was published before.

    What a linter or a test says of it now does not matter: it was in force.
    """
    gateway.desk.refuse_elsewhere(gateway.settings.policy_source)
    found = await gateway.desk.published.revision((await gateway.revisions.get(name)).digest)
    replaced, now = await _replaced(gateway, wish.expected), gateway.now()
    sound, before = await gateway.desk.publishing(partial(_sound, found, replaced, now))
    refuse_observing(sound.policies.bindings, before, wish.caller, now)
    wanted = Wanted(
        digest=found.digest,
        expected=wish.expected,
        kind=Kind.ROLLED_BACK,
        note=wish.note,
        by=wish.who,
        author=wish.who,
    )
    return await _release(gateway, wanted, sound)


async def waiting(gateway: "Gateway", name: str) -> tuple[Proposal, Revision]:
    """Return what waits for a second person, if it still is what was signed."""
    proposal, row = await gateway.desk.proposals.get(name, gateway.now())
    return proposal, await asyncio.to_thread(_read, gateway, proposal, row)


def _read(gateway: "Gateway", proposal: Proposal, row: Mapping[str, Any]) -> Revision:
    told = (row["content"], row["key"], row["signature"])
    return gateway.desk.published.text(proposal.wanted.digest, *told)


async def confirm(gateway: "Gateway", name: str, digest: str, caller: Caller) -> Publication:
    """Publish what another person proposed, if it still is what this one saw."""
    gateway.desk.refuse_elsewhere(gateway.settings.policy_source)
    proposal, row = await gateway.desk.proposals.get(name, gateway.now())
    if proposal.wanted.digest != digest:
        raise Problem(409, "other_digest", "what waits is not the revision that is confirmed")
    found = await asyncio.to_thread(_read, gateway, proposal, row)
    await refuse_reporters(gateway, found.texts.files, who(caller))
    replaced, now = await _replaced(gateway, proposal.wanted.expected), gateway.now()
    await gateway.desk.publishing(partial(_sound, found, replaced, now))
    return await gateway.desk.proposals.confirm(proposal, row, who(caller), now)


async def _replaced(gateway: "Gateway", expected: int) -> Bindings:
    """Return what reads the bindings of the publication that is to be replaced.

    Not those in force here: this gateway may lag behind. Of one that cannot be read nothing is
    taken for known already.
    """
    if expected == 0:
        return lambda: ()
    try:
        found = await gateway.desk.published.newest()
    except PublicationFault:
        return lambda: ()
    if found is None or found.publication.number != expected:
        raise Overtaken(f"publication {expected} is not the one that is in force")
    return partial(_bindings, found.revision, gateway.live.current)


def _bindings(found: Revision, here: PolicySet) -> Sequence[Binding]:
    if here.digest == found.digest:
        return here.bindings
    try:
        return restored(found).bindings
    except (DrawbarError, OSError, ValueError):
        return ()


def _fit(
    files: Sequence[File], replaced: Bindings, now: datetime
) -> tuple[Sound, Sequence[Binding]]:
    before = replaced()
    return checking.fit(files, before, now), before


def _sound(found: Revision, replaced: Bindings, now: datetime) -> tuple[Sound, Sequence[Binding]]:
    policies, before = restored(found, learned=False), replaced()
    checking.refuse_times(policies, before, now)
    return Sound(policies, found.texts), before


def refuse_observing(
    fresh: Sequence[Binding], before: Sequence[Binding], caller: Caller, now: datetime
) -> None:
    """Let policies observe, where they do not yet, only on the word of a key with `admin`."""
    if any(one.observes(now) and one not in before for one in fresh):
        caller.require(Scope.ADMIN)


async def _release(gateway: "Gateway", wanted: Wanted, sound: Sound) -> Publication | Proposal:
    now = gateway.now()
    row = await gateway.desk.publisher.signed(sound.texts, wanted.digest, now)
    if gateway.settings.four_eyes:
        return await gateway.desk.proposals.propose(wanted, row, now)
    return await gateway.desk.publisher.publish(wanted, row, now)


async def kept(gateway: "Gateway", name: str | None) -> Revision:
    """Return a kept revision by its name, or what is published."""
    if name is not None:
        return await gateway.revisions.get(name)
    found = await gateway.desk.published.newest()
    if found is None:
        raise NoPublication("nothing is published yet")
    return found.revision
