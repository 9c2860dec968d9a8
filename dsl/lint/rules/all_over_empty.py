"""An `allow` asks that all elements pass, and an empty list passes too.

Why: `all` over an empty list is true. A call that names nobody is then allowed, and some tools
take an empty list for everybody.
Avoid: rule mail: allow send_email when all a in args.to: a ends_with "@example.com";
Prefer: rule mail: allow send_email when len(args.to) > 0 and all a in args.to: a from user;
Fix: none, a test of the length is nearly always meant.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading, Steps, schema_at
from dsl.lint.rule import LintRule, Unit, once
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR502", name="all-over-empty", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find `all` among tests that must all hold, where no other one looks at its list."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        if rule.effect is not Effect.ALLOW or rule.phase != "call" or rule.shadow:
            continue
        parts = list(_joined(reading, rule.condition, set()))
        for part in parts:
            if isinstance(part, syntax.Quantifier) and part.kind == "all":
                place = reading.place(part.items)
                others = [one for one in parts if one is not part]
                if place and not _filled(reading, rule, place, others):
                    listed = ".".join(map(str, ("args", *place)))
                    message = f"`all` is true where `{listed}` is empty"
                    yield LINT_RULE.at(part.span, message, f"write `len({listed}) > 0 and ...`")


def _joined(reading: Reading, tree: object, seen: set[str]) -> Iterator[object]:
    """Yield the tests that must all hold, those behind names too."""
    match tree:
        case syntax.And(parts):
            for part in parts:
                yield from _joined(reading, part, seen)
        case syntax.Holds(syntax.Path(name, ())) if name in reading.lets:
            if name not in seen:
                seen.add(name)
                yield from _joined(reading, reading.lets[name], seen)
        case _ if tree is not None:
            yield tree


def _filled(reading: Reading, rule: syntax.Rule, place: Steps, others: list[object]) -> bool:
    """Tell whether an empty list is looked at elsewhere: by a test, a rule or the schemas."""
    if any(one.steps[: len(place)] == place for one in reading.nodes(tuple(others), syntax.Path)):
        return True
    tools = reading.tools(rule)
    for other in {id(r): r for tool in tools for r in reading.restraints(rule, tool)}.values():
        for call in reading.nodes(other.condition, syntax.CallOf):
            if call.name == "len" and reading.place(call.arguments[0]) == place:
                return True
    least = [schema_at(tool, place).get("minItems", 0) for tool in tools]
    return bool(least) and all(isinstance(one, int) and one > 0 for one in least)
