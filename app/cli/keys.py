"""`drawbar keys`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from dsl.errors import DrawbarError

if TYPE_CHECKING:
    from memory.keys import Keys

T = TypeVar("T")


@click.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command()
@click.option("--scope", multiple=True, required=True, help="What it may do; may be repeated.")
@click.option("--name", default="unnamed", show_default=True, help="What people call the key.")
@click.option("--subject", help="On whose behalf its calls are made (default: its own id).")
@click.option("--agent", help="Which agent its calls are made by.")
@click.option("--role", multiple=True, help="A role of its subject; may be repeated.")
@click.option(
    "--trusts-not-run",
    is_flag=True,
    help="Believe it when it says that an allowed call never ran: the call is counted no more.",
)
@DATA
def create(
    scope: tuple[str, ...],
    name: str,
    subject: str | None,
    agent: str | None,
    role: tuple[str, ...],
    *,
    trusts_not_run: bool,
    data: Path | None,
) -> None:
    """Create a key and print it, alone, on standard output; it is never shown again.

    docs/reference/api.md explains the scopes.
    """
    from memory.keys import Scope

    known = [str(one) for one in Scope]
    for one in scope:
        if one not in known:
            message = f"`{one}` is no scope; there are {', '.join(known)}"
            raise click.BadParameter(message, param_hint="--scope")
    scopes = [Scope(one) for one in scope]

    async def work(store: "Keys") -> str:
        return await store.create(
            name,
            scopes,
            datetime.now(UTC),
            subject=subject,
            agent=agent,
            roles=role,
            trusts_not_run=trusts_not_run,
        )

    click.echo(_with_keys(data, work, create=True))


@keys.command("list")
@FORMAT
@DATA
def list_(output: str, data: Path | None) -> None:
    """List the keys, without their secrets."""

    async def work(store: "Keys") -> list[Any]:
        return await store.all()

    found = _with_keys(data, work)
    if output == Output.JSON:
        click.echo(dump([{**asdict(key), "scopes": sorted(key.scopes)} for key in found]))
        return
    for key in found:
        state = "revoked" if key.revoked_at else "active"
        held = ", ".join(sorted(key.scopes)) + ("; trusts not_run" if key.trusts_not_run else "")
        held += f"; roles: {', '.join(key.roles)}" if key.roles else ""
        click.echo(f"{key.id}  {state:7}  {key.name}  ({held})")


@keys.command()
@click.argument("key_id")
@DATA
def revoke(key_id: str, data: Path | None) -> None:
    """Revoke a key by its id, as `drawbar keys list` shows it.

    A running gateway refuses it within two seconds.
    """

    async def work(store: "Keys") -> bool:
        return await store.revoke(key_id, datetime.now(UTC))

    if not _with_keys(data, work):
        raise DrawbarError(f"there is no active key `{key_id}`")
    click.echo(f"revoked {key_id}")


def _with_keys(
    data: Path | None, work: Callable[["Keys"], Awaitable[T]], *, create: bool = False
) -> T:
    from app import settings
    from app.wiring import open_database
    from memory.keys import Keys

    async def run() -> T:
        database = open_database(settings.load({"data": data}), create=create)
        try:
            await database.migrate()
            return await work(Keys(database))
        finally:
            await database.close()

    return asyncio.run(run())
