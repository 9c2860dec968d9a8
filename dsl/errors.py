"""Errors as interface: a message, the smallest wrong place, and help kept apart."""

import re
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["error", "warning", "info"]


class DrawbarError(Exception):
    """A fault we can explain in one sentence; the command line prints it without a traceback."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open pair of code-point offsets into a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """A policy's text and the name people know it by."""

    name: str
    text: str = field(repr=False)

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both counted from 1."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def line(self, number: int) -> str:
        """Return one line without its end."""
        return self.text.split("\n")[number - 1].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong or risky in a policy, with the place it stands at."""

    code: str
    message: str
    span: Span
    level: Level = "error"
    help: str | None = None


class PolicyError(DrawbarError):
    """A policy that may not be used, with everything that is wrong in it."""

    def __init__(self, source: Source, findings: tuple[Finding, ...]) -> None:
        self.source = source
        self.findings = findings
        super().__init__("\n".join(render(source, finding) for finding in findings))


_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


def printable(text: str) -> str:
    """Make control, bidi and invisible characters visible, so that text cannot steer a terminal."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def render(source: Source, finding: Finding) -> str:
    """Print a finding with its line, the underlined place and the help."""
    line, column = source.position(finding.span.start)
    text = source.line(line)
    width = max(1, min(finding.span.end - finding.span.start, len(text) - column + 1))
    gutter = f" {line} | "
    tabs = re.sub(r"[^\t]", " ", text[: column - 1])
    head = f"{source.name}:{line}:{column}: {finding.level} {finding.code}: {finding.message}"
    rows = [
        printable(head),
        gutter + printable(text),
        " " * (len(gutter) - 2) + "| " + tabs + "^" * width,
    ]
    return "\n".join([*rows, *([f"help: {printable(finding.help)}"] if finding.help else [])])
