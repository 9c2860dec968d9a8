"""A question, a source, a kind, a label or a duty names a tool that is not declared.

Why: nobody ever calls such a tool. What asks for its calls or results is never true, and what it
declares holds for nothing: a label on a misspelt tool marks no secret.
Avoid: label get_mial.text as secret; rule a: deny send_email when args.body has secret;
Prefer: label get_mail.text as secret; rule a: deny send_email when args.body has secret;
Fix: unsafe, writes the nearest declared name, where one is near.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding, Span
from dsl.lint.rule import LintRule, Unit
from dsl.lint.rules.unknown_tool import matches, nearest

LINT_RULE = LintRule(code="BAR112", name="unknown-tool-asked", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Look each tool up that stands outside the selectors of rules, which are BAR104.

    An overlay may speak of tools that its own file does not have, a test may try one, and a `*`
    may stand for tools to come.
    """
    if unit.tools is None or unit.policy is None or unit.policy.is_overlay:
        return
    declared = (*unit.tools.by_name, *unit.tools.hidden)
    for name, span in _named(unit):
        if "*" not in name and not any(matches(name, one) for one in declared):
            message = f"no declared tool is named `{name}`"
            yield LINT_RULE.at(span, message, nearest(name, unit.tools.by_name))


def _named(unit: Unit) -> Iterator[tuple[str, Span]]:
    for node in unit.nodes(syntax.Node):
        match node:
            case syntax.Past(_, tools):
                yield from ((tool, node.span) for tool in tools)
            case syntax.OfTool(tool) | syntax.OfRecord(tool):
                yield tool, node.span
            case syntax.ToolField(tool) | syntax.MustCall(tool):
                yield tool, node.span
