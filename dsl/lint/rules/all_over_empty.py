"""An `allow` asks that all elements pass, and an empty list passes too.

Why: `all` over an empty list is true. A call that names nobody is then allowed, and some tools
take an empty list for everybody. `none ...: not` and `not any ...: not` say the same.
Avoid: rule mail: allow send_email when all a in args.to: a ends_with "@example.com";
Prefer: rule mail: allow send_email when len(args.to) > 0 and all a in args.to: a from user;
Fix: unsafe, puts a test of the length in front, which is nearly always meant.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Edit, Finding, Fix, Span
from dsl.lint.absent import FALSE, TRUE, Absent
from dsl.lint.emptied import Emptied
from dsl.lint.reading import Asked, Reading, Steps, schema_at
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.schemas import lacks
from dsl.model import Effect
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR502", name="all-over-empty", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find `all` in an `allow` that lets calls with an empty list pass."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        if rule.effect is not Effect.ALLOW or rule.phase != "call" or rule.shadow:
            continue
        for one in reading.asked(rule.condition):
            place = _place_of_all(reading, one)
            if place and _passes(reading, rule, place) and not _filled(reading, rule, place):
                listed = str(syntax.Path("args", place))
                message = f"`{rule.name}` also allows calls in which `{listed}` is empty"
                hint = f"put `len({listed}) > 0 and` before the test"
                yield LINT_RULE.at(one.test.span, message, hint, _fix(rule, one, listed))


def _fix(rule: syntax.Rule, one: Asked, listed: str) -> Fix | None:
    """Put the test of the length in front, where that reads as it is meant."""
    span = one.test.span
    inside = rule.span.start <= span.start and span.end <= rule.span.end
    if not (one.positive and inside and not one.bound):
        return None
    return Fix((Edit(Span(span.start, span.start), f"len({listed}) > 0 and "),))


def _passes(reading: Reading, rule: syntax.Rule, place: Steps) -> bool:
    return TRUE in Emptied(reading, place).outcomes(rule.condition)


def _place_of_all(reading: Reading, one: Asked) -> Steps | None:
    """Return the place of a list all of whose elements must pass, however that is said."""
    test = one.test
    if not isinstance(test, syntax.Quantifier) or syntax.EACH in (reading.place(test.items) or ()):
        return None
    needs = {"all": one.positive, "none": one.positive, "any": not one.positive}[test.kind]
    plain = test.kind == "all" or _turned(test.body)
    return reading.place(test.items) if needs and plain else None


def _turned(body: syntax.Condition) -> bool:
    match body:
        case syntax.Not() | syntax.Comparison(_, "!="):
            return True
        case syntax.Membership(negated=negated):
            return negated
    return False


def _filled(reading: Reading, rule: syntax.Rule, place: Steps) -> bool:
    """Tell whether an empty list is refused elsewhere, is as good as none, or breaks the schema."""
    tools = reading.tools(rule)
    return bool(tools) and all(_cannot_be(reading, rule, tool, place) for tool in tools)


def _cannot_be(reading: Reading, rule: syntax.Rule, tool: Tool, place: Steps) -> bool:
    least = schema_at(tool, place).get("minItems", 0)
    if isinstance(least, int) and least > 0:
        return True
    absent = Absent(reading, tool.name, place).outcomes(rule.condition)
    if TRUE in absent and any(True for _ in lacks(tool, place)):
        return True  # without the list the call is allowed as well
    others = reading.restraints(rule, tool)
    return any(FALSE not in Emptied(reading, place).outcomes(one.condition) for one in others)
