"""Arguments and options that several commands share."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from app.cli.output import Output
from dsl import strictjson


def _facts(
    _ctx: click.Context, _option: click.Parameter, written: Sequence[str]
) -> Mapping[str, Any]:
    """Read facts as people type them."""
    found: dict[str, Any] = {}
    for one in written:
        name, is_given, text = one.partition("=")
        if not is_given or name in found:
            words = "is given twice" if is_given else "has no value; write `NAME=JSON`"
            raise click.BadParameter(f"`{name}` {words}")
        try:
            found[name] = strictjson.read(text)
        except strictjson.InvalidJson as error:
            raise click.BadParameter(f"`{name}`: {error}") from error
    return found


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
TENANT: Final = click.option(
    "--tenant", default="default", show_default=True, help="Whose decisions."
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
FACT: Final = click.option(
    "--fact",
    "facts",
    multiple=True,
    metavar="NAME=JSON",
    callback=_facts,
    help='What a fact is, such as limit=100 or member={"level": "gold"}; may be repeated.',
)
NOW: Final = click.option("--now", help="Decide as of this time, such as 2026-01-31T09:00 (UTC).")
