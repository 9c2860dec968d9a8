"""`drawbar thaw`."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import click

from app.cli.calling import Api
from app.cli.far import reachable
from app.cli.freezing import KIND, PLACE, TENANT, told, whom, with_freezes
from app.cli.options import DATA
from dsl.errors import DrawbarError, printable


@click.command()
@KIND
@click.argument("name")
@TENANT
@DATA
@reachable
def thaw(kind: str, name: str, tenant: str | None, data: Path | None, api: Api | None) -> None:
    """Decide again what an agent, a subject or a tenant asks for that was frozen.

    It is recorded who did it. Exit codes: 0 thawed, 1 could not run, 2 usage.
    """
    from memory.records.act import os_user

    named, now = whom(kind, name, tenant), datetime.now(UTC)
    if api is not None:
        api.send("DELETE", f"{PLACE}?{urlencode(told(named, tenant))}")
    elif with_freezes(data, lambda store: store.thaw(named, now, os_user())) is None:
        raise DrawbarError(f"the {kind} `{name}` is not frozen in the tenant `{named.tenant}`")
    click.echo(printable(f"the {kind} `{name}` is thawed"))
