"""A rule names a tool that the tools file does not declare.

Why: a call to a tool that is not declared is denied before any rule, so the rule never applies.
Avoid: rule pay: allow send_mony;
Prefer: rule pay: allow send_money;
Fix: unsafe, writes the nearest known name, where one is near.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from dsl import selectors, syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.toolspec import Tool

LINT_RULE = LintRule(code="BAR104", name="unknown-tool", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Look each tool pattern up in the tools file."""
    if unit.tools is None:
        return
    for pattern in unit.nodes(syntax.ToolPattern):
        declared = (*unit.tools.by_name, *unit.tools.hidden)
        if not any(matches(pattern.text, name) for name in declared):
            message = f"no declared tool is named `{pattern.text}`"
            yield LINT_RULE.at(pattern.span, message, nearest(pattern.text, unit.tools.by_name))


def matches(pattern: str, name: str) -> bool:
    """Match a pattern with a declared name, with or without its server."""
    server, _, tool = name.rpartition("/")
    plain = pattern.rpartition("/")[2] if not server else pattern
    return selectors.names(plain, server or None, tool)


def selected(unit: Unit, selector: syntax.Selector) -> list[Tool]:
    """Return the declared tools that a selector takes in."""
    declared = unit.tools.by_name.values() if unit.tools else ()

    def any_of(choices: tuple[syntax.ToolPattern, ...], name: str) -> bool:
        return any(matches(choice.text, name) for choice in choices)

    return [
        tool
        for tool in declared
        if any_of(selector.patterns, tool.name) and not any_of(selector.excluded, tool.name)
    ]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Offer the nearest known name."""
    close = get_close_matches(name, list(known), n=1)
    return f"did you mean `{close[0]}`?" if close else None
