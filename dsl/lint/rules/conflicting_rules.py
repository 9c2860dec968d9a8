"""An `allow` and a `deny` look at different arguments of the same tool, and nothing says why.

Why: a call may pass the one and fall under the other. Of equal priority, the stricter decides, so
it is denied. Often that is meant: a `because` or `reply` of the `deny`, or a test of the policy,
says so.
Avoid: rule a: allow run when args.command == "ls"; rule b: deny run when args.user == "root";
Prefer: rule a: allow run when args.command == "ls"; rule b: deny run when args.command == "rm";
Fix: none, what is meant is yours to say.
"""

from collections import defaultdict
from collections.abc import Iterator

from dsl import selectors, syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR302", name="conflicting-rules", level="info", since="0.1")
_ByTool = dict[str, list[syntax.Rule]]


def check(unit: Unit) -> Iterator[Finding]:
    """Find, for each deny, the first allow that it overlaps with."""
    reading = unit.reading
    if unit.policy is None or unit.policy.tests:
        return  # the tests say what is meant
    allowed: _ByTool = defaultdict(list)
    for rule in _looking(reading, Effect.ALLOW):
        for pattern in rule.selector.patterns:
            allowed[pattern.text].append(rule)
    for rule in _looking(reading, Effect.DENY):
        if not rule.because and not rule.reply:
            near = [one for text in _near(allowed, rule.selector) for one in allowed[text]]
            yield from _first(reading, rule, near)


def _looking(reading: Reading, effect: Effect) -> Iterator[syntax.Rule]:
    """Yield the rules of an effect that look at arguments."""
    for rule in reading.rules:
        enforced = rule.effect is effect and rule.phase == "call" and not rule.shadow
        if enforced and rule.condition and reading.reads(rule):
            yield rule


def _near(allowed: _ByTool, selector: syntax.Selector) -> Iterator[str]:
    """Yield the names and globs of allows that surely share a tool with a selector.

    A `deny` on all tools is a guard, and meant to overlap.
    """
    for text in (one.text for one in selector.patterns):
        if text in allowed:
            yield text
        if "*" in text and text.strip("*/"):
            yield from (one for one in allowed if one != text and _takes(text, one))


def _takes(glob: str, name: str) -> bool:
    server, _, tool = name.rpartition("/")
    return "*" not in name and selectors.names(glob, server or None, tool)


def _first(reading: Reading, rule: syntax.Rule, others: list[syntax.Rule]) -> Iterator[Finding]:
    own = {steps[:1] for steps in reading.reads(rule)}
    for other in others:
        theirs = {steps[:1] for steps in reading.reads(other)}
        alike = other.priority == rule.priority
        if alike and () not in own | theirs and own.isdisjoint(theirs):
            message = f"`{rule.name}` denies some of what `{other.name}` allows: deny wins"
            hint = f"if that is meant, give `{rule.name}` a `because` or `reply`, or write a test"
            yield LINT_RULE.at(rule.name_span, message, hint)
            return
