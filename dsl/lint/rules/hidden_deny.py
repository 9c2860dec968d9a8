"""A `deny` never decides: an `allow` of higher priority takes in all its calls.

Why: whoever reads the policy believes that something is refused, and it is always allowed. The
`allow` has no condition, or none that the `deny` does not have too, so nothing is left for it.
Avoid: rule no_mail: deny get_mail; rule all: allow get_* priority 1;
Prefer: rule no_mail: deny get_mail priority 1; rule all: allow get_*;
Fix: none, which of the two is meant is a guess.
"""

from collections.abc import Iterator
from dataclasses import replace

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import covers
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR301", name="hidden-deny", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find denials below allows that take in all they speak of."""
    reading = unit.reading
    hiding = [rule for rule in reading.rules if _may_hide(rule)]
    for rule in reading.rules if hiding else ():
        if rule.effect is not Effect.DENY or rule.phase != "call" or rule.shadow:
            continue
        above = [one for one in hiding if one.priority > rule.priority and _holds_too(one, rule)]
        over = _over(above, rule.selector)
        if over and not any(reading.nodes(rule.condition, syntax.Judged)):  # these join last
            names = " and ".join(dict.fromkeys(f"`{one.name}`" for one in over))
            verb = "stands" if " and " not in names else "stand"
            does = "never decides" if all(not one.condition for one in over) else "refuses nothing"
            message = f"`{rule.name}` {does}: {names} {verb} above it"
            hint = f"give it a priority of {max(one.priority for one in over)} or more"
            yield LINT_RULE.at(rule.name_span, message, hint)


def _may_hide(rule: syntax.Rule) -> bool:
    plain = rule.effect is Effect.ALLOW and rule.phase == "call" and not rule.shadow
    return plain and not (rule.valid or rule.transforms or rule.duties)


def _holds_too(other: syntax.Rule, rule: syntax.Rule) -> bool:
    """Tell whether one condition surely holds where another one does: it has no test of its own."""
    return other.condition is None or _parts(other.condition) <= _parts(rule.condition)


def _parts(condition: syntax.Condition | None) -> set[str]:
    parts = condition.parts if isinstance(condition, syntax.And) else (condition,)
    return {repr(part) for part in parts if part is not None}


def _over(above: list[syntax.Rule], selector: syntax.Selector) -> list[syntax.Rule]:
    """Return rules that together take in all that a selector does, or none."""
    if selector.where is not None:
        return [one for one in above if _takes_all(one.selector)][:1]
    found = []
    for pattern in selector.patterns:
        narrow = replace(selector, patterns=(pattern,))
        over = next((one for one in above if covers(one.selector, narrow)), None)
        if over is None:
            return []
        found.append(over)
    return found


def _takes_all(selector: syntax.Selector) -> bool:
    return not selector.excluded and any(one.text == "*" for one in selector.patterns)
