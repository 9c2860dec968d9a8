r"""An invisible or direction-changing character stands in the policy.

Why: such characters make a policy read otherwise than it means; a reviewer cannot see them.
Avoid: rule reads:\u200b allow read_file;
Prefer: rule reads: allow read_file;
Fix: none, remove the character or write it in a text as a \u escape.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR108", name="hidden-character", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Pass on what the loader refused."""
    return unit.broken_by(LINT_RULE.code)
