"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Final

import click

from app.cli.output import Output

PATHS: Final = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
FORMAT: Final = click.option(
    "--format",
    "output",
    type=click.Choice([str(one) for one in Output]),
    default=str(Output.TEXT),
    show_default=True,
    help="How to print.",
)
DATA: Final = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="The gateway's data folder (default: the setting `data`, `var`).",
)
POLICIES: Final = click.option(
    "--policy",
    "policy",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="A policy file or folder; may be repeated.",
)
TOOLS: Final = click.option(
    "--tools",
    type=click.Path(path_type=Path),
    help="A tools file to use instead of the policies'.",
)
USER: Final = click.option(
    "--user", multiple=True, help="What the user has said in this session; may be repeated."
)
NOW: Final = click.option("--now", help="Decide as of this time, such as 2026-01-31T09:00 (UTC).")
