"""`drawbar fmt`."""

from difflib import unified_diff
from pathlib import Path

import click

from app.cli.exits import ExitCode
from app.cli.options import PATHS
from app.cli.writing import rewrite
from app.policy import policies
from dsl.errors import Source
from dsl.format import reformat


@click.command()
@PATHS
@click.option("--check", is_flag=True, help="Change nothing; fail if a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change.")
def fmt(paths: tuple[Path, ...], check: bool, diff: bool) -> None:
    """Lay policy files, or folders of them, out in the one canonical way; comments are kept.

    A broken policy is refused and left as it is. Exit codes: 0 clean, 1 could not run, 2 usage,
    3 with --check or --diff where a file would change.
    """
    changed = 0
    for path in policies.find(paths):
        source = policies.read_source(path)
        text = reformat(source)
        if text == source.text:
            continue
        changed += 1
        if diff:
            click.echo(_diff(source, text), nl=False)
        if check or diff:
            click.echo(f"would reformat {path}", err=True)
        else:
            rewrite(path, text)
            click.echo(f"reformatted {path}", err=True)
    raise SystemExit(ExitCode.FINDINGS if changed and (check or diff) else ExitCode.CLEAN)


def _diff(source: Source, text: str) -> str:
    old, new = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    return "".join(unified_diff(old, new, source.name, source.name))
