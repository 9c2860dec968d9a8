"""A text test on a URL, a host or an e-mail address does not test where it leads.

Why: `contains "corp.com"` also accepts `https://evil.example/?q=corp.com`, and `ends_with
"corp.com"` also accepts `eve@evilcorp.com`. `host` and `domain` read the address as programs do.
Avoid: rule open: allow fetch when args.url starts_with "https://corp.com";
Prefer: rule open: allow fetch when host(args.url) == "corp.com";
Fix: none, the intended host is a guess.
"""

from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.addresses import Kind, host_in, misleads, of_format, of_name
from dsl.lint.reading import NONE_BOUND, Asked, Bound, Reading, schema_at
from dsl.lint.rule import LintRule, Unit, once

LINT_RULE = LintRule(code="BAR501", name="contains-on-address", level="error", since="0.1")
_HELP: Final = {
    "url": 'write `host({left}) == "{host}"`',
    "email": 'write `domain({left}) == "{host}"`',
    "host": 'write `== "{host}"`, or `like "*.{host}"` for all that is below it',
}
_SAME: Final = ("lower", "trim", "nfkc")


def check(unit: Unit) -> Iterator[Finding]:
    """Find tests for a host or domain in texts that are addresses."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        for one in reading.asked(rule.condition):
            for left, operator, text in _wanted(reading, one):
                kind = _kind(reading, rule, left, one.bound)
                if kind and misleads(kind, operator, text):
                    shown = f"/{text}/" if operator == "matches" else f'"{text}"'
                    message = f"`{operator} {shown}` does not test where this leads"
                    hint = _HELP[kind].format(left=_read(left), host=host_in(text))
                    slash = kind == "url" and operator == "starts_with"
                    hint += ", or end the text with the slash behind the host" if slash else ""
                    yield LINT_RULE.at(one.test.span, message, hint)


def _read(left: syntax.Operand) -> str:
    while isinstance(left, syntax.CallOf) and left.name in _SAME:
        left = left.arguments[0]
    return str(left) if isinstance(left, syntax.Path) else "..."


def _wanted(reading: Reading, one: Asked) -> Iterator[tuple[syntax.Operand, str, str]]:
    """Yield what a test looks for in a text, also where a name or each of a list says it."""
    match one.test:
        case syntax.PatternMatch(left, pattern):
            yield left, "matches", pattern
        case syntax.TextMatch(left, operator, right):
            for constant in _constants(reading, right, one.bound):
                yield left, operator, constant


def _constants(reading: Reading, node: object, bound: Bound) -> Iterator[str]:
    match node:
        case syntax.Constant(str() as text):
            yield text
        case syntax.Path(name, ()) if name in bound:
            yield from _constants(reading, bound[name], {})
        case syntax.Path(name, ()) if name in reading.lets:
            yield from _constants(reading, reading.lets[name], {})
        case syntax.ListOf(items):
            for item in items:
                yield from _constants(reading, item, {})


def _kind(reading: Reading, rule: syntax.Rule, left: object, bound: Bound) -> Kind | None:
    """Return what a value is: by the function that gives it, as declared, or by its name."""
    match left:
        case syntax.CallOf("host" | "domain"):
            return "host"
        case syntax.CallOf(name, (inner,)) if name in _SAME:
            return _kind(reading, rule, inner, bound)
        case syntax.Path(name, ()) if name in reading.lets and name not in bound:
            return _kind(reading, rule, reading.lets[name], NONE_BOUND)
    place = reading.place(left, bound)
    if place is None:
        return None
    schemas = [schema_at(tool, place) for tool in reading.tools(rule)]
    declared = [reading.kind(rule, place), *(schema.get("format") for schema in schemas)]
    kinds = [kind for one in declared if (kind := of_format(one))]
    if kinds or any(declared) or any("enum" in schema for schema in schemas):
        return kinds[0] if kinds else None
    return of_name(next((step for step in reversed(place) if step != syntax.EACH), None))
