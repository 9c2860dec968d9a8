"""A rule allows every tool of a server without a condition.

Why: what the server offers is the server's to say. A tool that it adds tomorrow, or one that it
calls by another name, is allowed unseen.
Avoid: rule issues: allow github/*;
Prefer: rule issues: allow github/list_issues, github/get_issue;
Fix: none, the tools to allow are yours to name.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR410", name="allow-whole-server", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find an unconditional allow on all that a server has; all of every server is BAR402."""
    for rule in unit.nodes(syntax.Rule):
        if rule.effect is not Effect.ALLOW or rule.phase != "call" or rule.condition:
            continue
        for pattern in rule.selector.patterns if not rule.shadow else ():
            server, _, tool = pattern.text.rpartition("/")
            if server not in ("", "*") and tool == "*":
                message = f"`{rule.name}` allows all that `{server}` offers, now and later"
                yield LINT_RULE.at(pattern.span, message, "name the tools")
