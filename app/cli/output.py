"""How commands print: colour on a terminal, plain text in a pipe, JSON when asked."""

import json
import os
import re
import sys
from enum import StrEnum
from typing import Any, Final

from dsl.errors import Finding, Source, Span, render


class Output(StrEnum):
    """How to print."""

    TEXT = "text"
    JSON = "json"


class LintOutput(StrEnum):
    """How to print findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


_COLOURS: Final = {
    "error": "31;1",
    "deny": "31;1",
    "failed": "31;1",
    "warning": "33;1",
    "ask": "33;1",
    "allow": "32;1",
    "passed": "32;1",
    "help": "36",
}
_MARKED: Final = re.compile(
    r"^(help):|^[^\n]*?:\d+:\d+: (error|warning)|^ +\| +(\^+)$", re.MULTILINE
)


def colourful() -> bool:
    """Tell whether standard output is a terminal that shows colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def coloured(word: str, text: str | None = None) -> str:
    """Colour a text by what a word means, on a terminal."""
    shown = word if text is None else text
    code = _COLOURS.get(word)
    return f"\x1b[{code}m{shown}\x1b[0m" if code and colourful() else shown


def diagnostic(source: Source, finding: Finding) -> str:
    """Print a finding as text."""
    text = render(source, finding)
    if not colourful():
        return text
    return _MARKED.sub(lambda match: _highlight(match, finding.level), text)


def _highlight(match: re.Match[str], level: str) -> str:
    word = next(group for group in match.groups() if group)
    meaning = level if word.startswith("^") else word
    return match.group().replace(word, coloured(meaning, word))


def as_json(source: Source, finding: Finding) -> dict[str, Any]:
    """Return a finding for programs."""
    return {
        "file": source.name,
        **_range(source, finding.span),
        "code": finding.code,
        "level": finding.level,
        "message": finding.message,
        "help": finding.help,
        "fix": _fix(source, finding),
    }


def _range(source: Source, span: Span) -> dict[str, int]:
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _fix(source: Source, finding: Finding) -> dict[str, Any] | None:
    """Return how a finding can be mended; `safe`: every call is still decided as before."""
    if finding.fix is None:
        return None
    edits = [{**_range(source, edit.span), "text": edit.text} for edit in finding.fix.edits]
    return {"safe": finding.fix.safe, "edits": edits}


def dump(value: Any) -> str:
    """Write JSON for people and programs."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
