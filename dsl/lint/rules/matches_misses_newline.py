r"""A pattern that looks for words anywhere is blind behind a line break.

Why: `.` is any character but a line break, and `matches` wants the whole text. One line break in
the argument makes the pattern miss, and what should be refused is not.
Avoid: rule no_rm: deny run when args.command matches /.*\brm\b.*/;
Prefer: rule no_rm: deny run when args.command matches /(?s).*\brm\b.*/;
Fix: none, `(?s)` in front of the pattern is nearly always meant.
"""

import re
from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit, once
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR503", name="matches-misses-newline", level="warning", since="0.1")
_BEGINS: Final = re.compile(r"(?:\(\?[a-zA-Z]+\))?(?:\^|\\A)?\.[*+]")
_ENDS: Final = re.compile(r"(?<!\\)(?:\\\\)*\.[*+]\??(?:\$|\\z)?\Z")
_DOT_IS_ALL: Final = re.compile(r"\(\?[a-zA-Z]*s")


def check(unit: Unit) -> Iterator[Finding]:
    """Find patterns whose missing loosens: in `ask` and `deny`, and under `not` in `allow`."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        for one in reading.asked(rule.condition):
            test, restrains = one.test, one.positive is not (rule.effect is Effect.ALLOW)
            if restrains and isinstance(test, syntax.PatternMatch) and _blind(test.pattern):
                message = "a line break in the value makes this pattern miss"
                yield LINT_RULE.at(test.span, message, "write `(?s)` in front of the pattern")


def _blind(pattern: str) -> bool:
    anywhere = _BEGINS.match(pattern) or _ENDS.search(pattern)
    return bool(anywhere) and not _DOT_IS_ALL.search(pattern)
