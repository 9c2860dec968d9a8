"""`drawbar test`."""

from pathlib import Path

import click

from app import policies
from app.cli.exits import ExitCode
from app.cli.options import FORMAT, PATHS
from app.cli.output import Output, as_json, coloured, diagnostic, dump
from dsl.errors import Source
from dsl.testing.run import TestReport, run


@click.command()
@PATHS
@FORMAT
def test(paths: tuple[Path, ...], output: str) -> None:
    """Run the tests that live with policies.

    Exit codes: 0 all passed, 1 could not run, 2 usage, 3 a test failed.
    """
    reports = [_one(path) for path in policies.find(paths)]
    click.echo(_json(reports) if output == Output.JSON else _text(reports))
    passed = all(report.passed for _, report in reports)
    raise SystemExit(ExitCode.CLEAN if passed else ExitCode.FINDINGS)


def _one(path: Path) -> tuple[Source, TestReport]:
    (bound,) = policies.load([path]).bound
    return policies.read_source(path), run(bound)


def _json(reports: list[tuple[Source, TestReport]]) -> str:
    return dump({"policies": [_report(source, report) for source, report in reports]})


def _report(source: Source, report: TestReport) -> dict[str, object]:
    tests = [
        {
            "name": result.name,
            "passed": result.passed,
            "failures": [as_json(source, failure) for failure in result.failures],
        }
        for result in report.results
    ]
    return {
        "policy": report.policy,
        "file": source.name,
        "tests": tests,
        "unreached_rules": report.unreached,
    }


def _text(reports: list[tuple[Source, TestReport]]) -> str:
    lines: list[str] = []
    for source, report in reports:
        for result in report.results:
            word = "passed" if result.passed else "failed"
            lines.append(f"{coloured(word)}  {report.policy}: {result.name}")
            lines += [diagnostic(source, failure) + "\n" for failure in result.failures]
        if report.unreached:
            rules = ", ".join(report.unreached)
            lines.append(
                f"{coloured('warning', 'note')}    {report.policy}: never decided: {rules}"
            )
    results = [result for _, report in reports for result in report.results]
    failed = sum(not result.passed for result in results)
    return "\n".join([*lines, f"{len(results) - failed} passed, {failed} failed"])
