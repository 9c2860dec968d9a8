"""A rule allows, by a `*`, a tool that changes something and that it does not name.

Why: a name with a `*` is written for what one has in mind, and takes in what one has not. A tool
that is added later with such a name is allowed unseen.
Avoid: rule mail: allow mail_*;
Prefer: rule mail: allow mail_* except mail_delete;
Fix: none, the tools to allow are yours to name.
"""

from collections.abc import Iterator

from dsl import selectors, syntax
from dsl.errors import Finding
from dsl.lint import wording
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR405", name="glob-takes-unnamed", level="warning", since="0.1")
_HARMLESS = ("low", "none")


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
            if "*" in pattern.text and pattern.text.rpartition("/")[2].strip("*"):
                yield from _unnamed(reading, rule, pattern)


def _unnamed(reading: Reading, rule: syntax.Rule, pattern: syntax.ToolPattern) -> Iterator[Finding]:
    found = [one for one in reading.taken(rule, pattern) if _unsaid(rule, one)]
    found = [one for one in found if not reading.restraints(rule, one)]
    if found:
        more = f" and {len(found) - 1} more that change" if len(found) > 1 else ", which changes"
        message = f"`{pattern.text}` also allows `{found[0].name}`{more} something"
        hint = f"write `except {found[0].name}`, or name it beside `{pattern.text}` if it is meant"
        yield LINT_RULE.at(pattern.span, message, hint)


def _unsaid(rule: syntax.Rule, tool: Tool) -> bool:
    """Tell whether a tool changes something and no pattern of the rule names it or its verb."""
    verb = wording.changing(tool.name)
    if verb is None or tool.metadata.get("risk") in _HARMLESS:
        return False
    server, _, name = tool.name.rpartition("/")
    naming = [one.text for one in rule.selector.patterns if selectors.names(one.text, server, name)]
    return not any("*" not in one or verb in wording.words(one) for one in naming)
