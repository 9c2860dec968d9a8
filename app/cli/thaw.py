"""`drawbar thaw`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.freezing import KIND, TENANT, whom, with_freezes
from app.cli.options import DATA
from dsl.errors import DrawbarError, printable


@click.command()
@KIND
@click.argument("name")
@TENANT
@DATA
def thaw(kind: str, name: str, tenant: str | None, data: Path | None) -> None:
    """Decide again what an agent, a subject or a tenant asks for that was frozen.

    It is recorded who did it. Exit codes: 0 thawed, 1 could not run, 2 usage.
    """
    from memory.records.act import os_user

    named, now = whom(kind, name, tenant), datetime.now(UTC)
    if with_freezes(data, lambda store: store.thaw(named, now, os_user())) is None:
        raise DrawbarError(f"the {kind} `{name}` is not frozen in the tenant `{named.tenant}`")
    click.echo(printable(f"the {kind} `{name}` is thawed"))
