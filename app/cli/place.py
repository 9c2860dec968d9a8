"""Where a finding stands, as programs outside want to read it."""

import os
from dataclasses import dataclass
from pathlib import Path

from dsl.errors import Finding, Source


@dataclass(frozen=True, slots=True)
class Place:
    """A range of a file: lines and columns from 1 in code points, the end column excluded."""

    line: int
    column: int
    end_line: int
    end_column: int


def place(source: Source, finding: Finding) -> Place:
    """Return the range that a finding underlines."""
    start, end = source.position(finding.span.start), source.position(finding.span.end)
    return Place(*start, *end)


def from_the_root(name: str) -> Path:
    """Return a file's path from the repository's root, or its absolute path if it lies outside.

    GitHub reads paths from the workspace, wherever in it a step runs; elsewhere the root is the
    folder that the command runs in.
    """
    file = Path(os.path.abspath(name))  # noqa: PTH100 - `resolve` follows links
    for root in (os.environ.get("GITHUB_WORKSPACE"), Path.cwd()):
        if root and file.is_relative_to(root):
            return file.relative_to(root)
    return file
