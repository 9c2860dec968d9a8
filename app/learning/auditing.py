"""Audits: decisions that are drawn at random, for people who say what each call was.

They see the call and not what was decided about it. What they say is a report that weighs twice
one that came by itself, since nobody chose which call it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.auth import Caller
from app.deciding.canary import CANARY
from app.learning.naming import name_of, softening_of
from app.problems import Problem
from dsl.model import Effect
from memory.evidence.evidence import About, Look
from memory.evidence.kind import Kind as EvidenceKind
from memory.feedback.reading import Told
from memory.feedback.reporting import NewReport, Taken
from memory.induction.report import Kind, Label
from memory.learning.auditing import FIRST_FIRINGS, Stratum, is_drawn
from memory.learning.making import case_of
from memory.records.query import Wanted, earlier, page
from memory.records.record import DecisionRecord

if TYPE_CHECKING:
    from app.learning.learning import Learning
    from app.wiring import Gateway

AT_ONCE: Final = 500
LOOKED: Final = 5_000  # decisions that one page looks through
_OF: Final = {
    Effect.ALLOW: Stratum.ALLOWED,
    Effect.DENY: Stratum.SOFTLY_DENIED,
    Effect.ASK: Stratum.FIRED,
}
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Some decisions that wait for an audit, newest first, and where to go on; None: no more."""

    found: Sequence[DecisionRecord]
    after: str | None


@dataclass(frozen=True, slots=True)
class Auditing:
    """One person who audits the decisions of their tenant."""

    gateway: "Gateway"
    learning: "Learning"
    caller: Caller

    @property
    def tenant(self) -> str:
        """Return whose decisions are meant."""
        return self.caller.key.tenant

    async def waiting(self, limit: int, before: str | None) -> Drawn:
        """Return decisions that were drawn and that nobody has audited."""
        done = self._done(await self._told())
        found: list[DecisionRecord] = []
        for _ in range(0, LOOKED, AT_ONCE):
            wanted = Wanted(self.tenant, before=before)
            some = await page(self.gateway.database, wanted, AT_ONCE)
            for one in some.found:
                if one.id not in done and await self._stratum(one) is not None:
                    found.append(one)
                    if len(found) == limit:
                        return Drawn(found, one.id)
            before = some.after
            if before is None:
                break
        return Drawn(found, before)

    async def shown(self, name: str) -> tuple[DecisionRecord, Plain | None]:
        """Return a call that was drawn, with its arguments where they are kept; it is recorded."""
        record, _ = await self._drawn(name, await self._told())
        about = About(self.tenant, record.id, record.session, record.call_id, record.subject)
        actor = self.caller.actor
        look = Look(actor.who, "audit", self.gateway.now(), actor.by)
        for one in await self.gateway.keeper.evidence.get(about, look):
            if one.kind is EvidenceKind.ARGUMENTS and one.gone is None:
                return record, {name: one.content.get(name) for name in ("args", "context")}
        return record, None

    async def answer(self, name: str, label: Label, comment: str | None) -> Taken:
        """Keep what a person says of a call that was drawn, once."""
        told = await self._told()
        record, stratum = await self._drawn(name, told)
        new = NewReport(
            decision=record,
            label=label,
            reporter=self.caller.key.subject,
            by=self.caller.actor,
            kind=Kind.AUDIT,
            comment=comment,
            drawn=str(stratum),
        )
        last = max((one.seq for one in told.reports), default=0)
        taken = await self.gateway.feedback.report_after(new, self.gateway.now(), last)
        if taken is None:  # somebody else said it at this moment
            raise _audited()
        self.gateway.metrics.report(new.kind, new.label, counted=taken.counted)
        return taken

    async def _drawn(self, name: str, told: Told) -> tuple[DecisionRecord, Stratum]:
        """Return a decision that waits for this person; any other does not exist for them."""
        record = await self.gateway.records.get(name)
        if record is None or record.tenant != self.tenant:
            raise Problem(404, "not_found", "no such decision was drawn")
        if name in self._done(told):
            raise _audited()
        stratum = await self._stratum(record)
        if stratum is None:
            raise Problem(404, "not_found", "no such decision was drawn")
        return record, stratum

    async def _told(self) -> Told:
        return await self.gateway.feedback.read(self.tenant)

    def _done(self, told: Told) -> set[str]:
        """Return what is not to be audited: it was, or this person has said what it was."""
        mine = self.caller.key.subject
        return {
            one.decision_id
            for one in told.reports
            if not told.is_gone(one) and (one.kind is Kind.AUDIT or one.reporter == mine)
        }

    async def _stratum(self, one: DecisionRecord) -> Stratum | None:
        """Return what a decision was drawn of; None where it was not."""
        if one.phase != "call" or one.dry_run or one.tool == CANARY:
            return None
        stratum = _OF[Effect(one.would or one.effect)]
        if not is_drawn(self.learning.audit_key, one.id, self._share(stratum)):
            return None
        if stratum is Stratum.SOFTLY_DENIED and not await self._is_soft(one.id):
            return None
        if stratum is Stratum.FIRED and not await self._is_first(one):
            return None
        return stratum

    def _share(self, stratum: Stratum) -> float:
        settings = self.gateway.settings.memory
        shares = {
            Stratum.ALLOWED: settings.audit_allowed,
            Stratum.SOFTLY_DENIED: settings.audit_softly_denied,
            Stratum.FIRED: settings.audit_fired,
        }
        return shares[stratum]

    async def _is_soft(self, name: str) -> bool:
        """Tell whether rules that ask a model denied a call, and they alone."""
        line = await self.learning.cases.one(self.tenant, name)
        case = None if line is None else case_of(line, self.tenant)
        return case is not None and case.base.soft

    async def _is_first(self, one: DecisionRecord) -> bool:
        """Tell whether a learned rule decided a call, as one of its first."""
        rule = one.rule
        learned = (f"{name_of(self.tenant)}/", f"{softening_of(self.tenant)}/")
        if rule is None or not rule.startswith(learned):
            return False
        store, most = self.gateway.database, FIRST_FIRINGS
        return await earlier(store, self.tenant, rule, one.id, most) < FIRST_FIRINGS


def _audited() -> Problem:
    words = "this was audited already, or you said something of it before"
    return Problem(409, "already_audited", words)
