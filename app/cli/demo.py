"""`drawbar demo`."""

import asyncio
import shutil
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.cli.output import coloured
from dsl.errors import DrawbarError

if TYPE_CHECKING:
    from app.demo.play import Line

_PACE_S: Final = 0.5


@click.command()
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for policy and records. Change its policy, and run the demo again.",
)
@click.option("--pace", type=click.FloatRange(0, 10), help="Seconds between lines.")
def demo(keep: Path | None, pace: float | None) -> None:
    """Watch an agent being talked into a payment by a mail, and being stopped.

    No keys, no network, no model: a scripted agent does whatever it reads, with a real MCP server
    behind `drawbar mcp wrap --local`. Then the same without Drawbar. Exit codes: 0 played, 1 could
    not run, 2 usage.
    """
    if find_spec("mcp") is None:
        raise DrawbarError("the demo needs the extra `mcp`: install `drawbar-server[mcp]`")
    folder = keep or Path(tempfile.mkdtemp(prefix="drawbar-demo-"))
    pause = pace if pace is not None else _PACE_S if sys.stdout.isatty() else 0.0
    try:
        asyncio.run(_play(folder, pause))
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    click.echo("")
    for line in _afterwards(keep):
        click.echo(line)


async def _play(folder: Path, pause: float) -> None:
    from app import settings
    from app.demo.play import play
    from app.logs import configure_logs

    configure_logs(settings.load({"log_level": "error"}))
    click.echo("starting a gateway and an MCP server ...")
    async for line in play(folder):
        click.echo(_shown(line))
        time.sleep(pause)  # noqa: ASYNC251 - for whoever reads; nothing else waits


def _shown(line: "Line") -> str:
    if line.effect is None:
        return line.words
    return f"  {coloured(line.effect, f'{line.effect:5}')}  {line.words}"


def _afterwards(keep: Path | None) -> list[str]:
    if keep is None:
        return ["Run `drawbar demo --keep demo`, change demo/policies/bank.bar, and run it again."]
    return [
        f"The policy: {keep / 'policies' / 'bank.bar'}. Change it, and run the demo again.",
        f"The records: drawbar decisions --data {keep / 'var'}",
        f"Whether they are as they were written: drawbar audit verify --data {keep / 'var'}",
    ]
