r"""A pattern names a host with a dot that stands for any character.

Why: in a pattern `.` is any character, so `docs.corp.com` also takes `docsxcorp.com`, and that
name anybody may buy.
Avoid: rule mail: allow fetch when args.url matches /https:\/\/docs.corp\.com\/.*/;
Prefer: rule mail: allow fetch when args.url matches /https:\/\/docs\.corp\.com\/.*/;
Fix: unsafe, writes `\.`: the pattern then takes less.
"""

import re
from collections.abc import Iterator
from typing import Final

from dsl import syntax
from dsl.errors import Edit, Finding, Fix, Span
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR506", name="dot-not-escaped", level="warning", since="0.1")
_LABEL: Final = r"[A-Za-z0-9-]+"
_SURE: Final = r"(?:com|org|net|edu|gov|example)"
_BEHIND_SIGN: Final = r"(?:io|dev|info|biz|co|uk|de|eu|fr|nl|at|it|es|us|test|local|internal|corp)"
_HOST: Final = re.compile(
    rf"(?<![\w\\\[-])(?<!\[\^)(?:{_LABEL}\\?\.)+{_SURE}(?![\w*+?{{-])"
    rf"|(?:(?<=@)|(?<=\\/\\/))(?:{_LABEL}\\?\.)+{_BEHIND_SIGN}(?![\w*+?{{-])"
)
_DOT: Final = re.compile(r"(?<!\\)\.")


def check(unit: Unit) -> Iterator[Finding]:
    """Find names of hosts in patterns, and in each the dots without a backslash."""
    for test in unit.nodes(syntax.PatternMatch):
        begins = _begin(unit.source.text, test)
        for host in _HOST.finditer(unit.source.text, begins, test.span.end - 1):
            dots = [dot.start() for dot in _DOT.finditer(unit.source.text, *host.span())]
            if dots:
                fix = Fix(tuple(Edit(Span(dot, dot), "\\") for dot in dots))
                message = f"the dot in `{host.group()}` stands for any character"
                yield LINT_RULE.at(Span(*host.span()), message, r"write `\.`", fix)


def _begin(text: str, test: syntax.PatternMatch) -> int:
    """Return where a test's pattern begins: nothing but the pattern stands behind it."""
    written = test.pattern.replace("/", "\\/") + "/"
    return test.span.end - len(written)
