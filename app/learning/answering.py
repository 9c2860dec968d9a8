"""Answers what people ask of memory, in plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from app.problems import Problem
from memory.feedback.reading import Told
from memory.induction.matching import is_about
from memory.induction.rejecting import LASTS
from memory.induction.report import Report
from memory.learning.making import case_of
from memory.learning.telling import Telling, falls_after, lacks

if TYPE_CHECKING:
    from app.wiring import Gateway

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Which:
    """Which rules are looked for."""

    tool: str | None = None
    side: str | None = None
    level: str | None = None
    limit: int = 100
    after: str | None = None

    def takes(self, one: Plain) -> bool:
        """Tell whether a rule is looked for."""
        wanted = {"tool": self.tool, "side": self.side, "level": self.level}
        fits = all(value in (None, one[name]) for name, value in wanted.items())
        return fits and (self.after is None or one["id"] > self.after)


@dataclass(frozen=True, slots=True)
class Asked:
    """One tenant's memory, as a gateway holds it."""

    gateway: "Gateway"
    tenant: str

    @property
    def telling(self) -> Telling | None:
        """Return the revision that this gateway has taken up."""
        learning = self.gateway.learning
        held = None if learning is None else learning.learned.held.get(self.tenant)
        return None if held is None else Telling(held)

    async def listed(self, which: Which) -> Plain:
        """Return some rules, and what was rejected and is not proposed for now."""
        told = await self.gateway.feedback.read(self.tenant)
        gone = [one for one in told.rejected if self.gateway.now() - one.at < LASTS]
        rejected = [
            {"rule": one.rule, "side": one.side, "tool": one.tool, "at": one.at}
            | {"until": one.at + LASTS}
            for one in sorted(gone, key=lambda one: one.seq, reverse=True)
        ]
        return {**self.page(which), "rejected": rejected[: which.limit]}

    def page(self, which: Which) -> Plain:
        """Return some rules, by their ids."""
        telling = self.telling
        if telling is None:
            nothing = dict.fromkeys(("seq", "digest", "at", "next"))
            return {**nothing, "rules": [], "rejected": []}
        found = [one for one in telling.rules if which.takes(one)]
        page = found[: which.limit]
        content = telling.content
        return {
            "seq": content["seq"],
            "digest": content["digest"],
            "at": content["as_of"],
            "rules": [asdict(telling.said(one)) for one in page],
            "next": page[-1]["id"] if len(found) > len(page) else None,
            "rejected": [],
        }

    async def rule(self, name: str) -> Plain:
        """Return one rule with what it lacks."""
        told = await self.gateway.feedback.read(self.tenant)
        telling, one = self._found(name)
        return _whole(telling, one, _by_id(told))

    async def of_rule(self, name: str) -> Plain:
        """Return what speaks for a rule and what against it."""
        told = await self.gateway.feedback.read(self.tenant)
        known, (telling, one) = _by_id(told), self._found(name)
        named = [known[each] for each in (*one["evidence"], *one["against"]) if each in known]
        said = {"rule": _whole(telling, one, known), "conditions": []}
        return _explained(None, {"known": True}, [said], named)

    async def of_decision(self, name: str) -> Plain:
        """Return what each rule of a call's tool says of it, and what people said."""
        gateway = self.gateway
        told = await gateway.feedback.read(self.tenant)
        mine = [one for one in told.reports if one.decision_id == name]
        learning = gateway.learning
        line = None if learning is None else await learning.cases.one(self.tenant, name)
        case = None if line is None else case_of(line, self.tenant)
        if case is None:
            found = await gateway.records.get(name)
            if found is None or found.tenant != self.tenant:
                raise Problem(404, "not_found", "there is no such decision")
            return _explained(name, {"known": False}, [], mine)
        telling, known = self.telling, _by_id(told)
        rules = [] if telling is None else [(telling, one) for one in telling.rules]
        said = [
            {
                "rule": _whole(telling, one, known),
                "conditions": [asdict(each) for each in telling.held(one, case)],
            }
            for telling, one in rules
            if is_about(one["tool"], case.tool)
        ]
        base = {"base": case.base.effect, "soft": case.base.soft, "effect": case.effect}
        return _explained(name, {"known": True, **base}, said, mine)

    def _found(self, name: str) -> tuple[Telling, Plain]:
        telling = self.telling
        one = None if telling is None else telling.find(name)
        if telling is None or one is None:
            raise Problem(404, "not_found", "there is no such rule")
        return telling, one


def _by_id(told: Told) -> dict[str, Report]:
    return {one.id: one for one in told.reports}


def _whole(telling: Telling, one: Plain, reports: Mapping[str, Report]) -> Plain:
    above = lacks(one, reports)
    more = {"next": None if above is None else asdict(above)}
    return {**asdict(telling.said(one)), **more, "falls_after": falls_after(one, telling.content)}


def _explained(
    decision: str | None, call: Plain, said: Sequence[Plain], reports: Sequence[Report]
) -> Plain:
    told = [
        {"id": one.id, "label": str(one.label), "kind": str(one.kind), "at": one.at}
        for one in reports
    ]
    nothing = dict.fromkeys(("base", "soft", "effect"))
    return {"decision_id": decision, **nothing, **call, "rules": said, "reports": told}
