"""A kind, a named value, a change or a reply speaks of an argument that no tool there declares.

Why: what is misspelt does nothing. The kind is no kind of anything, the change changes nothing,
and a test behind a name is unknown in every call.
Avoid: kind send_money.recipent is iban; rule pay: allow send_money when args.recipient from user;
Prefer: kind send_money.recipient is iban; rule pay: allow send_money when args.recipient from user;
Fix: unsafe, writes the nearest declared name, where one is near.
"""

from collections.abc import Iterator, Sequence

from dsl import syntax, walk
from dsl.errors import Finding, Span
from dsl.evaluation import interpolate
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.rules.unknown_tool import nearest
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR113", name="unknown-argument-elsewhere", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Look arguments up that stand outside a condition itself, which is BAR103."""
    return once(_found(unit)) if unit.tools is not None else iter(())


def _found(unit: Unit) -> Iterator[Finding]:
    for kind in unit.policy.kinds if unit.policy else ():
        for field in kind.fields:
            tools = unit.reading.named(field.tool)
            yield from _unknown(field.steps, tools, field.span, f"`{field.tool}` has no")
    every = unit.reading.named("*")
    for rule in unit.reading.rules:
        tools = unit.reading.tools(rule)
        for steps, span in _changed_or_told(unit, rule):
            yield from _unknown(steps, tools, span, f"no tool of `{rule.name}` has an")
        for path in _behind(unit, rule):  # where other rules with other tools may ask, too
            yield from _unknown(path.steps, every, path.span, "no tool has an")


def _behind(unit: Unit, rule: syntax.Rule) -> Iterator[syntax.Path]:
    """Yield the arguments that stand behind the names and facts of a condition."""
    here = {id(path) for path in walk.nodes(rule.condition, syntax.Path)}
    for path in unit.reading.nodes(rule.condition, syntax.Path) if here else ():
        if path.root == "args" and id(path) not in here:
            yield path


def _changed_or_told(unit: Unit, rule: syntax.Rule) -> Iterator[tuple[tuple[str | int, ...], Span]]:
    for one in rule.transforms:
        if one.path.root == "args":
            yield one.path.steps, one.path.span
    for part in interpolate.parts(rule.reply or ""):
        if isinstance(part, syntax.Path) and part.root == "args":
            yield part.steps, _in_reply(unit, rule, part)


def _in_reply(unit: Unit, rule: syntax.Rule, path: syntax.Path) -> Span:
    """Return where a reply shows a value: the words of a rule have no nodes of their own."""
    at = unit.source.text.find(f"{{{path}}}", rule.span.start, rule.span.end)
    return Span(at + 1, at + 1 + len(str(path))) if at >= 0 else rule.name_span


def _unknown(
    steps: tuple[str | int, ...], tools: Sequence[Tool], span: Span, whose: str
) -> Iterator[Finding]:
    name = str(steps[0]) if steps else ""
    if name and tools and all(one.closed and name not in one.arguments() for one in tools):
        known = [argument for tool in tools for argument in tool.arguments()]
        yield LINT_RULE.at(span, f"{whose} argument `{name}`", nearest(name, known))
