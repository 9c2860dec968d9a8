"""Says what waits for a person: rules that were learned, with what speaks for them and against."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from app.learning.contradicted import Contradicted
from dsl import syntax
from dsl.errors import Source, render
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from dsl.place import located
from memory.feedback.reading import Told
from memory.induction.evidence import Side
from memory.induction.report import Report
from memory.induction.rule import Level
from memory.learning.telling import RuleSaid, Telling, lacks
from memory.learning.terms import terms

Plain = Mapping[str, Any]
_SHOWN: Final = 200  # reports of one rule


def reviewed(
    content: Plain, told: Told, against: Mapping[str, Contradicted], *, every: bool = False
) -> list[Plain]:
    """Return the rules that a person may want to decide about, L times reach first.

    `against` are those that people took over, and that reports contradict since. Those that only
    count in the shadow wait for more reports, unless nothing tells apart the calls that people
    contradict each other about: then something is missing that only people can send. With `every`
    these are among them.
    """
    telling, said = Telling(content), _findings(content)
    reports = {one.id: one for one in told.reports}
    places = {rule: list(where) for _, rule, where in content["told"]["reviews"]}
    nominated = {one["rule"] for one in content["told"]["soften"] if one["nominated"]}
    found: list[Plain] = []
    for one in telling.rules:
        since = against.get(one["id"])
        kind = "contradicted" if since is not None else _kind(one, places, nominated)
        if kind is None and not every:
            continue
        above = lacks(one, reports)
        found.append(
            {
                "kind": kind or "shadow",
                "priority": one["L"] * one.get("blast", 0) / 100_000_000,
                "rule": asdict(telling.said(one)),
                "lacks": [] if above is None else list(above.lacks),
                "findings": said.get(one["id"], []),
                "agreeing": _reports(one["evidence"], reports),
                "contradicting": _reports(_both(since, one["against"]), reports),
                "missing": places.get(one["id"], []),
                "promoted": _promoted(one["id"], told),
            }
        )
    known = {one["id"] for one in telling.rules}
    forgotten = ((one, one.said()) for name, one in against.items() if name not in known)
    found += [_left(one, rule, told) for one, rule in forgotten if rule is not None]
    return sorted(found, key=_order)


def _both(since: Contradicted | None, names: Sequence[str]) -> list[str]:
    """Return reports against a rule: those first that came after people took it over."""
    newest = () if since is None else (one.id for one in since.reports)
    return list(dict.fromkeys((*newest, *names)))


def _left(one: Contradicted, rule: RuleSaid, told: Told) -> Plain:
    """Return a rule of people's that memory has no more, and that reports contradict."""
    reports = {each.id: each for each in one.reports}
    return {
        "kind": "contradicted",
        "priority": 0.0,
        "rule": asdict(rule),
        "lacks": [],
        "findings": [],
        "agreeing": [],
        "contradicting": _reports(list(reports), reports),
        "missing": [],
        "promoted": _promoted(one.promoted.rule, told),
    }


def _promoted(rule: str, told: Told) -> list[Plain]:
    return [
        {"policy": one.policy, "draft": one.draft, "at": one.at}
        for one in told.promoted
        if one.rule == rule
    ]


def _order(one: Plain) -> tuple[float, float, str]:
    return -one["priority"], -one["rule"]["bound"], one["rule"]["id"]


def _kind(one: Plain, places: Mapping[str, Any], nominated: set[str]) -> str | None:
    if one["id"] in places:
        return "no_separating_feature"
    if one["side"] == str(Side.SOFTEN):
        return "nomination" if one["id"] in nominated else None
    return "rule" if one["level"] != str(Level.SHADOW) else None


def _reports(names: Sequence[str], known: Mapping[str, Report]) -> list[Plain]:
    return [
        {
            "id": one.id,
            "label": str(one.label),
            "kind": str(one.kind),
            "at": one.at,
            "decision_id": one.decision_id,
        }
        for name in names[:_SHOWN]
        if (one := known.get(name)) is not None
    ]


def _findings(content: Plain) -> dict[str, list[str]]:
    """Return what the linter says of each rule that stops calls."""
    source = Source("memory", content["told"]["narrow"])
    policy = parse(source)
    tools = terms(content["terms"]).configuration().tools
    said: dict[str, list[str]] = {}
    for finding in lint(Unit(source, policy, (), tools)):
        for start, rule in located(policy, syntax.Rule):
            if start <= finding.span.start < start + rule.span.end:
                said.setdefault(rule.name, []).append(render(source, finding))
    return said
