"""`drawbar dev`: for those who work on Drawbar itself, from a checkout."""

from pathlib import Path

import click

from app.cli.exits import ExitCode
from app.cli.scaffold import new_function, new_lint_rule


@click.group(hidden=True)
def dev() -> None:
    """For work on Drawbar itself, from a checkout."""


@dev.command()
@click.option("--check", is_flag=True, help="Change nothing; fail if a page would change.")
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The checkout.")
def docs(check: bool, root: Path) -> None:
    """Write the pages that are generated from the code.

    Exit codes: 0 clean, 1 could not run, 2 usage, 3 with --check where a page is out of date.
    """
    from app.docs.pages import pages

    stale = 0
    for path, text in pages().items():
        file = root / path
        if file.is_file() and file.read_text("utf-8") == text:
            continue
        stale += 1
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        click.echo(f"{'out of date' if check else 'wrote'} {path}")
    if check and stale:
        click.echo("run `make docs`", err=True)
        raise SystemExit(ExitCode.FINDINGS)


dev.add_command(new_function)
dev.add_command(new_lint_rule)
