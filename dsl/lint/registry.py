"""Every lint rule, written out: importing a file registers nothing by itself."""

from typing import Final

from dsl.lint.rule import Check, LintRule
from dsl.lint.rules import (
    allow_everything,
    default_allow,
    duplicate_name,
    hidden_character,
    structure,
    suppression_without_reason,
    syntax_error,
    type_error,
    unknown_argument,
    unknown_name,
    unknown_tool,
    unreadable_tools,
    unused_suppression,
)

MODULES: Final = (
    suppression_without_reason,
    unused_suppression,
    syntax_error,
    duplicate_name,
    unknown_argument,
    unknown_tool,
    structure,
    unknown_name,
    hidden_character,
    unreadable_tools,
    type_error,
    default_allow,
    allow_everything,
)
LINT_RULES: Final[tuple[tuple[LintRule, Check], ...]] = tuple(
    (module.LINT_RULE, module.check) for module in MODULES
)
