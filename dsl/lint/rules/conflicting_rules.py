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

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR302", name="conflicting-rules", level="info", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find, for each deny, the first allow that it overlaps with."""
    reading = unit.reading
    allowed = defaultdict[tuple[str, int], list[syntax.Rule]](list)
    for rule in _looking(reading, Effect.ALLOW):
        for pattern in rule.selector.patterns:
            allowed[pattern.text, rule.priority].append(rule)
    if unit.policy is None or unit.policy.tests:
        return  # the tests say what is meant
    for rule in _looking(reading, Effect.DENY):
        if not rule.because and not rule.reply:
            near = (allowed.get((one.text, rule.priority), ()) for one in rule.selector.patterns)
            yield from _first(reading, rule, [other for found in near for other in found])


def _looking(reading: Reading, effect: Effect) -> Iterator[syntax.Rule]:
    """Yield the rules of an effect that look at arguments."""
    for rule in reading.rules:
        enforced = rule.effect is effect and rule.phase == "call" and not rule.shadow
        if enforced and rule.condition and reading.reads(rule):
            yield rule


def _first(reading: Reading, rule: syntax.Rule, others: list[syntax.Rule]) -> Iterator[Finding]:
    own = {steps[:1] for steps in reading.reads(rule)}
    for other in others:
        theirs = {steps[:1] for steps in reading.reads(other)}
        if () not in own | theirs and own.isdisjoint(theirs):
            message = f"`{rule.name}` denies some of what `{other.name}` allows: deny wins"
            hint = f"if that is meant, say so: with `because`, `reply` or a test by `{rule.name}`"
            yield LINT_RULE.at(rule.name_span, message, hint)
            return
