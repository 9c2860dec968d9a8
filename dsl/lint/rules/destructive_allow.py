"""A rule allows a tool that deletes, pays or is of high risk, without any condition.

Why: such a call cannot be taken back, and nothing looks at what is deleted or who is paid. A tool
is known by its name; a `risk` that your tools file gives it counts instead, `"high"` or another.
Avoid: rule tidy: allow delete_file;
Prefer: rule tidy: allow delete_file when under(args.path, "/tmp/agent");
Fix: none, the condition is yours to name; or write `ask`.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding, Span
from dsl.lint import wording
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR406", name="destructive-allow", level="warning", since="0.1")
_RISKY = ("high", "critical")


def check(unit: Unit) -> Iterator[Finding]:
    """Find tools that a rule allows whatever the call is."""
    reading = unit.reading
    for rule in reading.rules:
        if not _bare(rule):
            continue
        for span, tools in _named(reading, rule):
            tool = next((tool for tool in tools if unlimited(reading, rule, tool)), None)
            if tool is not None:
                message = f"`{rule.name}` allows every call of `{tool.name}`"
                hint = "add a condition with `when`, or write `ask` so that a person looks"
                yield LINT_RULE.at(span, message, hint)


def _named(reading: Reading, rule: syntax.Rule) -> Iterator[tuple[Span, list[Tool]]]:
    """Yield the tools that a rule means: BAR402 and BAR405 speak of wide globs."""
    for pattern in rule.selector.patterns:
        taken = reading.taken(rule, pattern)
        if "*" in pattern.text:
            said = wording.words(pattern.text)
            taken = [tool for tool in taken if wording.verb(tool.name) in said]
        yield pattern.span, taken
    if rule.selector.where is not None:
        yield rule.selector.span, list(reading.tools(rule))


def unlimited(reading: Reading, rule: syntax.Rule, tool: Tool) -> bool:
    """Tell whether a rule allows a weighty tool, and neither it nor another rule limits that."""
    if not _bare(rule) or not weighty(tool):
        return False
    return not any(_bears(reading, one) for one in reading.restraints(rule, tool))


def _bare(rule: syntax.Rule) -> bool:
    enforced = rule.effect is Effect.ALLOW and rule.phase == "call" and not rule.shadow
    return enforced and not (rule.condition or rule.transforms or rule.duties)


def weighty(tool: Tool) -> bool:
    """Tell whether what a tool does is high risk, as your tools file or else its name says."""
    risk = tool.metadata.get("risk")
    if isinstance(risk, str):
        return risk.lower() in _RISKY
    return wording.final(tool.name, tool.arguments())


def _bears(reading: Reading, rule: syntax.Rule) -> bool:
    """Tell whether a rule that restricts is about such calls, and not about who calls alone."""
    if rule.condition is None or all(one.text != "*" for one in rule.selector.patterns):
        return True
    nodes = list(reading.nodes(rule.condition, syntax.Node))
    of_call = {one.root for one in nodes if isinstance(one, syntax.Path)} & {"args", "fact"}
    asked = syntax.Past | syntax.From | syntax.Has | syntax.Saw | syntax.UserSaid
    return bool(of_call) or any(isinstance(one, asked) for one in nodes)
