"""Findings as GitHub's workflow commands, which show them beside the changed lines."""

from collections.abc import Mapping
from typing import Final

from app.cli.place import from_the_root, place
from dsl.errors import Finding, Level, Source, printable

_COMMANDS: Final[Mapping[Level, str]] = {"error": "error", "warning": "warning", "info": "notice"}


def annotation(source: Source, finding: Finding) -> str:
    """Write a finding as one line that GitHub turns into an annotation."""
    properties = {
        "file": from_the_root(source.name).as_posix(),
        **_range(source, finding),
        "title": finding.code,
    }
    written = ",".join(f"{name}={in_property(str(value))}" for name, value in properties.items())
    said = [finding.message, *([f"help: {finding.help}"] if finding.help else [])]
    message = in_message("\n".join(printable(text) for text in said))
    return f"::{_COMMANDS[finding.level]} {written}::{message}"


def _range(source: Source, finding: Finding) -> dict[str, int]:
    """Return the place; GitHub takes columns only where a range stands on one line."""
    at = place(source, finding)
    lines = {"line": at.line, "endLine": at.end_line}
    columns = {"col": at.column, "endColumn": at.end_column}
    return {**lines, **columns} if at.line == at.end_line else lines


def in_message(text: str) -> str:
    """Escape what would end a command's message, so that a policy's text starts no command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def in_property(text: str) -> str:
    """Escape what would end a property of a command."""
    return in_message(text).replace(":", "%3A").replace(",", "%2C")
