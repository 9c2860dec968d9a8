"""`drawbar lint`."""

from pathlib import Path

import click

from app import policies
from app.cli.exits import ExitCode
from app.cli.options import FORMAT, PATHS
from app.cli.output import Output, as_json, coloured, diagnostic, dump
from dsl.lint.run import LintReport, run


@click.command()
@PATHS
@FORMAT
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
def lint(paths: tuple[Path, ...], output: str, strict: bool) -> None:
    """Report mistakes and risks in policy files, or folders of them.

    Each finding has a code with a page in docs/lint. Exit codes: 0 clean, 1 could not run,
    2 usage, 3 findings.
    """
    report = run([policies.unit(path) for path in policies.find(paths)])
    click.echo(_json(report) if output == Output.JSON else _text(report))
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
