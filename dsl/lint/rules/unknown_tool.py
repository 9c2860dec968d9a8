"""A rule names a tool that the tools file does not declare.

Why: a call to a tool that is not declared is denied before any rule, so the rule never applies.
In an overlay, whose file need not hold all tools, and for a `*` in an `ask`, a `deny` or behind
`except`, which may stand for tools to come, only what is nearly a declared name is reported.
Avoid: rule pay: allow send_mony;
Prefer: rule pay: allow send_money;
Fix: unsafe, writes the nearest known name, where one is near.
"""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from dsl import selectors, syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect
from dsl.toolspec import Tools

LINT_RULE = LintRule(code="BAR104", name="unknown-tool", level="error", since="0.1")
_NEAR: Final = 0.8
_OFFERED: Final = 0.7
_SHORTEST: Final = 4  # what a shorter name nearly is says little


def check(unit: Unit) -> Iterator[Finding]:
    """Look each tool pattern up in the tools file."""
    if unit.tools is None or unit.policy is None:
        return
    found = _Declared(unit.tools)
    for rule in unit.policy.rules:
        to_come = rule.effect is not Effect.ALLOW
        for one in rule.selector.patterns:
            sure = not unit.policy.is_overlay and not (to_come and "*" in one.text)
            yield from found.missing(one, sure=sure)
        for one in rule.selector.excluded:
            sure = not unit.policy.is_overlay and "*" not in one.text
            yield from found.missing(one, sure=sure)


class _Declared:
    """The names that a tools file declares; what was looked up is known."""

    def __init__(self, tools: Tools) -> None:
        self._names = tools.by_name
        self._all = (*tools.by_name, *tools.hidden)
        self._there: dict[str, bool] = dict.fromkeys(self._all, True)

    def missing(self, one: syntax.ToolPattern, *, sure: bool) -> Iterator[Finding]:
        """Report a pattern that takes in no tool; if that may be meant, only one that is near."""
        text = one.text
        if text not in self._there:
            self._there[text] = any(matches(text, name) for name in self._all)
        if self._there[text]:
            return
        near = _near_glob(text, self._all) if "*" in text else None
        hint = f"did you mean `{near}`?" if near else nearest(text, self._names)
        if sure or near or ("*" not in text and _nearly(text, self._all)):
            hint = hint or "add it to the tools file, or take it out of the rule"
            yield LINT_RULE.at(one.span, f"no declared tool is named `{text}`", hint)


def matches(pattern: str, name: str) -> bool:
    """Match a pattern with a declared name, with or without its server."""
    server, _, tool = name.rpartition("/")
    plain = pattern.rpartition("/")[2] if not server else pattern
    return selectors.names(plain, server or None, tool)


def _near_glob(glob: str, names: Sequence[str]) -> str | None:
    """Return a glob with the nearest beginning that a declared name has."""
    begins, star, rest = glob.partition("*")
    cut = {name[: len(begins)] for name in names}
    close = get_close_matches(begins, cut, n=1, cutoff=_NEAR) if len(begins) >= _SHORTEST else []
    return f"{close[0]}{star}{rest}" if close else None


def _nearly(text: str, names: Sequence[str]) -> bool:
    close = get_close_matches(text, names, n=1, cutoff=_NEAR)
    return len(text) >= _SHORTEST and bool(close)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Offer the nearest known name."""
    close = get_close_matches(name, list(known), n=1, cutoff=_OFFERED)
    return f"did you mean `{close[0]}`?" if close else None
