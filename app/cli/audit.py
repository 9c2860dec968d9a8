"""`drawbar audit`."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.acts import acts
from app.cli.exits import ExitCode
from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from memory.records.checkpoints import Signed
    from memory.records.verify import Report


@click.group()
def audit() -> None:
    """Prove that what was recorded is what was decided, and see who administered."""


audit.add_command(acts)


@audit.command()
@click.option(
    "--public-key",
    "public_keys",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A key that signed checkpoints; may be repeated (default: the data folder's).",
)
@click.option(
    "--anchor",
    type=click.Path(path_type=Path),
    help="Checkpoints that were kept in other hands: the file that `checkpoint_anchor` names.",
)
@FORMAT
@DATA
def verify(
    public_keys: tuple[Path, ...], anchor: Path | None, output: str, data: Path | None
) -> None:
    """Hold every record against its chain, and the chains against signed checkpoints.

    The policies that records name must be kept, each as it was signed. Finds what was changed,
    removed, moved or forked, and says where. The store may be in use. Exit codes: 0 clean, 1 could
    not run, 2 usage, 3 findings.
    """
    report = asyncio.run(_verify(data, public_keys, anchor))
    flaws = [{"where": flaw.where, "what": flaw.what} for flaw in report.flaws]
    if output == Output.JSON:
        numbers = {
            "records": report.records,
            "writers": report.writers,
            "checkpoints": report.checkpoints,
            "beyond_checkpoint": report.beyond,
            "anchored": report.anchored,
            "revisions": report.revisions,
            "records_before_revisions": report.before_kept,
        }
        click.echo(dump({**numbers, "flaws": flaws}))
    else:
        for flaw in flaws:
            click.echo(printable(f"{flaw['where']}: {flaw['what']}"))
        click.echo(_summary(report, asked=anchor is not None))
    raise SystemExit(ExitCode.FINDINGS if flaws else ExitCode.CLEAN)


async def _verify(
    data: Path | None, public_keys: tuple[Path, ...], anchor: Path | None
) -> "Report":
    from app import settings
    from app.places import open_database
    from memory.records import verify as verifying
    from memory.records.signer import PUBLIC, key_id, public_key

    found = settings.load({"data": data})
    paths = public_keys or (found.data / PUBLIC,)
    keys = {key_id(key): key for key in map(public_key, paths)}
    anchored = [] if anchor is None else _anchored(anchor)
    database = open_database(found, create=False)
    try:
        return await verifying.verify(database, keys, anchored)
    finally:
        await database.close()


def _anchored(path: Path) -> "list[Signed]":
    from memory.records.checkpoints import Signed

    try:
        lines = path.read_text("utf-8").splitlines()
        return [Signed(**json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DrawbarError(f"the anchor `{path}` cannot be read") from error


def _summary(report: "Report", *, asked: bool) -> str:
    """Say what was looked at, and what no checkpoint covers yet."""
    anchored = f" ({report.anchored} of them anchored)" if asked else ""
    said = (
        f"{report.records} records of {report.writers} writers, "
        f"{report.checkpoints} checkpoints{anchored}, {report.revisions} revisions: "
        + (f"{len(report.flaws)} flaws" if report.flaws else "all as they were written")
    )
    if report.beyond:
        said += f"\nafter the last checkpoint came {report.beyond}, which no signature covers yet"
    if report.before_kept:
        said += f"\n{report.before_kept} records name policies whose text was not kept then"
    return said
