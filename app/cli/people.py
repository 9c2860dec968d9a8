"""`drawbar people`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from app.cli.options import DATA
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from memory.people import People

T = TypeVar("T")
PASSWORD = click.password_option(help="The password; asked for where it is not given.")


@click.group()
def people() -> None:
    """Let people sign in to the page of approvals with a password."""


@people.command()
@click.argument("name")
@click.option("--scope", multiple=True, default=("approve",), help="What they may do (approve).")
@click.option("--subject", help="On whose behalf they speak (default: their name).")
@click.option("--role", multiple=True, help="A role of theirs; may be repeated.")
@click.option("--tenant", default="default", show_default=True, help="Whose approvals they see.")
@PASSWORD
@DATA
def add(
    name: str,
    scope: tuple[str, ...],
    subject: str | None,
    role: tuple[str, ...],
    tenant: str,
    password: str,
    data: Path | None,
) -> None:
    """Add somebody by the name they sign in with."""
    from app.cli.keys import scopes_of
    from app.login.passwords import digested
    from memory.people import NewPerson

    new = NewPerson(name, frozenset(scopes_of(scope)), tenant, subject, role)
    digest = digested(password)
    made = _with(data, lambda store: store.add(new, digest, datetime.now(UTC)))
    click.echo(f"added {printable(made.name)} ({made.id})")


@people.command("list")
@DATA
def list_(data: Path | None) -> None:
    """List people, without their passwords."""
    for one in _with(data, lambda store: store.all()):
        state = "removed" if one.removed_at else "active"
        held = ", ".join(sorted(one.scopes))
        held += f"; roles: {', '.join(one.roles)}" if one.roles else ""
        held += f"; tenant: {one.tenant}" if one.tenant != "default" else ""
        click.echo(f"{one.id}  {state:7}  {one.name}  ({held})")


@people.command()
@click.argument("name")
@DATA
def remove(name: str, data: Path | None) -> None:
    """Let somebody in no more, at once; the name cannot be used again."""
    _known(_with(data, lambda store: store.remove(name, datetime.now(UTC))), name)
    click.echo(f"removed {name}")


@people.command()
@click.argument("name")
@PASSWORD
@DATA
def password(name: str, password: str, data: Path | None) -> None:
    """Give somebody another password; they are signed out everywhere."""
    from app.login.passwords import digested

    digest = digested(password)
    _known(_with(data, lambda store: store.renew(name, digest, datetime.now(UTC))), name)
    click.echo(f"changed the password of {name}")


def _known(done: bool, name: str) -> None:
    if not done:
        raise DrawbarError(f"there is nobody named `{name}`")


def _with(data: Path | None, work: Callable[["People"], Awaitable[T]]) -> T:
    from app.cli.stores import beside
    from memory.people import People

    return asyncio.run(beside(data, lambda database: work(People(database))))
