"""`drawbar decisions`."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.options import DATA, FORMAT
from app.cli.output import Output, coloured, dump
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from memory.records.record import DecisionRecord


@click.command()
@click.argument("decision_id", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="How many to list.",
)
@FORMAT
@DATA
def decisions(decision_id: str | None, limit: int, output: str, data: Path | None) -> None:
    """Read recorded decisions from the store, newest first.

    With the id of a decision, show that one with its reasons. Exit codes: 0 clean, 1 could not
    run, 2 usage.
    """
    found = asyncio.run(_read(data, decision_id, limit))
    if output == Output.JSON:
        rows: list[Any] = [asdict(record) for record in found]
        click.echo(dump(rows[0] if decision_id else rows))
    elif decision_id:
        click.echo(_whole(found[0]))
    else:
        click.echo("\n".join(_line(record) for record in found) or "nothing was decided yet")


async def _read(data: Path | None, decision_id: str | None, limit: int) -> "list[DecisionRecord]":
    from app import settings
    from app.wiring import open_database
    from memory.records.store import Records

    database = open_database(settings.load({"data": data}), create=False)
    try:
        await database.migrate()
        records = Records(database)
        if decision_id is None:
            return await records.latest(limit)
        record = await records.get(decision_id)
    finally:
        await database.close()
    if record is None:
        raise DrawbarError(f"there is no decision `{decision_id}`")
    return [record]


def _line(record: "DecisionRecord") -> str:
    tool = f"{record.server}/{record.tool}" if record.server else record.tool
    rules = ", ".join(reason["rule"] for reason in record.reasons if reason["rule"])
    effect = coloured(record.effect, f"{record.effect:5}")
    dry = "  (dry run)" if record.dry_run else ""
    why = rules or record.reason
    return f"{record.at:%Y-%m-%d %H:%M:%S}  {effect}  {tool}  {why}  {record.id}{dry}"


def _whole(record: "DecisionRecord") -> str:
    fields = {name: value for name, value in asdict(record).items() if value not in (None, ())}
    fields = {"shadow": (), **fields}
    reasons = fields.pop("reasons")
    shadow = fields.pop("shadow")
    rows = [(name, str(value)) for name, value in fields.items()]
    rows += [("because", _reason(reason)) for reason in reasons]
    rows += [("shadow", _reason(reason)) for reason in shadow]
    return "\n".join(f"{name:>9}  {printable(words)}" for name, words in rows)


def _reason(reason: Mapping[str, Any]) -> str:
    """Say one reason in a line."""
    if reason["rule"] is None:
        words = [reason["code"], reason["path"], reason["detail"] or reason["because"]]
        return ": ".join(word for word in words if word)
    unknown = f" by unknown ({reason['path']} {reason['cause']})" if reason["cause"] else ""
    said = f"rule {reason['rule']} of {reason['policy']} says {reason['effect']}{unknown}"
    return f"{said}: {reason['because']}" if reason["because"] else said
