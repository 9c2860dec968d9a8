"""`drawbar decisions`."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from app.cli.calling import Api, as_json
from app.cli.far import made, paged, reachable
from app.cli.options import DATA, FORMAT, TENANT
from app.cli.output import Output, coloured, dump
from app.cli.stores import beside
from app.cli.times import instant
from dsl.errors import DrawbarError, printable
from dsl.model import Effect

if TYPE_CHECKING:
    from memory.database import Database
    from memory.records.record import DecisionRecord


@click.command()
@click.argument("decision_id", required=False)
@TENANT
@click.option("--subject", help="Only those on behalf of this subject.")
@click.option("--agent", help="Only those of this agent.")
@click.option("--session", help="Only those in this session.")
@click.option("--tool", help="Only those of this tool, with its server: `bank/pay`.")
@click.option("--effect", type=click.Choice([str(one) for one in Effect]), help="Only these.")
@click.option(
    "--would",
    type=click.Choice([str(one) for one in Effect]),
    help="Only those that would come out so, if no policy were only observing.",
)
@click.option("--rule", help="Only those that this rule decided, with its policy: `bank/small`.")
@click.option("--glass", help="Only those that were made while this glass was broken.")
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
def decisions(
    decision_id: str | None,
    limit: int,
    output: str,
    data: Path | None,
    api: Api | None,
    **wanted: str | None,
) -> None:
    """Read recorded decisions, newest first: from the store, or with --url from a gateway.

    With the id of a decision, show that one with its reasons and with what it asked. Exit codes:
    0 clean, 1 could not run, 2 usage.
    """
    times = {name: instant(wanted[name], f"--{name}") for name in ("since", "until")}
    asked = {**wanted, **times}
    if api is not None:
        _far(api, decision_id, limit, output, asked)
        return
    found = asyncio.run(beside(data, partial(_read, decision_id, limit, asked)))
    if output == Output.JSON:
        rows: list[Any] = [record.told() for record in found]
        click.echo(dump(rows[0] if decision_id else rows))
    else:
        _print(found, whole=decision_id is not None)


def _print(found: "Sequence[DecisionRecord]", *, whole: bool) -> None:
    if whole:
        click.echo(_whole(found[0]))
    else:
        click.echo("\n".join(_line(record) for record in found) or "nothing was decided yet")


def _far(
    api: Api, decision_id: str | None, limit: int, output: str, asked: Mapping[str, Any]
) -> None:
    """Show what a gateway tells of the key's own tenant."""
    from memory.records.record import DecisionRecord

    path, wanted = "/v1/decisions", {n: v for n, v in asked.items() if n != "tenant"}
    one = decision_id is not None
    told = [api.get(f"{path}/{quote(decision_id, safe='')}")] if decision_id else None
    rows = list(paged(api, path, "decisions", limit, wanted)) if told is None else told
    if output == Output.JSON:
        click.echo(as_json(rows[0] if one else rows))
        return
    _print([made(DecisionRecord, row) for row in rows], whole=one)


async def _read(
    decision_id: str | None, limit: int, wanted: Mapping[str, Any], database: "Database"
) -> "list[DecisionRecord]":
    from memory.records import query
    from memory.records.store import Records

    if decision_id is None:
        page = await query.page(database, query.Wanted(**wanted), limit)
        return list(page.found)
    record = await Records(database).get(decision_id)
    if record is None:
        raise DrawbarError(f"there is no decision `{decision_id}`")
    return [record]


def _line(record: "DecisionRecord") -> str:
    rules = ", ".join(reason["rule"] for reason in record.reasons if reason["rule"])
    effect = coloured(record.effect, f"{record.effect:5}")
    dry = "  (dry run)" if record.dry_run else ""
    dry += f"  (would {record.would})" if record.would else ""
    why = rules or record.reason
    return f"{record.at:%Y-%m-%d %H:%M:%S}  {effect}  {_what(record)}  {why}  {record.id}{dry}"


def _what(record: "DecisionRecord") -> str:
    """Name what was decided: a call, what came of one, or a reply, which no tool made."""
    if record.phase == "reply":
        return "reply"
    tool = f"{record.server}/{record.tool}" if record.server else record.tool
    return tool if record.phase == "call" else f"{record.phase} of {tool}"


def _whole(record: "DecisionRecord") -> str:
    from app.deciding.explaining import explained, said_reason

    fields = {name: value for name, value in record.told().items() if value not in (None, ())}
    told = [fields.pop(name, ()) for name in ("reasons", "atoms", "shadow")]
    rows = [(name, str(value)) for name, value in fields.items()]
    if record.revision_digest is not None:
        rows += [("policies", f"drawbar revisions show {record.revision}")]
    rows += [("because", line) for line in explained(record)[: len(told[0])]]
    rows += [("asked", line) for line in explained(record)[len(told[0]) :]]
    rows += [("shadow", said_reason(reason)) for reason in told[2]]
    return "\n".join(f"{name:>12}  {printable(words)}" for name, words in rows)
