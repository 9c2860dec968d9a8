"""Expectations about errors: the text, with a line of carets under the place that is wrong."""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from dsl import parse, toolspec
from dsl.errors import Finding, Source, Span
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.toolspec import Tools

HEADER = "policy p version 1;\n"
_CARETS = re.compile(r"^ *\^+ *\n?", re.MULTILINE)


def tools(declared: Mapping[str, Sequence[str]] | None) -> Tools | None:
    """Return tools with these arguments, all of them texts or numbers, none required."""
    if declared is None:
        return None
    listed = [
        {"name": name, "inputSchema": {"properties": {key: {} for key in arguments}}}
        for name, arguments in declared.items()
    ]
    return toolspec.read(Source("tools.json", json.dumps(listed)))


def findings(text: str, declared: Mapping[str, Sequence[str]] | None = None) -> list[Finding]:
    """Return all that the linter says of a text, the loader's errors among it."""
    source = Source("p.bar", text)
    policy, broken = parse.read(source)
    return lint(Unit(source, policy, tuple(broken), tools(declared)))


def expect_error(
    text: str,
    *,
    message: str,
    help: str | None = None,  # noqa: A002 - what the part is called where it is printed
    code: str = "BAR101",
    declared: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Compare the only finding's message, help and place with what is expected.

    A text without a header gets one.
    """
    clean, start, end = _without_carets(textwrap.dedent(text).lstrip("\n"))
    before = "" if re.match(r"\s*(policy|overlay)\b", clean) else HEADER
    span = Span(start + len(before), end + len(before))

    expected: list[Any] = [(code, message, help, span)]
    found = findings(before + clean, declared)
    actual = [(one.code, one.message, one.help, one.span) for one in found]
    assert expected == actual, f"expected {expected}, got {actual}"


def _without_carets(text: str) -> tuple[str, int, int]:
    carets = _CARETS.search(text)
    assert carets is not None, "the text has no line of carets"
    line_start = text.rfind("\n", 0, carets.start() - 1) + 1
    indent = len(carets.group()) - len(carets.group().lstrip(" "))
    width = carets.group().count("^")
    clean = text[: carets.start()] + text[carets.end() :]
    return clean, line_start + indent, line_start + indent + width
