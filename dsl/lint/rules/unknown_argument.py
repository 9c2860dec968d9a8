"""A rule names an argument that its tools do not declare.

Why: the argument is absent in every valid call, so an `allow` on it never applies, and a `deny`
or `ask` on it always does.
Avoid: rule pay: allow send_money when args.amuont <= 100;
Prefer: rule pay: allow send_money when args.amount <= 100;
Fix: unsafe, writes the nearest known name, where one is near.
"""

from collections.abc import Iterator

from dsl import syntax, walk
from dsl.errors import Finding, Span
from dsl.lint.rule import LintRule, Unit
from dsl.lint.rules.unknown_tool import nearest, selected
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR103", name="unknown-argument", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Look each argument up in every tool that the rule selects."""
    for rule in unit.nodes(syntax.Rule):
        tools = selected(unit, rule.selector)
        asked = {test.path.steps for test in walk.nodes(rule.condition, syntax.Present)}
        for path in walk.nodes(rule.condition, syntax.Path):
            if path.root == "args" and path.steps:
                # `?` and `present` say that not every tool of the rule has the argument.
                some = path.optional or path.steps in asked
                yield from _unknown(str(path.steps[0]), tools, path.span, some=some)


def _unknown(name: str, tools: list[Tool], span: Span, *, some: bool) -> Iterator[Finding]:
    lacking = [tool for tool in tools if tool.closed and name not in tool.arguments()]
    if lacking and (not some or len(lacking) == len(tools)):
        message = f"`{lacking[0].name}` has no argument `{name}`"
        yield LINT_RULE.at(span, message, nearest(name, lacking[0].arguments()))
