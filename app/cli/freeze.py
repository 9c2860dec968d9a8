"""`drawbar freeze`."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from app.cli.freezing import TENANT, whom, with_freezes
from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from dsl.errors import printable


@click.group()
def freeze() -> None:
    """Deny all that an agent, a subject or a whole tenant asks for, at once and everywhere.

    Every gateway on the store does so within about a second. It is recorded who did it.
    """


_REASON = click.option("--reason", default="", help="Why, for people; it is recorded.")


@freeze.command()
@click.argument("name")
@TENANT
@_REASON
@DATA
def agent(name: str, tenant: str | None, reason: str, data: Path | None) -> None:
    """Freeze an agent of a tenant. Exit codes: 0 frozen, 1 could not run, 2 usage."""
    _freeze("agent", name, tenant, reason, data)


@freeze.command()
@click.argument("name")
@TENANT
@_REASON
@DATA
def subject(name: str, tenant: str | None, reason: str, data: Path | None) -> None:
    """Freeze a subject of a tenant. Exit codes: 0 frozen, 1 could not run, 2 usage."""
    _freeze("subject", name, tenant, reason, data)


@freeze.command()
@click.argument("name")
@_REASON
@DATA
def tenant(name: str, reason: str, data: Path | None) -> None:
    """Freeze a whole tenant. Exit codes: 0 frozen, 1 could not run, 2 usage."""
    _freeze("tenant", name, None, reason, data)


@freeze.command("list")
@FORMAT
@DATA
def list_(output: str, data: Path | None) -> None:
    """List who is frozen, newest first. Exit codes: 0 clean, 1 could not run, 2 usage."""
    found = with_freezes(data, lambda store: store.all())
    if output == Output.JSON:
        click.echo(dump([{**asdict(one), "at": one.at.isoformat()} for one in found]))
        return
    for one in found:
        whose = "" if one.kind == "tenant" else f" of {one.tenant}"
        said = f"{one.id}  {one.at:%Y-%m-%d %H:%M} UTC  {one.kind} {one.name}{whose}"
        click.echo(printable(f"{said}  by {one.who}{f': {one.reason}' if one.reason else ''}"))


def _freeze(kind: str, name: str, of: str | None, reason: str, data: Path | None) -> None:
    from memory.freezes.store import LONGEST_REASON
    from memory.records.act import os_user

    if len(reason) > LONGEST_REASON:
        raise click.BadParameter(f"a reason has at most {LONGEST_REASON} characters")
    named, now = whom(kind, name, of), datetime.now(UTC)
    made = with_freezes(data, lambda store: store.freeze(named, reason, now, os_user()))
    whose = "" if kind == "tenant" else f" in the tenant `{made.tenant}`"
    click.echo(printable(f"{made.said}{whose}: all it asks for is denied"))
