"""`drawbar lint`."""

import gc
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from app.cli.exits import ExitCode
from app.cli.levels import read
from app.cli.mending import Mended, mend
from app.cli.observed import with_bindings
from app.cli.options import PATHS
from app.cli.output import LintOutput, as_json, coloured, diagnostic, dump
from app.cli.writing import rewrite
from app.policy import policies
from dsl.errors import DrawbarError
from dsl.lint.registry import MODULES
from dsl.lint.run import LintReport, run


def _print_page(ctx: click.Context, _option: click.Option, code: str | None) -> None:
    """Print the page of a lint rule, as the checkout's docs have it."""
    if code is None:
        return
    page = {module.LINT_RULE.code: module for module in MODULES}.get(code)
    if page is None:
        raise click.BadParameter(f"there is no lint rule `{code}`")
    rule = page.LINT_RULE
    click.echo(f"{rule.code} {rule.name} ({rule.level})\n\n{inspect.cleandoc(page.__doc__ or '')}")
    ctx.exit(ExitCode.CLEAN)


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
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing a decision.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing.")
@click.option(
    "--unsafe-fixes",
    "unsafe",
    is_flag=True,
    help="With --fix or --diff: mend what may change decisions too; look at each change.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="File with levels of lint rules, in its table `lint` (default: drawbar.toml).",
)
@click.option(
    "--page",
    metavar="CODE",
    is_eager=True,
    expose_value=False,
    callback=_print_page,
    help="Print what a code means, and how to mend what it reports.",
)
def lint(
    paths: tuple[Path, ...],
    output: str,
    strict: bool,
    fix: bool,
    diff: bool,
    unsafe: bool,
    config: Path | None,
) -> None:
    """Report mistakes and risks in policy files, or folders of them.

    Each finding has a code with a page: --page CODE prints it. For GitHub and other services that
    read findings, docs/lint-in-ci.md; for --fix and levels of your own, docs/lint-settings.md.
    Exit codes: 0 clean, 1 could not run, 2 usage, 3 findings, or with --diff a file to change.
    """
    if unsafe and not (fix or diff):
        raise click.UsageError("`--unsafe-fixes` goes with `--fix` or `--diff`")
    levels = read(config)
    files, faults = _readable(policies.find(paths))
    if diff:
        _show_changes([mend(path, levels, unsafe=unsafe) for path in files])
    if fix:
        for path in files:
            _mend(mend(path, levels, unsafe=unsafe))
    now = datetime.now(UTC)
    with _without_collecting():
        report = run([policies.unit(path, now) for path in files], levels)
    report, unread = with_bindings(report, paths, now)
    faults += unread
    click.echo(_PRINTERS[LintOutput(output)](report))
    if faults:
        raise DrawbarError("\n".join(faults))
    raise SystemExit(ExitCode.FINDINGS if report.failing(strict=strict) else ExitCode.CLEAN)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no garbage meanwhile: what is read stays to the end, and the end is near."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _readable(files: list[Path]) -> tuple[list[Path], list[str]]:
    """Set files apart that cannot be read: they end the command, after all others are told of."""
    readable, faults = [], []
    for path in files:
        try:
            policies.read_source(path)
            readable.append(path)
        except DrawbarError as error:
            faults.append(str(error))
    return readable, faults


def _show_changes(files: list[Mended]) -> None:
    changed = [file for file in files if file.fixed]
    click.echo("".join(file.diff() for file in changed), nl=False)
    raise SystemExit(ExitCode.FINDINGS if changed else ExitCode.CLEAN)


def _mend(file: Mended) -> None:
    if file.fixed:
        rewrite(file.path, file.unit.source.text)
        click.echo(f"mended {_counted(file.fixed, 'finding')} in {file.path}", err=True)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 or word == "info" else f"{count} {word}s"


def _json(report: LintReport) -> str:
    findings = [as_json(file.source, f) for file in report.files for f in file.findings]
    return dump({"files": len(report.files), "findings": findings})


def _text(report: LintReport) -> str:
    blocks = [diagnostic(file.source, f) for file in report.files for f in file.findings]
    return "\n\n".join([*blocks, _summary(report)])


def _summary(report: LintReport) -> str:
    files = _counted(len(report.files), "file")
    counts = [(level, report.count(level)) for level in ("error", "warning", "info")]
    found = [_counted(count, level) for level, count in counts if count]
    if not found:
        return f"{files}: {coloured('passed', 'nothing to report')}"
    return f"{files}: {', '.join(found)}{_mendable(report)}"


def _mendable(report: LintReport) -> str:
    """Say what a program can do about it."""
    safe, unsafe = report.fixes(safe=True), report.fixes(safe=False)
    said = [f"{safe} can be mended with --fix"] if safe else []
    said += [f"{unsafe}{' more' if safe else ''} with --fix --unsafe-fixes"] if unsafe else []
    return f" ({', '.join(said)})" if said else ""


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
