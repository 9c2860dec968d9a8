"""A rule allows, by a `*`, a tool that changes something and that it does not name.

Why: the glob is written for what one has in mind, and takes in what one has not. A tool that is
added later with such a name is allowed unseen.
Avoid: rule mail: allow mail_*;
Prefer: rule mail: allow mail_* except mail_delete;
Fix: none, the tools to allow are yours to name.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint import wording
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR405", name="glob-takes-unnamed", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find globs that take in tools whose verb they do not say."""
    reading = unit.reading
    for rule in reading.rules:
        if rule.effect is not Effect.ALLOW or rule.phase != "call" or rule.shadow:
            continue
        roots = {path.root for path in reading.nodes(rule.condition, syntax.Path)}
        if roots & {"args", "tool"}:
            continue
        for pattern in rule.selector.patterns:
            if "*" in pattern.text and pattern.text.rpartition("/")[2] != "*":
                yield from _unnamed(reading, rule, pattern)


def _unnamed(reading: Reading, rule: syntax.Rule, pattern: syntax.ToolPattern) -> Iterator[Finding]:
    said = wording.words(pattern.text)
    named = {one.text for one in rule.selector.patterns}
    for tool in reading.taken(rule, pattern):
        verb = wording.changing(tool.name)
        if verb is None or verb in said or tool.name in named:
            continue
        if not reading.restraints(rule, tool):
            message = f"`{pattern.text}` takes in `{tool.name}`, which it does not name"
            hint = f"write `except {tool.name}`, or name it beside the glob"
            yield LINT_RULE.at(pattern.span, message, hint)
            return
