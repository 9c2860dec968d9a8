"""`drawbar test`."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

import click

from app.cli.exits import ExitCode
from app.cli.options import PATHS
from app.cli.output import as_json, coloured, diagnostic, dump
from app.policy import policies
from dsl.errors import Source, printable, render
from dsl.testing.coverage import CoverageReport, Uncovered
from dsl.testing.run import TestReport, run

Report = tuple[Source, TestReport]


@click.command()
@PATHS
@click.option(
    "--format",
    "output",
    type=click.Choice(("text", "json", "junit")),
    default="text",
    show_default=True,
    help="How to print; `junit` is the XML that most build servers read.",
)
@click.option(
    "--coverage",
    is_flag=True,
    help="List the rules and the sides of conditions that no test reached.",
)
@click.option(
    "--min-coverage",
    type=click.FloatRange(0, 100),
    help="Fail below this percentage of rules that decided and of true and false sides seen.",
)
def test(paths: tuple[Path, ...], output: str, coverage: bool, min_coverage: float | None) -> None:
    """Run the tests that live with policies.

    A test starts with an empty session. Of each test in a condition it is noted whether it was
    seen true, false and unknown. Exit codes: 0 all passed, 1 could not run, 2 usage, 3 a test
    failed or too little is covered.
    """
    reports = [_one(path) for path in policies.find(paths)]
    short = [] if min_coverage is None else _short(reports, min_coverage)
    match output:
        case "json":
            click.echo(_json(reports))
        case "junit":
            click.echo(_junit(reports))
        case _:
            click.echo("\n".join(_text(reports, coverage=coverage or bool(short))))
    for words in short:
        click.echo(words, err=True)
    passed = all(report.passed for _, report in reports) and not short
    raise SystemExit(ExitCode.CLEAN if passed else ExitCode.FINDINGS)


def _one(path: Path) -> Report:
    (bound,) = policies.load([path]).bound
    return policies.read_source(path), run(bound)


def _short(reports: list[Report], wanted: float) -> list[str]:
    return [
        f"{report.policy}: {report.coverage.percent:.1f} % covered, {wanted:g} % wanted"
        for _, report in reports
        if report.coverage.percent < wanted
    ]


def _json(reports: list[Report]) -> str:
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
        "coverage": _coverage(source, report.coverage),
    }


def _coverage(source: Source, coverage: CoverageReport) -> dict[str, object]:
    return {
        "percent": round(coverage.percent, 1),
        "rules": coverage.rules,
        "rules_decided": coverage.rules_decided,
        "sides": coverage.sides,
        "sides_seen": coverage.sides_seen,
        "unknowns_seen": coverage.unknowns_seen,
        "never_decided": coverage.undecided,
        "never_seen": [
            {
                "rule": one.rule,
                "test": one.text,
                "line": source.position(one.span.start)[0],
                "sides": one.sides,
            }
            for one in coverage.uncovered
        ],
    }


def _junit(reports: list[Report]) -> str:
    """Write one suite a policy; the failures hold what the text shows."""
    root = Xml.Element("testsuites")
    for source, report in reports:
        failed = sum(not result.passed for result in report.results)
        counts = {"tests": str(len(report.results)), "failures": str(failed), "errors": "0"}
        named = {"name": printable(report.policy), "file": source.name}
        suite = Xml.SubElement(root, "testsuite", {**named, **counts})
        for result in report.results:
            case = Xml.SubElement(suite, "testcase", name=result.name, classname=report.policy)
            for failure in result.failures:
                shown = Xml.SubElement(case, "failure", message=printable(failure.message))
                shown.text = render(source, failure)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True)


def _text(reports: list[Report], *, coverage: bool) -> Iterator[str]:
    for source, report in reports:
        for result in report.results:
            word = "passed" if result.passed else "failed"
            yield f"{coloured(word)}  {report.policy}: {result.name}"
            for failure in result.failures:
                yield diagnostic(source, failure) + "\n"
        yield from _covered(source, report, whole=coverage)
    results = [result for _, report in reports for result in report.results]
    failed = sum(not result.passed for result in results)
    yield f"{len(results) - failed} passed, {failed} failed"


def _covered(source: Source, report: TestReport, *, whole: bool) -> Iterator[str]:
    found = report.coverage
    if found.undecided:
        note = coloured("warning", "note")
        yield f"{note}    {report.policy}: never decided: {', '.join(found.undecided)}"
    if not whole:
        return
    yield (
        f"{report.policy}: {found.percent:.1f} % covered: "
        f"{found.rules_decided} of {found.rules} rules decided, "
        f"{found.sides_seen} of {found.sides} sides true or false, "
        f"{found.unknowns_seen} of {found.sides // 2} seen unknown"
    )
    for one in found.uncovered:
        yield _unseen(source, one)


def _unseen(source: Source, one: Uncovered) -> str:
    line = source.position(one.span.start)[0]
    return f"  line {line}, rule {one.rule}: `{one.text}` never {', '.join(one.sides)}"
