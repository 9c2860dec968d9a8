"""`drawbar lint`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click

from app import policies
from app.cli.exits import ExitCode
from app.cli.options import PATHS
from app.cli.output import LintOutput, as_json, coloured, diagnostic, dump
from dsl.lint.run import LintReport, run


@click.command()
@PATHS
@click.option(
    "--format",
    "output",
    type=click.Choice([str(one) for one in LintOutput]),
    default=str(LintOutput.TEXT),
    show_default=True,
    help="How to print.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
def lint(paths: tuple[Path, ...], output: str, strict: bool) -> None:
    """Report mistakes and risks in policy files, or folders of them.

    Each finding has a code with a page in docs/lint. For GitHub and other services that read
    findings, docs/lint-in-ci.md. Exit codes: 0 clean, 1 could not run, 2 usage, 3 findings.
    """
    report = run([policies.unit(path) for path in policies.find(paths)])
    click.echo(_PRINTERS[LintOutput(output)](report))
    raise SystemExit(ExitCode.FINDINGS if report.failing(strict=strict) else ExitCode.CLEAN)


def _json(report: LintReport) -> str:
    findings = [as_json(file.source, f) for file in report.files for f in file.findings]
    return dump({"files": len(report.files), "findings": findings})


def _text(report: LintReport) -> str:
    blocks = [diagnostic(file.source, f) for file in report.files for f in file.findings]
    return "\n\n".join([*blocks, _summary(report)])


def _summary(report: LintReport) -> str:
    files = "1 file" if len(report.files) == 1 else f"{len(report.files)} files"
    counts = [(level, report.count(level)) for level in ("error", "warning")]
    found = [f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts if count]
    if not found:
        return f"{files}: {coloured('passed', 'nothing to report')}"
    return f"{files}: {', '.join(found)}"


def _github(report: LintReport) -> str:
    from app.cli.github import annotation

    lines = [annotation(file.source, f) for file in report.files for f in file.findings]
    return "\n".join([*lines, _summary(report)])


def _sarif(report: LintReport) -> str:
    from app.cli.sarif import log

    return dump(log(report))


_PRINTERS: Final[Mapping[LintOutput, Callable[[LintReport], str]]] = {
    LintOutput.TEXT: _text,
    LintOutput.JSON: _json,
    LintOutput.GITHUB: _github,
    LintOutput.SARIF: _sarif,
}
