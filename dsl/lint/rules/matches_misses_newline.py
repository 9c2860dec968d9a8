r"""A pattern that looks for words anywhere is blind behind a line break.

Why: `.` is any character but a line break, and `matches` wants the whole text. One line break in
the argument makes the pattern miss, and what should be refused is not.
Avoid: rule no_rm: deny run when args.command matches /.*\brm\b.*/;
Prefer: rule no_rm: deny run when args.command matches /(?s).*\brm\b.*/;
Fix: unsafe, puts `(?s)` in front of the pattern, which is nearly always meant.
"""

import re
from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Edit, Finding, Fix, Span
from dsl.lint.reading import Asked, Reading, schema_at
from dsl.lint.rule import LintRule, Unit, once
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR503", name="matches-misses-newline", level="warning", since="0.1")
_NO_WILDCARDS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^]\\])*\]", re.DOTALL)
_ANY_NUMBER: Final = re.compile(r"\.(?:[*+]|\{\d+,)")
_DOT_IS_ALL: Final = re.compile(r"\(\?[a-zA-Z]*s")
# What these give has no line break, nor have these names.
_ONE_LINE: Final = ("host", "domain", "scheme", "sql_kind", "weekday")
_NAMES: Final = ("tool", "agent", "subject", "session")
_CHOSEN: Final = ("enum", "const", "pattern")


def check(unit: Unit) -> Iterator[Finding]:
    """Find patterns whose missing loosens: in `ask` and `deny`, and under `not` in `allow`."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    reading = unit.reading
    for rule in reading.rules:
        # What comes out of a call is changed by an `allow`, so there its missing loosens too.
        loosens = rule.effect is Effect.ALLOW and rule.phase == "call"
        for one in reading.asked(rule.condition):
            if one.positive is not loosens and _misses(reading, rule, one):
                message = "a line break in the value makes this pattern miss"
                hint = "write `(?s)` in front of the pattern"
                yield LINT_RULE.at(one.test.span, message, hint, _fix(unit, one.test.span))


def _fix(unit: Unit, span: Span) -> Fix | None:
    """Put `(?s)` in front, where it is certain which slash the pattern begins with."""
    text = unit.source.text[span.start : span.end]
    starts = [match.end() for match in re.finditer(r"\bmatches\s*/", text)]
    if len(starts) != 1:
        return None
    at = span.start + starts[0]
    return Fix((Edit(Span(at, at), "(?s)"),))


def _misses(reading: Reading, rule: syntax.Rule, one: Asked) -> bool:
    match one.test:
        case syntax.PatternMatch(left, pattern) if _blind(pattern):
            return not _on_one_line(reading, rule, one, left)
    return False


def _blind(pattern: str) -> bool:
    """Tell whether a pattern says `.` of any number of characters, and a line break is none."""
    if _DOT_IS_ALL.search(pattern):
        return False
    return bool(_ANY_NUMBER.search(_NO_WILDCARDS.sub("-", pattern)))


def _on_one_line(reading: Reading, rule: syntax.Rule, one: Asked, left: object) -> bool:
    """Tell whether a value has no line breaks: for what gives it, or as the tools file says."""
    match left:
        case syntax.CallOf(name):
            return name in _ONE_LINE
        case syntax.Path(root) if root in _NAMES:
            return True
        case syntax.Path(root, ()) if isinstance(inner := reading.lets.get(root), syntax.CallOf):
            return inner.name in _ONE_LINE
    place = reading.place(left, one.bound)
    tools = reading.tools(rule) if place else ()
    schemas = [schema_at(tool, place) for tool in tools] if place else []
    return bool(schemas) and all(any(key in one for key in _CHOSEN) for one in schemas)
