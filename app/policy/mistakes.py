"""Tells of what the linter calls an error in policies that were taken up all the same."""

from collections.abc import Iterable, Sequence

import structlog

from dsl.errors import Finding, Source, render
from dsl.lint.rule import Unit
from dsl.lint.run import run

log = structlog.get_logger("drawbar.policies")


def tell_mistakes(units: Sequence[Unit]) -> None:
    """Log each of them; a long policy takes the linter seconds."""
    for file in run(units).files:
        tell(file.source, [one for one in file.findings if one.level == "error"])


def tell(source: Source, findings: Iterable[Finding]) -> None:
    """Log the mistakes of one policy."""
    for finding in findings:
        detail = render(source, finding)
        log.warning("a policy in force has a mistake", code=finding.code, detail=detail)
