"""A rule allows a tool that deletes, pays or is of high risk, without any condition.

Why: such a call cannot be taken back, and nothing looks at what is deleted or who is paid. That
the tool is one of these says its name, or `risk: "high"` in your tools file.
Avoid: rule tidy: allow delete_file;
Prefer: rule tidy: allow delete_file when under(args.path, "/tmp/agent");
Fix: none, the condition is yours to name; or write `ask`.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint import wording
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR406", name="destructive-allow", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find tools that a rule allows whatever the call is."""
    reading = unit.reading
    for rule in reading.rules:
        for pattern in rule.selector.patterns:
            for tool in reading.taken(rule, pattern):
                if _named(pattern.text, tool) and unlimited(reading, rule, tool):
                    message = f"`{rule.name}` allows every call of `{tool.name}`"
                    hint = "add a condition, or ask a person"
                    yield LINT_RULE.at(pattern.span, message, hint)
                    break


def _named(pattern: str, tool: Tool) -> bool:
    """Tell whether a pattern means this tool: BAR402 and BAR405 speak of wide globs."""
    if "*" not in pattern:
        return True
    return bool(set(wording.words(pattern)) & set(wording.words(tool.name)) & wording.CHANGING)


def unlimited(reading: Reading, rule: syntax.Rule, tool: Tool) -> bool:
    """Tell whether a rule allows a weighty tool, and neither it nor another rule limits that."""
    if rule.effect is not Effect.ALLOW or rule.phase != "call" or rule.shadow:
        return False
    if rule.condition is not None or rule.transforms or rule.duties:
        return False
    weighty = tool.metadata.get("risk") == "high" or wording.final(tool.name)
    return weighty and not reading.restraints(rule, tool)
