"""Rules that people took over from memory, and what was reported since that contradicts them.

A policy does not follow reports: a rule stays as it is written. So somebody is to look at it again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from dsl import syntax
from dsl.errors import Source
from dsl.parse import read
from dsl.show.statements import show
from memory.feedback.reading import Promoted, Told
from memory.induction.evidence import Side
from memory.induction.report import Label, Report
from memory.induction.weights import ONE, weigh
from memory.learning.telling import RuleSaid
from memory.records.query import deciding_rules
from memory.revisions.revision import File

if TYPE_CHECKING:
    from app.wiring import Gateway

SINCE: Final = timedelta(days=90)
_LOOKED: Final = 500  # of the newest reports
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contradicted:
    """A rule in a policy of people, the reports against it, and the files of those policies."""

    promoted: Promoted
    reports: tuple[Report, ...]
    files: Sequence[File] = field(repr=False)

    def said(self) -> RuleSaid | None:
        """Return it as a learned rule is told, where memory itself has it no more.

        Long policies take seconds to read: not on the event loop.
        """
        rule = _written(self.promoted.policy, self.promoted.rule, self.files)
        if rule is None:
            return None
        return RuleSaid(
            id=self.promoted.rule,
            side=str(Side.DENY),
            tool=", ".join(one.text for one in rule.selector.patterns),
            level="ask",
            dsl=show(rule),
            agreeing=0,
            contradicting=0,
            background=0,
            bound=0,
            evidence=(),
            against=tuple(one.id for one in self.reports),
            parent=None,
            born_seq=self.promoted.seq,
            separable=True,
            origin="symbolic",
            blast=0,
        )


async def contradicted(
    gateway: "Gateway", tenant: str, told: Told, content: Plain | None, files: Sequence[File]
) -> Mapping[str, Contradicted]:
    """Return the rules in force that reports of weight contradict, by their ids."""
    now = gateway.now()
    stand = {one.rule: one for one in told.promoted if _is_named(one.rule, files)}
    if not stand:
        return {}
    reports = _standing(told, now)
    rules = {} if content is None else {one["id"]: one for one in content["told"]["rules"]}
    newest = [one for one in reports if one.label is Label.OK][-_LOOKED:]
    names = {one.decision_id for one in newest}
    decided = await deciding_rules(gateway.database, tenant, sorted(names))
    found = {}
    for name, promoted in stand.items():
        against = set(rules[name]["against"]) if name in rules else set()
        against |= {one.id for one in newest if _rule(decided, one) == name}
        since = [one for one in reports if one.id in against and one.seq > promoted.seq]
        if _weighs(since, rules.get(name), now):
            found[name] = Contradicted(promoted, tuple(since), files)
    return found


def _rule(decided: Mapping[str, str], one: Report) -> str:
    """Return the rule that decided a call: the policy's or the overlay's, which have one name."""
    return decided.get(one.decision_id, "").rpartition("/")[2]


def _weighs(reports: Sequence[Report], rule: Plain | None, now: datetime) -> bool:
    """Tell whether reports weigh as much as one: two answers in haste, or one that was thought."""
    side = Side.DENY if rule is None else Side(rule["side"])
    return weigh(reports, side.agrees, now).contradicting >= ONE


def _standing(told: Told, now: datetime) -> list[Report]:
    view = told.view
    return [
        one
        for one in told.reports
        if now - one.at < SINCE and not view.keeps(one) and not told.is_gone(one)
    ]


def _is_named(rule: str, files: Iterable[File]) -> bool:
    """Tell whether a rule stands in a policy, by its name or in its provenance."""
    return any(re.search(rf"\b{re.escape(rule)}\b", one.text) for one in files)


def _written(policy: str, rule: str, files: Iterable[File]) -> syntax.Rule | None:
    """Return how a rule is written; None of an exception, which has no name of its own."""
    for one in files:
        if one.name.endswith(".bar"):
            found, _ = read(Source(one.name, one.text))
            if found is not None and found.name == policy:
                return next((each for each in found.rules if each.name == rule), None)
    return None
