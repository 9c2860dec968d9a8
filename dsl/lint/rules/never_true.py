"""A test is never true, whatever the call is: for its constants, or for the tests beside it.

Why: an `allow` with it never applies, and a `deny` or `ask` only by unknown, where a value is
absent. Whoever reads the policy believes that something is allowed or refused, and nothing is.
Avoid: rule pay: allow send_money when args.amount > 100 and args.amount < 50;
Prefer: rule pay: allow send_money when args.amount > 50 and args.amount < 100;
Fix: none, which of the tests is wrong is a guess.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.domains import Domains
from dsl.lint.reading import Reading, covers
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.together import Beside, Wanted, wanted
from dsl.lint.values import Said, Values, none_left

LINT_RULE = LintRule(code="BAR304", name="never-true", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find tests that nothing satisfies, and rules whose exceptions are all their tools."""
    reading = unit.reading
    if unit.policy is None:
        return
    yield from once(_tests(unit, reading, Values(reading, unit.policy.kinds)))
    for rule in reading.rules:
        if rule.selector.excluded and _nothing_left(rule.selector):
            message = f"`{rule.name}` never applies: all its tools are excepted"
            yield LINT_RULE.at(rule.selector.span, message)


def _nothing_left(selector: syntax.Selector) -> bool:
    out = syntax.Selector(selector.excluded)
    every = (syntax.ToolPattern("*"),)
    return covers(out, syntax.Selector(selector.patterns or every))


def _tests(unit: Unit, reading: Reading, values: Values) -> Iterator[Finding]:
    overlay = unit.policy is not None and unit.policy.is_overlay
    domains = Domains(reading, values, use_tools=not overlay)
    for rule in reading.rules:
        for one, before in wanted(reading, rule.condition):
            look = _Look(unit, values, one)
            yield from look.alone() or look.outside(domains, rule) or look.beside(before)


class _Look:
    """Looks at one test; of what is wrong with it, the plainest thing is told."""

    def __init__(self, unit: Unit, values: Values, one: Wanted) -> None:
        self._unit, self._values, self._one = unit, values, one
        self._said = values.said(one)
        self._shown = f"`{one.shown(unit.source)}`"

    def alone(self) -> list[Finding]:
        """Find an empty list, and constants that are compared with each other."""
        for operand, said in self._said:
            if any(one.operator == "in" and one.so and not one.constants for one in said):
                return [self._never("the list is empty")]
            constant = self._values.resolved(operand)
            if isinstance(constant, syntax.Constant) and none_left((*_is(constant), *said)):
                return [self._never("both sides are constants")]
        match self._one.test:
            case syntax.Quantifier("any", _, items) if self._one.holds:
                if self._values.resolved(items) == syntax.ListOf(()):
                    return [self._never("the list is empty")]
        return []

    def outside(self, domains: Domains, rule: syntax.Rule) -> list[Finding]:
        """Find values that a function never gives, or that the tools file does not let through."""
        for operand, said in self._said:
            if (why := domains.why_none(rule, operand, said)) is not None:
                return [self._never(why)]
        return []

    def beside(self, before: Beside) -> list[Finding]:
        """Find what excludes a test among those that must hold beside it."""
        excluding = [other for other in before if self._values.opposite(self._one, other)]
        for operand, said in self._said:
            key, together = self._values.key(operand), list(said)
            for other in before:
                more = self._values.of(other, key)
                excluding += [other] if more and none_left((*said, *more)) else []
                together += more
            if not excluding and none_left(together):
                excluding = [other for other in before if self._values.of(other, key)]
        if not excluding:
            return []
        beside = excluding[0].shown(self._unit.source)
        message = f"{self._shown} is never true beside `{beside}`"
        return [LINT_RULE.at(self._one.place_beside(excluding), message)]

    def _never(self, why: str) -> Finding:
        return LINT_RULE.at(self._one.test.span, f"{self._shown} is never true: {why}")


def _is(constant: syntax.Constant) -> tuple[Said, ...]:
    return (Said("in", (constant.value,)),)
