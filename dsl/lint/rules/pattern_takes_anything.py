"""A test lets every text pass: a pattern of anything, a `*` alone, an empty text.

Why: the test looks like a limit and is none. Where it is all that an `allow` asks of a
destination, the destination is open.
Avoid: rule mail: allow fetch when args.url matches /.*/;
Prefer: rule mail: allow fetch when host(args.url) == "example.com";
Fix: none, the limit that is meant is yours to name.
"""

from collections.abc import Iterator
from typing import Final

from dsl import patterns, syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit, once
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR505", name="pattern-takes-anything", level="warning", since="0.1")
# What passes all of these has no limit but that of a line: letters, signs, a blank, and length.
_ANYTHING: Final = (
    "x",
    " ",
    "\t",
    "".join(map(chr, range(32, 127))),
    "\u00e9\u6f22\u200f",
    "a1 " * 2000,
)


def check(unit: Unit) -> Iterator[Finding]:
    """Find tests without a limit whose holding loosens: in `allow`, or under `not` elsewhere."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        for one in reading.asked(rule.condition):
            loosens = one.positive is (rule.effect is Effect.ALLOW)
            if loosens and (said := _says(one.test)) is not None:
                hint = 'to want any text at all, write `!= ""`'
                yield LINT_RULE.at(one.test.span, said, hint)


def _says(test: syntax.Test) -> str | None:
    match test:
        case syntax.PatternMatch(_, pattern) if _takes_anything(pattern):
            return "this pattern takes any text"
        case syntax.TextMatch(_, "like", syntax.Constant(str() as glob)) if glob:
            return "`*` takes any text" if not glob.strip("*") else None
        case syntax.TextMatch(_, operator, syntax.Constant("")) if operator != "like":
            return f"every text {_VERBS[operator]} the empty one"
    return None


_VERBS: Final = {"contains": "contains", "starts_with": "starts with", "ends_with": "ends with"}


def _takes_anything(pattern: str) -> bool:
    return all(patterns.whole(pattern, text) for text in _ANYTHING)
