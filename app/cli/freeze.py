"""`drawbar freeze`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.calling import Api, as_json
from app.cli.far import made, reachable
from app.cli.freezing import PLACE, TENANT, told, whom, with_freezes
from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from dsl.errors import printable

if TYPE_CHECKING:
    from memory.freezes.store import Freeze


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
@reachable
def agent(name: str, tenant: str | None, reason: str, data: Path | None, api: Api | None) -> None:
    """Freeze an agent of a tenant. Exit codes: 0 frozen, 1 could not run, 2 usage."""
    _freeze("agent", name, tenant, reason, api or data)


@freeze.command()
@click.argument("name")
@TENANT
@_REASON
@DATA
@reachable
def subject(name: str, tenant: str | None, reason: str, data: Path | None, api: Api | None) -> None:
    """Freeze a subject of a tenant. Exit codes: 0 frozen, 1 could not run, 2 usage."""
    _freeze("subject", name, tenant, reason, api or data)


@freeze.command()
@click.argument("name")
@_REASON
@DATA
@reachable
def tenant(name: str, reason: str, data: Path | None, api: Api | None) -> None:
    """Freeze a whole tenant. Exit codes: 0 frozen, 1 could not run, 2 usage."""
    _freeze("tenant", name, None, reason, api or data)


@freeze.command("list")
@FORMAT
@DATA
@reachable
def list_(output: str, data: Path | None, api: Api | None) -> None:
    """List who is frozen, newest first. Exit codes: 0 clean, 1 could not run, 2 usage."""
    if api is not None:
        _far_list(api, output)
        return
    found = with_freezes(data, lambda store: store.all())
    if output == Output.JSON:
        click.echo(dump([{**asdict(one), "at": one.at.isoformat()} for one in found]))
        return
    _print(found)


def _far_list(api: Api, output: str) -> None:
    from memory.freezes.store import Freeze

    found = api.get(PLACE)["freezes"]
    if output == Output.JSON:
        click.echo(as_json(found))
        return
    _print([made(Freeze, one) for one in found])


def _print(found: "Sequence[Freeze]") -> None:
    for one in found:
        whose = "" if one.kind == "tenant" else f" of {one.tenant}"
        said = f"{one.id}  {one.at:%Y-%m-%d %H:%M} UTC  {one.kind} {one.name}{whose}"
        click.echo(printable(f"{said}  by {one.who}{f': {one.reason}' if one.reason else ''}"))


def _freeze(kind: str, name: str, of: str | None, reason: str, place: Api | Path | None) -> None:
    from memory.freezes.store import LONGEST_REASON, Freeze
    from memory.records.act import os_user

    if len(reason) > LONGEST_REASON:
        raise click.BadParameter(f"a reason has at most {LONGEST_REASON} characters")
    named, now = whom(kind, name, of), datetime.now(UTC)
    if isinstance(place, Api):
        frozen = made(Freeze, place.post(PLACE, {**told(named, of), "reason": reason}))
    else:
        frozen = with_freezes(place, lambda store: store.freeze(named, reason, now, os_user()))
    whose = "" if kind == "tenant" else f" in the tenant `{frozen.tenant}`"
    click.echo(printable(f"{frozen.said}{whose}: all it asks for is denied"))
