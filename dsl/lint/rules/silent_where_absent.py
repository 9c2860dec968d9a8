"""A rule against all values but some says nothing of calls that leave the argument out.

Why: `args.region? != "eu"` is false where there is no region, so the rule does not apply, and the
call is allowed. Whoever reads the rule believes that nothing passes but `"eu"`. What leads a call
somewhere is not reported: without a copy there is nobody to refuse.
Avoid: rule a: allow deploy; rule eu: deny deploy when args.region? != "eu";
Prefer: rule a: allow deploy; rule eu: deny deploy when not args.region? == "eu";
Fix: none, whether such calls may pass only the author knows.
"""

from collections.abc import Iterator
from typing import Any

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.absent import FALSE, TRUE, Absent
from dsl.lint.destinations import destinations
from dsl.lint.reading import Asked, Reading, Steps
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.schemas import lacks, schema_at
from dsl.model import Effect
from dsl.session.destinations import is_destination
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR416", name="silent-where-absent", level="info", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find tests with a `?` that must not be equal, where calls without the argument pass."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    reading = unit.reading
    looked_for = {
        reading.place(node.path)
        for rule in reading.rules
        for node in reading.nodes(rule.condition, syntax.Present)
    }
    for rule in reading.rules:
        if rule.effect is Effect.ALLOW or rule.phase != "call" or rule.shadow:
            continue
        for one in reading.asked(rule.condition):
            path, constants = _tested(one)
            place = None if path is None else reading.place(path, one.bound)
            if place is None or syntax.EACH in place or place in looked_for:
                continue
            for tool in reading.tools(rule):
                if _stands_for(tool, place, constants) or not _lacks(tool, place):
                    continue
                if _is_silent(reading, rule, tool, place) and _may_pass(unit, tool, place):
                    yield _reported(unit, rule, one.test, place)
                    break


def _tested(one: Asked) -> tuple[syntax.Path | None, tuple[Any, ...]]:
    """Return what must be none of some constants for a rule to apply, and these."""
    match one.test:
        case syntax.Comparison(syntax.Path(optional=True) as path, "!=", syntax.Constant(value)):
            return (path, (value,)) if one.positive else (None, ())
        case syntax.Membership(syntax.Path(optional=True) as path, right, True):
            items = right.items if isinstance(right, syntax.ListOf) else ()
            constants = tuple(item.value for item in items if isinstance(item, syntax.Constant))
            return (path, constants) if one.positive else (None, ())
    return None, ()


def _lacks(tool: Tool, place: Steps) -> bool:
    """Tell whether calls in order may leave an argument out, and it is none that leads anywhere."""
    left_out = any(one.place == place and not one.null for one in lacks(tool, place))
    leads = place in set(destinations(tool)) or is_destination(None, None, place)
    return left_out and not leads


def _stands_for(tool: Tool, place: Steps, constants: tuple[Any, ...]) -> bool:
    """Tell whether a call without the argument is said to mean one of the constants."""
    schema = schema_at(tool, place)
    return "default" in schema and any(schema["default"] == one for one in constants)


def _is_silent(reading: Reading, rule: syntax.Rule, tool: Tool, place: Steps) -> bool:
    """Tell whether neither a rule nor any other asks about or refuses a call without something."""
    absent = Absent(reading, tool.name, place)
    if absent.outcomes(rule.condition) != {FALSE}:
        return False
    others = (one for one in reading.restraints(rule, tool) if one is not rule and not one.valid)
    return all(one.condition and FALSE in absent.outcomes(one.condition) for one in others)


def _may_pass(unit: Unit, tool: Tool, place: Steps) -> bool:
    """Tell whether a rule or the default allows a call without something."""
    policy, reading = unit.policy, unit.reading
    if policy is None or policy.is_overlay:
        return policy is not None  # what is beneath may allow it
    if policy.default is not None and policy.default.effect is Effect.ALLOW:
        return True
    absent = Absent(reading, tool.name, place)
    return any(
        one.condition is None or TRUE in absent.outcomes(one.condition)
        for one in reading.rules
        if one.effect is Effect.ALLOW and one.phase == "call" and tool in reading.tools(one)
    )


def _reported(unit: Unit, rule: syntax.Rule, test: syntax.Test, place: Steps) -> Finding:
    written = " ".join(unit.source.text[test.span.start : test.span.end].split())
    name = str(syntax.Path("args", place))
    message = f"without `{name}` this is false, and `{rule.name}` lets the call pass"
    hint = f"if it must not pass, write `(not present({name}) or {written.replace('?', '', 1)})`"
    return LINT_RULE.at(test.span, message, hint)
