"""A rule allows a tool and does not look at where the call goes.

Why: whoever talks the agent into the call chooses the recipient, the address or the file. Enough
is: a test of that argument here or in an `ask` or `deny` on the tool, a limit on a number, a fact,
an earlier call, or that nothing untrusted was read.
Avoid: rule mail: allow send_email when not args.body contains "secret";
Prefer: rule mail: allow send_email when args.to from user and not present(args.cc);
Fix: none, the destinations to allow are yours to name.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.destinations import destinations, shown
from dsl.lint.reading import Reading, Steps
from dsl.lint.rule import LintRule, Unit
from dsl.lint.rules.destructive_allow import unlimited
from dsl.model import Effect
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR404", name="unconstrained-destination", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find what a rule allows to any destination, each argument once a rule."""
    reading = unit.reading
    leading: dict[str, list[Steps]] = {}
    for rule in reading.rules if unit.tools else ():
        if not _open(reading, rule):
            continue
        told = set[Steps]()
        for tool in reading.tools(rule):
            if tool.name not in leading:
                leading[tool.name] = list(destinations(tool))
            if not (led := leading[tool.name]):
                continue
            places = [one for one in _anywhere(reading, rule, tool, led) if one not in told]
            if places:
                told.update(places)
                named = ", ".join(f"`{shown(one)}`" for one in places)
                message = f"`{rule.name}` allows `{tool.name}` with any {named}"
                hint = f"test `args.{shown(places[0])}` here, or in an `ask` or `deny` on the tool"
                yield LINT_RULE.at(rule.name_span, message, hint)


def _open(reading: Reading, rule: syntax.Rule) -> bool:
    """Tell whether a rule limits its calls in none of the ways that make up for it."""
    if rule.effect is not Effect.ALLOW or rule.phase != "call" or rule.shadow:
        return False
    if any(not one.text.strip("*/") for one in rule.selector.patterns):
        return False  # BAR402
    read = list(reading.nodes(rule.condition, syntax.Node))
    return not any(_limits(reading, one) for one in read)


def _limits(reading: Reading, node: syntax.Node) -> bool:
    """Tell whether a number of the call is limited, or something beside the call is asked for."""
    match node:
        case syntax.Past() | syntax.Path("fact") | syntax.Saw() | syntax.Has(None):
            return True
        case syntax.Comparison(left, "<" | "<=" | ">" | ">=", right):
            return any(_is_number(reading, side) for side in (left, right))
        case syntax.Membership(left, syntax.Range()):
            return _is_number(reading, left)
    return False


def _is_number(reading: Reading, side: syntax.Operand) -> bool:
    made = isinstance(side, syntax.Arithmetic | syntax.Aggregate)
    return made or reading.place(side) is not None


def _anywhere(
    reading: Reading, rule: syntax.Rule, tool: Tool, places: list[Steps]
) -> Iterator[Steps]:
    restraints = reading.restraints(rule, tool)
    if unlimited(reading, rule, tool) or any(_closes(reading, one) for one in restraints):
        return  # of what is not limited at all, BAR406 tells
    seen = {steps for one in (rule, *restraints) for steps in reading.looked_at(one)}
    if all(steps and steps[0] in tool.arguments() for steps in reading.reads(rule)):  # else BAR103
        yield from (place for place in places if not any(_touches(one, place) for one in seen))


def _closes(reading: Reading, rule: syntax.Rule) -> bool:
    """Tell whether a rule restricts all calls, or those after something untrusted was read."""
    return rule.condition is None or any(reading.nodes(rule.condition, syntax.Saw))


def _touches(seen: Steps, place: Steps) -> bool:
    """Tell whether what is looked at is a place, or what it stands in, or something inside it."""
    plain = tuple(syntax.EACH if isinstance(step, int) else step for step in seen)
    return plain == place[: len(plain)] or place == plain[: len(place)]
