"""The rules that a log comes to: every refresh in it, one after the other, each from the last.

What was withdrawn is left out first, so the rules are those of a log that never held it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from memory.induction import blast
from memory.induction.case import Case
from memory.induction.configuration import Configuration
from memory.induction.drawing import drawn
from memory.induction.evidence import BACKGROUND_DAYS, Ledger, Side
from memory.induction.field import Field, fields
from memory.induction.literals import Literals
from memory.induction.log import Log, Refreshed, Said
from memory.induction.matching import is_about
from memory.induction.printing import fits
from memory.induction.propensity import rhos
from memory.induction.rejecting import Rejections
from memory.induction.rows import bits, numbers_of
from memory.induction.rule import Level, Rule
from memory.induction.search import Search, Whose
from memory.induction.sheet import Sheet
from memory.induction.splitting import Part, Splitter
from memory.induction.standing import Moment, standing
from memory.induction.weights import age

EPOCH_DAYS: Final = 7
NO_SEPARATING_FEATURE: Final = "no_separating_feature"


@dataclass(frozen=True, slots=True)
class Review:
    """Something that a person must look at: what it is, of which rule, and where was looked."""

    kind: str
    rule: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """All rules after a refresh, by their ids, and what people must look at."""

    rules: tuple[Rule, ...] = ()
    reviews: tuple[Review, ...] = ()
    moment: Moment | None = None


def fold(log: Log, configuration: Configuration) -> Memory:
    """Return what memory has come to at the last refresh of a log."""
    memory, said = Memory(), log.said()
    mine = [one for one in log.cases.values() if one.tenant == configuration.tenant]
    for refresh in log.moments:
        cases = [one for one in mine if one.at <= refresh.as_of]
        memory = refreshed(memory, said.before(refresh.seq), cases, refresh, configuration)
    return memory


def refreshed(
    memory: Memory,
    said: Said,
    cases: Sequence[Case],
    refresh: Refreshed,
    configuration: Configuration,
) -> Memory:
    """Return the rules after one more refresh."""
    moment = replace(_moment(refresh, memory.moment), rhos=rhos(refresh.audited, cases))
    week = sum(blast.is_recent(one, refresh.as_of) for one in cases)
    placed, reviews, weeks = [], [], {}
    called = {one.tool for one in cases}
    for tool in sorted(configuration.tools.by_name):
        about = {one for one in called if is_about(tool, one)}
        own = [one for one in cases if one.tool in about]
        desk = _Desk(tool, said, own, moment, configuration)
        weeks[tool] = desk.week(week)
        never = Rejections(refresh.unwanted, tool, said.weighing, refresh.as_of)
        for one, parts in desk.rules(memory.rules, never):
            placed.append(one)
            if not parts.separable:
                kind = NO_SEPARATING_FEATURE
                reviews.append(Review(kind, one.rule.id, tuple(desk.splitter.places(parts.shape))))
    rules = sorted(blast.held(placed, weeks), key=lambda one: one.id)
    return Memory(tuple(rules), tuple(sorted(reviews, key=lambda one: one.rule)), moment)


def _moment(refresh: Refreshed, before: Moment | None) -> Moment:
    number = _epoch(refresh.as_of)
    anew = before is None or _epoch(before.as_of) != number
    return Moment(refresh.seq, refresh.as_of, None if before is None else before.seq, anew)


def _epoch(at: datetime) -> int:
    return at.toordinal() // EPOCH_DAYS


class _Desk:
    """One tool at one refresh."""

    def __init__(
        self,
        tool: str,
        said: Said,
        cases: Sequence[Case],
        moment: Moment,
        configuration: Configuration,
    ) -> None:
        self._tool = tool
        self._moment = moment
        self._configuration = configuration
        self._cases = cases
        named = said.named
        sample = drawn(cases, named, configuration.sampling, moment.as_of)
        self._scale = sample.scale
        found = fields(configuration.tools.by_name[tool], configuration.names)
        answers = configuration.answers[tool]
        self._sheet = Sheet(sample.cases, named, configuration.names, found, answers)
        self._ledger = Ledger(self._sheet, said.weighing, moment.as_of, sample.scale, moment.rhos)
        self._literals = {side: self._made(found, side) for side in Side}
        # What matched nothing of late goes back to the shadow.
        self._of_late = bits(
            row
            for row, one in enumerate(self._sheet.cases)
            if age(one.at, moment.as_of) < BACKGROUND_DAYS
        )
        self.splitter = Splitter(self._sheet, self._ledger, self._literals[Side.DENY])

    def _made(self, found: Sequence[Field], side: Side) -> Literals:
        rows = numbers_of(self._ledger.agreeing(side))
        agreeing = [self._sheet.cases[row] for row in rows]
        return Literals(found, agreeing, self._configuration.sides)

    def week(self, of_tenant: int) -> blast.Traffic:
        """Return the last week of the tool; of its calls also those that were not drawn."""
        as_of = self._moment.as_of
        allowed = blast.allowed(self._sheet, as_of)
        calls = sum(blast.is_recent(one, as_of) for one in self._cases)
        denied = blast.denied(self._sheet, as_of)
        told = self._sheet.named
        return blast.Traffic(allowed, told, calls, of_tenant, self._scale, denied)

    def rules(
        self, before: Sequence[Rule], never: Rejections
    ) -> Iterator[tuple[blast.Placed, Part]]:
        """Yield the rules of the tool, each once, with what its search came to."""
        if not self._ledger.reported:
            return
        seen = set[str]()
        for part in self._parts():
            if part.shape.id in seen or not fits(part.shape, self._configuration):
                continue
            seen.add(part.shape.id)
            placed = self._ruled(part, before)
            if placed is not None and not never.take(part.shape, placed.rule.evidence):
                yield placed, part

    def _parts(self) -> Iterator[Part]:
        for side in Side:
            whose = Whose(self._configuration.tenant, self._tool, side)
            search = Search(whose, self._sheet, self._ledger, self._literals[side])
            for one in search.found():
                yield from self.splitter.parts(one)

    def _ruled(self, part: Part, before: Sequence[Rule]) -> blast.Placed | None:
        """Return a rule where it stands now, if it stands at all."""
        rows = part.shape.rows(self._sheet)
        evidence = self._ledger.evidence(part.shape.side, rows.true)
        found = standing(part.shape, evidence, before, self._moment)
        if found is None:
            return None
        rule = Rule(
            shape=part.shape,
            level=found.level if rows.true & self._of_late else Level.SHADOW,
            evidence=evidence,
            born_seq=found.born_seq,
            raised_seq=found.raised_seq,
            raised_at=found.raised_at,
            parent=part.parent or found.parent,
            separable=part.separable,
        )
        return blast.Placed(rule, rows.true | rows.unknown)
