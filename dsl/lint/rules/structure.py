"""The file is not one whole policy or overlay.

Why: a file holds one policy or one overlay, and starts with it. An overlay only narrows, so it
holds no `allow` and no default. `default allow` needs a reason that people can read.
Avoid: default allow;
Prefer: default deny;
Fix: none, the intended policy is a guess.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR105", name="structure", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Pass on what the loader refused."""
    return unit.broken_by(LINT_RULE.code)
