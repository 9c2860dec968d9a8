"""Finds for a person the earlier calls that are like one, or like those that a rule is about.

No decision asks it: a contract on imports holds that none can.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.auth import Caller
from app.learning.meaning import NoMeaning
from app.problems import Problem
from memory.feedback.reading import Told
from memory.induction.report import Report
from memory.records.act import What, act
from memory.similar.looking import Like, Looked, Similar, Wanted

if TYPE_CHECKING:
    from app.learning.learning import Learning
    from app.wiring import Gateway

_OF_A_RULE: Final = 50  # calls, the newest: their middle is what is looked for
_NOTE: Final = "similar calls"
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Number:
    """How many calls are looked for, and whether those alone that people said something of."""

    limit: int
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Comparing:
    """One person at the calls of one tenant."""

    gateway: "Gateway"
    learning: "Learning"
    similar: Similar
    caller: Caller
    tenant: str

    async def of_decision(self, name: str, number: Number) -> Plain:
        """Return the calls that are like one."""
        told = await self.gateway.feedback.read(self.tenant)
        if await self.learning.cases.one(self.tenant, name) is None:
            found = await self.gateway.records.get(name)
            if found is None or found.tenant != self.tenant:
                raise Problem(404, "not_found", "there is no such decision")
        return await self._looked(told, name, [name], number)

    async def of_review(self, found: Plain, number: Number) -> Plain:
        """Return the calls that are like those which speak for a rule, or else against it."""
        rule = found["rule"]
        return await self._of_reports(rule["id"], rule["evidence"] or rule["against"], number)

    async def of_rule(self, name: str, number: Number) -> Plain:
        """Return the calls that are like those which a rule was made of, and others than these."""
        content = self.learning.learned.held.get(self.tenant)
        rules = () if content is None else content["told"]["rules"]
        one = next((each for each in rules if each["id"] == name), None)
        if one is None:
            raise Problem(404, "not_found", "there is no such rule")
        return await self._of_reports(name, one["evidence"], number)

    async def _of_reports(self, about: str, names: Collection[str], number: Number) -> Plain:
        """Return the calls that are like those which some reports speak of."""
        told, wanted = await self.gateway.feedback.read(self.tenant), frozenset(names)
        calls = dict.fromkeys(one.decision_id for one in told.reports if one.id in wanted)
        return await self._looked(told, about, list(calls), number)

    async def _looked(
        self, told: Told, about: str, decisions: Sequence[str], number: Number
    ) -> Plain:
        """Return the calls that are like some, and others than these."""
        known = _by_decision(told)
        silent = [name for name, each in known.items() if not any(map(_stands, each))]
        wanted = Wanted(
            tenant=self.tenant,
            decisions=decisions[-_OF_A_RULE:],
            reported=list(known),
            left_out={*decisions, *(silent if number.reported else ())},
            limit=number.limit,
            only_reported=number.reported,
        )
        try:
            found = await self.similar.look(wanted, self.gateway.now())
        except NoMeaning as error:
            raise Problem(409, "not_usable", f"`memory.encoder` cannot be used: {error}") from error
        if found.calls:  # nothing is shown before it is written down who looks
            await self._write_down(about, found)
        return {
            "known": found.known,
            "by": "text" if self.gateway.settings.memory.encoder is None else "meaning",
            "looked_at": found.looked_at,
            "complete": found.complete,
            "calls": [_told(one, known) for one in found.calls],
        }

    async def _write_down(self, about: str, found: Looked) -> None:
        decisions = [one.case.decision_id for one in found.calls]
        details = {"note": _NOTE, "decisions": decisions}
        named: dict[str, Any] = {"about": about, "details": details}
        now = self.gateway.now()
        done = act(What.EVIDENCE_SHOWN, self.caller.actor, now, self.tenant, **named)
        await self.similar.write_down(done)


def _told(one: Like, known: Mapping[str, Sequence[Plain]]) -> Plain:
    case = one.case
    return {
        "decision_id": case.decision_id,
        "at": case.at,
        "score": one.score,
        "times": one.times,
        "tool": case.tool,
        "call": one.call,
        "base": case.base.effect,
        "soft": case.base.soft,
        "effect": case.effect,
        "reports": [each for name in one.reported for each in known.get(name, ())],
    }


def _by_decision(told: Told) -> dict[str, list[Plain]]:
    """Return what people said of each call, the oldest call first."""
    found: dict[str, list[Plain]] = {}
    view = told.view
    for one in told.reports:
        said = _said(one, withdrawn=told.is_gone(one), held=view.keeps(one))
        found.setdefault(one.decision_id, []).append(said)
    return found


def _said(one: Report, *, withdrawn: bool, held: bool) -> Plain:
    return {
        "id": one.id,
        "label": str(one.label),
        "kind": str(one.kind),
        "at": one.at,
        "decision_id": one.decision_id,
        "withdrawn": withdrawn,
        "held": held,
    }


def _stands(said: Plain) -> bool:
    return not said["withdrawn"] and not said["held"]
