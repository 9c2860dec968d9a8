"""Errors as interface: a message, the smallest wrong place, and help kept apart."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

Level = Literal["error", "warning", "info"]


class DrawbarError(Exception):
    """A fault we can explain in one sentence; the command line prints it without a traceback."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open pair of code-point offsets into a text."""

    start: int
    end: int

    def moved(self, by: int) -> "Span":
        """Return the same place in a text that has `by` more characters before it."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Source:
    """A policy's text and the name people know it by."""

    name: str
    text: str = field(repr=False)

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both counted from 1."""
        start = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, offset) + 1, offset - start + 1

    def line_at(self, offset: int) -> str:
        """Return the line an offset stands in, without its end."""
        start, end = self.text.rfind("\n", 0, offset) + 1, self.text.find("\n", offset)
        return self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Edit:
    """Other text for a place; with an empty place it is put in, with an empty text taken out."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """How a finding can be mended; `safe`: every call is still decided as before."""

    edits: tuple[Edit, ...]
    safe: bool = False

    def moved(self, by: int) -> "Fix":
        """Return the fix for a text that has `by` more characters before it."""
        edits = tuple(Edit(edit.span.moved(by), edit.text) for edit in self.edits)
        return replace(self, edits=edits)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong or risky in a policy, with the place it stands at."""

    code: str
    message: str
    span: Span
    level: Level = "error"
    help: str | None = None
    fix: Fix | None = None

    def moved(self, by: int) -> "Finding":
        """Return the finding for a text that has `by` more characters before it."""
        fix = self.fix.moved(by) if self.fix else None
        return replace(self, span=self.span.moved(by), fix=fix)


class PolicyError(DrawbarError):
    """A policy that may not be used, with everything that is wrong in it."""

    def __init__(self, source: Source, findings: tuple[Finding, ...]) -> None:
        self.source = source
        self.findings = findings
        super().__init__("\n".join(render(source, finding) for finding in findings))


_LONG_LINE = 400
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


def printable(text: str) -> str:
    """Make control, bidi and invisible characters visible, so that text cannot steer a terminal."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _shown(line: str, column: int) -> tuple[str, int]:
    """Return what is shown of a line, and the column therein: all but of very long lines."""
    start = max(0, column - _LONG_LINE // 2) if len(line) > _LONG_LINE else 0
    return line[start : start + _LONG_LINE], column - start


def render(source: Source, finding: Finding) -> str:
    """Print a finding with its line, the underlined place and the help."""
    line, place = source.position(finding.span.start)
    text, column = _shown(source.line_at(finding.span.start), place)
    width = max(1, min(finding.span.end - finding.span.start, len(text) - column + 1))
    gutter = f" {line} | "
    tabs = re.sub(r"[^\t]", " ", text[: column - 1])
    head = f"{source.name}:{line}:{place}: {finding.level} {finding.code}: {finding.message}"
    rows = [
        printable(head),
        gutter + printable(text),
        " " * (len(gutter) - 2) + "| " + tabs + "^" * width,
    ]
    return "\n".join([*rows, *([f"help: {printable(finding.help)}"] if finding.help else [])])


def hindered(error: BaseException) -> bool:
    """Tell whether the machine stood in the way, as with a full disk: next time it may not."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, OSError):
        seen = seen.__cause__
    return seen is not None
