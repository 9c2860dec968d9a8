"""`drawbar audit acts`: what was done to the gateway itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.calling import Api, as_json
from app.cli.far import made, paged, reachable
from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from app.cli.stores import beside
from app.cli.times import instant
from dsl.errors import printable

if TYPE_CHECKING:
    from memory.database import Database
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
@reachable
def acts(
    what: tuple[str, ...],
    limit: int,
    output: str,
    data: Path | None,
    api: Api | None,
    **wanted: str | None,
) -> None:
    """List administrative acts, newest first: who did what to keys, evidence, sessions, policies.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    from memory.records.acts import WantedActs

    times: dict[str, datetime | None] = {
        name: instant(wanted.pop(name), f"--{name}") for name in ("since", "until")
    }
    known = _known(what)
    if api is not None:
        _far(api, known, limit, output, {**wanted, **times})
        return
    asked = WantedActs(what=known or None, **wanted, **times)  # type: ignore[arg-type]  # by name
    found = asyncio.run(beside(data, partial(_read, asked, limit)))
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


async def _read(wanted: "WantedActs", limit: int, database: "Database") -> "tuple[ActRecord, ...]":
    from memory.records.acts import page

    return (await page(database, wanted, limit)).found


def _far(
    api: Api, what: tuple[str, ...], limit: int, output: str, wanted: Mapping[str, object]
) -> None:
    """List what a gateway tells of the key's own tenant."""
    from memory.records.act import ActRecord

    if len(what) > 1:
        raise click.UsageError("with --url give --what once")
    asked = {**wanted, "what": what[0] if what else None}
    found = list(paged(api, "/v1/acts", "acts", limit, asked))
    if output == Output.JSON:
        click.echo(as_json(found))
        return
    lines = (printable(_line(made(ActRecord, one))) for one in found)
    click.echo("\n".join(lines) or "nothing was done yet")


def _line(one: "ActRecord") -> str:
    about = one.about or (f"subject {one.subject}" if one.subject else f"tenant {one.tenant}")
    note = f"  ({one.details['note']})" if one.details.get("note") else ""
    who = f"{one.who} ({one.by})"
    return f"{one.at:%Y-%m-%d %H:%M:%S}  {one.what:17}  {about}  by {who}{note}  {one.id}"
