r"""A pattern has to remember too much, and takes long on long texts.

Why: behind `.*` every `a` could be the one, and for each of them `.{100}` counts on. On a text of
20 KB such a pattern takes a hundred times as long as others, and the call waits.
Avoid: rule no_key: deny run when args.command matches /(?s).*key.{40}end.*/;
Prefer: rule no_key: deny run when args.command matches /(?s).*key.*end.*/;
Fix: none; count a set of characters, as `[0-9]{40}`, or do not count.
"""

import re
from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR507", name="slow-pattern", level="warning", since="0.1")
MOST: Final = 20  # measured: from here on RE2 runs out of room for what it remembers
_WIDE: Final = r"(?:\.|\\[SWw]|\[\\s\\S\]|\[\\S\\s\])"
_ANYWHERE: Final = re.compile(rf"(?<!\\)(?:\\\\)*{_WIDE}[*+]\??")
_COUNTED: Final = re.compile(rf"(?<!\\)(?:\\\\)*{_WIDE}\{{(\d+)(?:,(\d*))?\}}")


def check(unit: Unit) -> Iterator[Finding]:
    """Find counted repetitions of anything behind something that may begin anywhere."""
    for test in unit.nodes(syntax.Node):
        match test:
            case syntax.PatternMatch(_, pattern):
                first = _ANYWHERE.search(pattern)
                begins = len(pattern) if first is None else first.end()
            case syntax.UserSaid(pattern):  # looked for anywhere
                begins = 0
            case _:
                continue
        for counted in _COUNTED.finditer(pattern, begins):
            if counted.start() > begins and int(counted[2] or counted[1]) >= MOST:
                message = f"`{counted.group()}` behind `.*` makes this pattern slow"
                yield LINT_RULE.at(test.span, message)
                break
