"""The `drawbar` command."""

import sys
from typing import NoReturn

import click

from app.cli import (
    check,
    decisions,
    dev,
    explain,
    export,
    fmt,
    import_,
    keys,
    lint,
    serve,
    test,
    version,
)
from app.cli.exits import ExitCode
from dsl.errors import DrawbarError


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean or allow, 1 could not run, 2 usage, 3 findings, 4 deny, 5 ask.",
)
def cli() -> None:
    """Decides every tool call of an LLM agent: allow, ask a person, or deny."""


for _command in (
    serve.serve,
    check.check,
    explain.explain,
    lint.lint,
    fmt.fmt,
    test.test,
    export.export,
    import_.import_,
    decisions.decisions,
    keys.keys,
    version.version,
    dev.dev,
):
    cli.add_command(_command)


def main() -> NoReturn:
    """Run the command; a fault we can explain becomes one line."""
    try:
        cli()
    except DrawbarError as error:
        sys.stderr.write(f"drawbar: {error}\n")
        raise SystemExit(ExitCode.COULD_NOT_RUN) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(ExitCode.COULD_NOT_RUN) from None
    raise SystemExit(ExitCode.CLEAN)
