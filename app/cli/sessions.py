"""`drawbar sessions`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from app.cli.calling import Api, as_json
from app.cli.options import DATA, FORMAT
from app.cli.output import Output
from app.cli.reaching import calling
from app.plain import plain

_PLACE = "/v1/sessions"


@click.group()
def sessions() -> None:
    """Look at a session at a gateway, delete one, and look after where sessions are kept."""


@sessions.command()
@click.argument("session")
@FORMAT
@calling("`audit`, or `check` and the session's own subject")
def show(api: Api, session: str, output: str) -> None:
    """Show what a session has seen, without any words of it.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    told = api.get(_at(session))
    click.echo(as_json(told) if output == Output.JSON else "\n".join(_rows(told)))


@sessions.command()
@click.argument("session")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@calling("`admin`")
def delete(api: Api, session: str, *, yes: bool) -> None:
    """End a session for good, and destroy what was said and given back in it.

    Its name is refused from then on, and what it did still counts. It is recorded who did it.
    Exit codes: 0 deleted, 1 could not run, 2 usage.
    """
    if not yes:
        click.confirm("What was said in it will be gone. Delete it?", abort=True)
    api.send("DELETE", _at(session))
    click.echo(f"deleted {plain(session)}")


def _at(session: str) -> str:
    return f"{_PLACE}/{quote(session, safe='')}"


def _rows(told: Any) -> list[str]:
    rows = [(name, [plain(told[name])]) for name in ("session", "opened_at", "last_at")]
    rows += [("user_messages", [str(told["user_messages"])])]
    rows += [(name, [plain(one) for one in told[name]]) for name in ("calls", "overlays")]
    return [f"{name:>14}  {', '.join(values) or 'none'}" for name, values in rows]


@sessions.command()
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@DATA
def anew(*, yes: bool, data: Path | None) -> None:
    """Forget every session, and keep them from now on where `session_store` says.

    For a Redis that lost them, and for a move between Redis and the store. Nothing is counted
    any more: limits begin at zero, and names of sessions that were closed are free again. Stop
    every gateway before. What was decided stays in the records.
    """
    from app import settings
    from app.data_folder import alone
    from app.places import open_database, session_store
    from memory.records.act import os_user
    from memory.sessions.opening import begin_anew

    found = settings.load({"data": data})
    if not yes:
        click.confirm("Everything that sessions know will be gone. Begin anew?", abort=True)

    async def run() -> None:
        database = open_database(found, create=False)
        try:
            await database.migrate()
            await begin_anew(database, session_store(found), os_user(), datetime.now(UTC))
        finally:
            await database.close()

    if found.database_url is None:
        with alone(found.data):
            asyncio.run(run())
    else:
        asyncio.run(run())
    click.echo("sessions begin anew")
