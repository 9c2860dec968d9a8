"""`drawbar audit acts`: what was done to the gateway itself."""

import asyncio
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from app.cli.times import instant
from dsl.errors import printable

if TYPE_CHECKING:
    from memory.records.act import ActRecord
    from memory.records.acts import WantedActs


@click.command()
@click.option("--what", multiple=True, help="Only these, such as key.created; may be repeated.")
@click.option("--who", help="Only those of this key id, or of this user of a machine.")
@click.option("--subject", help="Only those that concern this subject.")
@click.option("--session", help="Only those that concern this session.")
@click.option("--since", help="Only from this time on, such as 2026-01-31T09:00 (UTC).")
@click.option("--until", help="Only before this time.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="How many to list.",
)
@FORMAT
@DATA
def acts(
    what: tuple[str, ...],
    limit: int,
    output: str,
    data: Path | None,
    **wanted: str | None,
) -> None:
    """List administrative acts, newest first: who did what to keys, evidence, sessions, policies.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    from memory.records.acts import WantedActs

    times: dict[str, datetime | None] = {
        name: instant(wanted.pop(name), f"--{name}") for name in ("since", "until")
    }
    asked = WantedActs(what=_known(what) or None, **wanted, **times)  # type: ignore[arg-type]  # by name
    found = asyncio.run(_read(data, asked, limit))
    if output == Output.JSON:
        click.echo(dump([asdict(one) for one in found]))
        return
    click.echo("\n".join(printable(_line(one)) for one in found) or "nothing was done yet")


def _known(what: tuple[str, ...]) -> tuple[str, ...]:
    from memory.records.act import What

    known = [str(one) for one in What]
    for one in what:
        if one not in known:
            message = f"`{one}` is no act; there are {', '.join(known)}"
            raise click.BadParameter(message, param_hint="--what")
    return what


async def _read(data: Path | None, wanted: "WantedActs", limit: int) -> "tuple[ActRecord, ...]":
    from app import settings
    from app.wiring import open_database
    from memory.records.acts import page

    database = open_database(settings.load({"data": data}), create=False)
    try:
        await database.migrate()
        return (await page(database, wanted, limit)).found
    finally:
        await database.close()


def _line(one: "ActRecord") -> str:
    about = one.about or (f"subject {one.subject}" if one.subject else f"tenant {one.tenant}")
    note = f"  ({one.details['note']})" if one.details.get("note") else ""
    who = f"{one.who} ({one.by})"
    return f"{one.at:%Y-%m-%d %H:%M:%S}  {one.what:17}  {about}  by {who}{note}  {one.id}"
