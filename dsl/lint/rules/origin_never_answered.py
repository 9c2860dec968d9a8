"""A question about where a value comes from has no answer, or always the same one.

Why: nothing is `trusted` or `internal` that no `source` of this policy declares so. A truth value
comes from nowhere, and what the policy itself writes is no value of the call.
Avoid: rule mail: allow fetch when args.url from trusted;
Prefer: source get_mail.url as trusted; rule mail: allow fetch when args.url from trusted;
Fix: none, which source you trust is yours to say.
"""

from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import Asked, Reading
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.schemas import schema_at

LINT_RULE = LintRule(code="BAR412", name="origin-never-answered", level="warning", since="0.1")
_DECLARED: Final = ("trusted", "internal")
_WRITTEN: Final = "this is written in the policy, and is no value of the call"
_OF_THE_CASE: Final = ("now", "tool", "agent", "subject", "session")


def check(unit: Unit) -> Iterator[Finding]:
    """Find levels that nothing has, and values that nobody brings along."""
    return once(_found(unit)) if unit.policy is not None else iter(())


def _found(unit: Unit) -> Iterator[Finding]:
    levels = {source.level for source in unit.policy.sources} if unit.policy else set()
    missing = [level for level in _DECLARED if level not in levels]
    for rule in unit.reading.rules:
        for one in unit.reading.asked(rule.condition):
            match one.test:
                case syntax.From(_, origins) if _all_missing(origins, missing):
                    yield from (_undeclared(origin) for origin in origins)
                case syntax.From(value):
                    if (said := _says(unit.reading, rule, value, one)) is not None:
                        yield LINT_RULE.at(value.span, said)
                case syntax.Saw(level) as test if level in missing:
                    message = f"no `source` here is {level}, so the session never saw such a one"
                    yield LINT_RULE.at(test.span, message)


def _all_missing(origins: tuple[syntax.Origin, ...], missing: list[str]) -> bool:
    return all(isinstance(one, syntax.Level) and one.name in missing for one in origins)


def _undeclared(origin: syntax.Origin) -> Finding:
    level = getattr(origin, "name", "")
    message = f"no `source` here is {level}, so nothing comes from there"
    return LINT_RULE.at(origin.span, message, f"write `source TOOL.FIELD as {level};`")


def _says(reading: Reading, rule: syntax.Rule, value: syntax.Operand, one: Asked) -> str | None:
    match _behind(reading, value):
        case syntax.Constant():
            return _WRITTEN
        case syntax.ListOf(items) if all(isinstance(one, syntax.Constant) for one in items):
            return _WRITTEN
        case syntax.Path(root) if root in _OF_THE_CASE and root not in one.bound:
            return f"`{root}` comes with the call itself, and from no message or result"
    place = reading.place(value, one.bound)
    types = [schema_at(tool, place).get("type") for tool in reading.tools(rule)] if place else []
    if types and set(map(str, types)) == {"boolean"}:
        return "a truth value comes from nowhere, so this is always unknown"
    return None


def _behind(reading: Reading, node: syntax.Operand) -> object:
    """Follow a name to what it stands for."""
    found: object = node
    while isinstance(found, syntax.Path) and not found.steps and found.root in reading.lets:
        found = reading.lets[found.root]
    return found
