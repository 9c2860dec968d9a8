"""A rule denies calls because they may not be what the user asked for.

Why: that is a guess, and often wrong. A person who is asked sees at once whether the call was
meant; an agent that is denied cannot go on.
Avoid: rule off: deny send_money when classify("off_task") >= 0.9;
Prefer: rule off: ask send_money when classify("off_task") >= 0.9;
Fix: none, whether somebody can be asked is yours to say.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.lint.rules.off_task_on_reads import asks_off_task
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR421", name="off-task-denies", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find denials in force that rest on the score."""
    for rule in unit.reading.rules:
        if rule.effect is Effect.DENY and asks_off_task(unit, rule):
            message = f"`{rule.name}` denies by a guess of what the user asked for"
            yield LINT_RULE.at(rule.name_span, message, "write `ask`, so that a person decides")
