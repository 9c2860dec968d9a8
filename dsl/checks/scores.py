"""Checks that a learned score can only ever make a decision stricter."""

from collections.abc import Iterator
from typing import Any

from dsl import syntax, walk
from dsl.checks.environment import Among
from dsl.errors import Finding
from dsl.evaluation.choosing import ANNOTATIONS
from dsl.model import Effect


def faults(statement: syntax.Statement, among: Among) -> Iterator[Finding]:
    """Find scores where more of them would allow more, and what an allow may not rest on."""
    if isinstance(statement, syntax.Rule):
        yield from _annotations(statement)
    if next(_scores(statement, among), None) is None:
        return  # most statements ask for none
    match statement:
        case syntax.Rule():
            yield from _rule(statement, among)
        case syntax.Let(_, value):
            yield from _inside(value, among)
        case syntax.Label() | syntax.Fact():
            yield from _none(statement, among)


def _rule(rule: syntax.Rule, among: Among) -> Iterator[Finding]:
    yield from _none(rule.selector, among)
    yield from _inside(rule.condition, among)
    score = next(_scores(rule.condition, among), None)
    if score is None:
        return
    if rule.effect is Effect.ALLOW:
        hint = "write an `ask` or `deny` rule"
        yield Finding("BAR105", "a score never allows a call", score.span, help=hint)
    if rule.priority:
        yield Finding("BAR105", "a rule with a score has no priority: it joins last", score.span)


def _annotations(rule: syntax.Rule) -> Iterator[Finding]:
    own = [
        path for path in walk.nodes(rule.selector.where, syntax.Path) if path.root == ANNOTATIONS
    ]
    if own and rule.effect is Effect.ALLOW:
        hint = "annotations are the tool server's own words; name the tools, or use their `risk`"
        yield Finding("BAR105", "an `allow` never reads annotations", own[0].span, help=hint)


def _scores(node: object, among: Among) -> Iterator[syntax.Node]:
    """Yield the scores in a tree, and the names that stand for some."""
    yield from walk.nodes(node, syntax.Judged)
    for path in walk.nodes(node, syntax.Path):
        if path.root in among.scoring:
            yield path


def _inside(node: Any, among: Among) -> Iterator[Finding]:
    """Look into what is true the sooner, the more of its parts are."""
    match node:
        case syntax.And(parts) | syntax.Or(parts):
            for part in parts:
                yield from _inside(part, among)
        case syntax.Quantifier("any" | "all", _, items, body):
            yield from _none(items, among)
            yield from _inside(body, among)
        case syntax.Judged(value=value):
            yield from _none(value, among)
        case syntax.Holds(syntax.Path()):
            return
        case _:
            yield from _none(node, among)


def _none(node: object, among: Among) -> Iterator[Finding]:
    for score in _scores(node, among):
        hint = "join it by `and` and `or` alone, so that a score can only make a decision stricter"
        yield Finding("BAR105", "a score cannot stand here", score.span, help=hint)
