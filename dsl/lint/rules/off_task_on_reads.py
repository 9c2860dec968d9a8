"""A rule asks for `off_task` of tools that are not said to change anything.

Why: the guard speaks only of tools to which your tools file gives `"read_only": false`. Of any
other the score is unknown, and an `ask` or `deny` applies by unknown: so to each call of it.
Avoid: rule off: ask * when classify("off_task") >= 0.9;
Prefer: rule off: ask deploy when classify("off_task") >= 0.9;
Fix: none, which tools change something is yours to say.
"""

from collections.abc import Iterator
from itertools import islice

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR420", name="off-task-on-reads", level="warning", since="0.1")
LABEL = "off_task"


def check(unit: Unit) -> Iterator[Finding]:
    """Find rules in force whose score is unknown for a tool that they take in."""
    for rule in unit.reading.rules:
        if not asks_off_task(unit, rule):
            continue
        tools = ((one, one.metadata.get("read_only")) for one in unit.reading.tools(rule))
        unsaid = (one for one in tools if one[1] is not False)
        for tool, read_only in islice(unsaid, 1):
            words = "reads only" if read_only is True else "is not said to change anything"
            message = f"`{tool.name}` {words}, so `{rule.name}` applies to each call of it"
            hint = 'give the tools that change something `"read_only": false`, and select these'
            yield LINT_RULE.at(rule.selector.span, message, hint)


def asks_off_task(unit: Unit, rule: syntax.Rule) -> bool:
    """Tell whether a rule in force rests on the score of this label."""
    if rule.shadow:
        return False
    scores = unit.reading.nodes(rule.condition, syntax.Judged)
    return any(one.name == "classify" and one.text == LABEL for one in scores)
