"""A function is compared with a text of a form that it never gives.

Why: `lower` gives no capitals, `domain` no `@`, `scheme` no colon. An `allow` that waits for one
never applies, and what a `deny` should refuse passes.
Avoid: rule no_rm: deny run when lower(args.command) contains "RM ";
Prefer: rule no_rm: deny run when lower(args.command) contains "rm ";
Fix: unsafe, writes capitals as small letters: the test then holds for calls that it missed.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from dsl import syntax
from dsl.errors import Edit, Finding, Fix
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit, once

LINT_RULE = LintRule(code="BAR504", name="form-never-given", level="error", since="0.1")
_EQUAL: Final = ("==", "!=", "in")


def check(unit: Unit) -> Iterator[Finding]:
    """Find constants that no text has in it which the function on the other side gives."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        for one in reading.asked(rule.condition):
            for name, operator, constant in _compared(reading, one.test):
                text = str(constant.value)
                if _never(name, operator, text):
                    message = f"`{name}` never gives `{text}`"
                    hint, fix = _better(name, operator, constant)
                    yield LINT_RULE.at(constant.span, message, hint, fix)


def _better(name: str, operator: str, constant: syntax.Constant) -> tuple[str | None, Fix | None]:
    """Offer the text in small letters, where that can be given."""
    better = str(constant.value).casefold()
    if _never(name, operator, better):
        return _HINTS.get(name), None
    written = json.dumps(better, ensure_ascii=False)
    return f"write `{written}`", Fix((Edit(constant.span, written),))


def _compared(reading: Reading, test: syntax.Test) -> Iterator[tuple[str, str, syntax.Constant]]:
    """Yield each text that is compared with a function: its name, how, and the text."""
    texts: tuple[object, ...] = ()
    operator: str = "in"
    match test:
        case syntax.Comparison(syntax.CallOf(name), ("==" | "!=") as operator, right):
            texts = (right,)
        case syntax.Comparison(left, ("==" | "!=") as operator, syntax.CallOf(name)):
            texts = (left,)
        case syntax.TextMatch(syntax.CallOf(name), operator, right):
            texts = (right,)
        case syntax.Membership(syntax.CallOf(name), right):
            listed = _behind(reading, right)
            texts = listed.items if isinstance(listed, syntax.ListOf) else ()
        case _:
            return
    for text in texts:
        found = _behind(reading, text)
        if isinstance(found, syntax.Constant) and isinstance(found.value, str):
            yield name, operator, found


def _behind(reading: Reading, node: object) -> object:
    """Follow a name to what it stands for."""
    while isinstance(node, syntax.Path) and not node.steps and node.root in reading.lets:
        node = reading.lets[node.root]
    return node


def _never(name: str, operator: str, text: str) -> bool:
    return name in _TELLS and _TELLS[name](operator, text)


def _of_lower(_operator: str, text: str) -> bool:
    return text.casefold() != text


def _of_trim(operator: str, text: str) -> bool:
    begins, ends = text.lstrip() != text, text.rstrip() != text
    either = operator in _EQUAL
    return (begins and (either or operator == "starts_with")) or (
        ends and (either or operator == "ends_with")
    )


def _without(signs: str) -> Callable[[str, str], bool]:
    """Tell of texts that hold capitals, other than ASCII, or one of some signs."""

    def told(_operator: str, text: str) -> bool:
        return not text.isascii() or text.lower() != text or any(sign in text for sign in signs)

    return told


_TELLS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "lower": _of_lower,
    "trim": _of_trim,
    "host": _without("/@?# "),
    "domain": _without("/@ "),
    "scheme": _without("/: "),
    "sql_kind": _without(" "),
}
_HINTS: Final = {
    "host": "it gives the name alone: `example.com`",
    "domain": "it gives what stands behind the `@`: `example.com`",
    "scheme": "it gives what stands before the colon: `https`",
    "sql_kind": "it gives one word: `select`",
    "trim": "write it without the white space at its ends",
}
