"""A rule asks for a label that the policy does not declare, and a declared one is spelt alike.

Why: nothing carries a misspelt label, so what the rule should refuse passes. A label of another
policy is no mistake, so only names that nearly agree are reported.
Avoid: label get_mail.text as secret; rule a: deny send_email when args.body has secrets;
Prefer: label get_mail.text as secret; rule a: deny send_email when args.body has secret;
Fix: unsafe, writes the nearest declared label.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit, once
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR110", name="unknown-label", level="warning", since="0.1")
_ALIKE: Final = 0.8


def check(unit: Unit) -> Iterator[Finding]:
    """Look each label up that an `ask` or `deny` asks for."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    declared = {label.name for label in unit.policy.labels} if unit.policy else set()
    for rule in unit.reading.rules if declared else ():
        if rule.effect is Effect.ALLOW:
            continue
        for test in unit.reading.nodes(rule.condition, syntax.Has):
            near = None if test.label in declared else _near(test.label, declared)
            if near is not None:
                message = f"no label here is named `{test.label}`"
                yield LINT_RULE.at(test.span, message, f"did you mean `{near}`?")


def _near(name: str, declared: Iterable[str]) -> str | None:
    """Return the label that a name nearly is; `team_b` counts on from `team_a`, and is another."""
    alike = [one for one in declared if not _counts_on(one, name)]
    return next(iter(get_close_matches(name, alike, n=1, cutoff=_ALIKE)), None)


def _counts_on(one: str, other: str) -> bool:
    """Tell whether two names differ by a number or a letter that stands by itself."""
    parts, others = one.split("_"), other.split("_")
    pairs = list(zip(parts, others, strict=False))
    differing = [(a, b) for a, b in pairs if a != b]
    if len(parts) != len(others) or len(differing) != 1:
        return False
    a, b = differing[0]
    digits = a.rstrip("0123456789") == b.rstrip("0123456789")
    return digits or (len(a) == 1 and len(b) == 1)
