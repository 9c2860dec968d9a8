"""What a person takes back of memory: reports, a revision, a rule; and what is let in again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from app.approvals.deciding import AGENTS
from app.auth import Caller
from app.learning.learned import levels
from app.problems import Problem
from dsl.errors import DrawbarError
from memory.database import FAULTS
from memory.feedback.reading import REJECTION, RELEASE, ROLLBACK, Told
from memory.feedback.reporting import Withdrawal
from memory.induction.log import Refreshed, Withdrawn
from memory.induction.undone import Released
from memory.learning.revisions import MemoryFault
from memory.records.act import What, act

if TYPE_CHECKING:
    from app.learning.learning import Learning
    from app.wiring import Gateway

_TRIES: Final = 5  # others may make rules at the same moment
_STORED: Final = "this is stored, and counts when rules are made next; they cannot be made now"
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """One person at the memory of one tenant."""

    gateway: "Gateway"
    learning: "Learning"
    caller: Caller
    tenant: str

    def __post_init__(self) -> None:
        """Refuse keys that agents hold."""
        refuse_agents(self.caller)

    async def withdraw(self, gone: Withdrawal, reason: str, *, dry_run: bool) -> Plain:
        """Take reports back; what is made of the log from now on never held them."""
        told = await self.gateway.feedback.read(self.tenant)
        taken = Withdrawn(seq=_end(told), **gone.named)
        if not any(taken.takes(one) for one in told.reports):
            what = next(iter(gone.named))
            words = "there is no such report" if what == "report" else f"no report of such a {what}"
            raise Problem(404, "not_found", words)
        before = await self.learning.revisions.last_good(self.tenant)
        if dry_run:
            supposed = replace(told, withdrawn=[*told.withdrawn, taken])
            return changed(before, await self._supposed(supposed), stored=False)
        now = self.gateway.now()
        await self.gateway.feedback.withdraw(self.tenant, gone, reason, self.caller.actor, now)
        return changed(before, await self.refreshed())

    async def roll_back(self, seq: int, reason: str) -> Plain:
        """Go back to an earlier revision, and hold what was reported since."""
        told = await self.gateway.feedback.read(self.tenant)
        back = await self._kept(seq)
        await self._refuse_gone(told, back)
        before = await self.learning.revisions.last_good(self.tenant)
        now = self.gateway.now()
        step = self.learning.revisions.going_back(back, now)
        said = {"to": seq, "reason": reason}
        named: dict[str, Any] = {"about": back["digest"], "details": said}
        done = act(What.MEMORY_ROLLED_BACK, self.caller.actor, now, self.tenant, **named)
        await self.gateway.feedback.add(ROLLBACK, said, done, step)
        await self.learning.take_up()
        return changed(before, step.made)

    async def release(self, reports: Sequence[str], reporter: str | None) -> Plain:
        """Let held reports count: some, all of a reporter, or, where none is named, everything."""
        told = await self.gateway.feedback.read(self.tenant)
        going = Released(seq=_end(told), reports=tuple(reports), reporter=reporter)
        unknown = set(reports) - {one.id for one in told.held}
        found = not unknown and any(going.lets(one) for one in told.held)
        if not found and not (going.ends and told.view.holding):
            raise Problem(404, "not_found", "no such report is held")
        before = await self.learning.revisions.last_good(self.tenant)
        said = _named(reports, reporter)
        named: dict[str, Any] = {"about": reporter, "details": said}
        now = self.gateway.now()
        done = act(What.MEMORY_RELEASED, self.caller.actor, now, self.tenant, **named)
        await self.gateway.feedback.add(RELEASE, said, done)
        return changed(before, await self.refreshed())

    async def reject(self, name: str, reason: str) -> Plain:
        """Let a rule go, and not be proposed again for a while."""
        before = await self.learning.revisions.last_good(self.tenant)
        rules = () if before is None else before["told"]["rules"]
        one = next((rule for rule in rules if rule["id"] == name), None)
        if one is None:
            raise Problem(404, "not_found", "there is no such rule")
        told = {"rule": name, "side": one["side"], "tool": one["tool"], "agreeing": one["a"]}
        said = {**told, "reports": sorted({*one["evidence"], *one["against"]}), "reason": reason}
        details = {"side": one["side"], "tool": one["tool"], "reason": reason}
        now = self.gateway.now()
        named: dict[str, Any] = {"about": name, "details": details}
        done = act(What.MEMORY_REJECTED, self.caller.actor, now, self.tenant, **named)
        await self.gateway.feedback.add(REJECTION, said, done)
        return changed(before, await self.refreshed())

    async def refreshed(self) -> Plain:
        """Make the rules anew; what a person did is stored already, and counts in any case."""
        try:
            for _ in range(_TRIES):
                now, by = self.gateway.now(), self.caller.actor
                made = await self.learning.refresh(self.tenant, by, now)
                if made is not None:
                    return made
        except (DrawbarError, *FAULTS) as error:
            raise Problem(503, "unavailable", _STORED) from error
        raise Problem(503, "unavailable", _STORED)

    async def _supposed(self, told: Told) -> Plain:
        """Return what rules would come of a log, and store nothing."""
        moment = Refreshed(_end(told), self.gateway.now())
        whole = replace(told, refreshes=[*told.refreshes, moment])
        try:
            terms = self.learning.terms(self.tenant)
            return await self.learning.refreshing.supposed(terms, whole)
        except (DrawbarError, *FAULTS) as error:
            raise Problem(503, "unavailable", "the rules cannot be made right now") from error

    async def _kept(self, seq: int) -> Plain:
        try:
            found = await self.learning.revisions.get(self.tenant, seq)
        except MemoryFault as error:
            raise Problem(409, "not_usable", str(error)) from error
        if found is None:
            raise Problem(404, "not_found", "no revision of that number is kept")
        return found

    async def _refuse_gone(self, told: Told, back: Plain) -> None:
        """Refuse what rests on reports that were taken back since, or on calls that are gone."""
        rules = back["told"]["rules"]
        names = {name for one in rules for name in (*one["evidence"], *one["against"])}
        known = {one.id: one for one in told.reports if not told.is_gone(one)}
        if not names <= set(known):
            words = "reports behind this revision were withdrawn, so nothing goes back to it"
            raise Problem(409, "withdrawn_since", words)
        calls = {known[name].decision_id for name in names}
        if calls - await self.learning.cases.there(self.tenant, calls, self.gateway.now()):
            words = "calls behind this revision were erased, or are past their days"
            raise Problem(409, "erased_since", words)


def refuse_agents(caller: Caller) -> None:
    """Refuse a key that an agent may hold: no agent has a say in what holds it back."""
    if AGENTS & caller.key.scopes:
        words = "memory is changed by people: this key may speak for an agent"
        raise Problem(403, "not_a_person", words)


def changed(before: Plain | None, after: Plain, *, stored: bool = True) -> Plain:
    """Return what one revision has otherwise than another: rules by their levels."""
    was, now = levels(before), levels(after)
    return {
        "revision": after["seq"] if stored else None,
        "digest": after["digest"],
        "changed": [
            {"rule": name, "from": was.get(name), "to": now.get(name)}
            for name in sorted({*was, *now})
            if was.get(name) != now.get(name)
        ],
    }


def _named(reports: Sequence[str], reporter: str | None) -> dict[str, Any]:
    if reports:
        return {"reports": list(reports)}
    return {"all": True} if reporter is None else {"reporter": reporter}


def _end(told: Told) -> int:
    """Return a number after all that a log holds."""
    acts = (told.reports, told.withdrawn, told.refreshes, told.rolled_back, told.released)
    events = [one.seq for some in (*acts, told.rejected, told.promoted) for one in some]
    return max(events, default=0) + 1
