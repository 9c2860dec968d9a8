"""`drawbar sessions`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.options import DATA


@click.group()
def sessions() -> None:
    """Look after the place where sessions are kept."""


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
    from app.wiring import open_database, session_store
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
