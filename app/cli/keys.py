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
from app.cli.times import span
from dsl.errors import DrawbarError

if TYPE_CHECKING:
    from memory.keys import ApiKey, Keys, Made, Scope

T = TypeVar("T")


@click.group()
def keys() -> None:
    """Create, list, rotate and revoke API keys."""


@keys.command()
@click.option("--scope", multiple=True, required=True, help="What it may do; may be repeated.")
@click.option("--name", default="unnamed", show_default=True, help="What people call the key.")
@click.option("--subject", help="On whose behalf its calls are made (default: its own id).")
@click.option("--agent", help="Which agent its calls are made by.")
@click.option("--role", multiple=True, help="A role of its subject; may be repeated.")
@click.option("--tenant", default="default", show_default=True, help="Whose key it is.")
@click.option("--expires", help="How long it works, such as 90d (default: until it is revoked).")
@click.option("--rate", type=float, help="Requests a second (default: as the settings say).")
@click.option("--burst", type=int, help="How many of them at once (default: two seconds' worth).")
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
    expires: str | None,
    *,
    trusts_not_run: bool,
    data: Path | None,
    **told: Any,
) -> None:
    """Create a key and print it, alone, on standard output; it is never shown again.

    docs/reference/api.md explains the scopes.
    """
    scopes = scopes_of(scope)
    now = datetime.now(UTC)
    ends = None if expires is None else now + span(expires, "--expires")

    async def work(store: "Keys") -> str:
        return await store.create(
            name,
            scopes,
            now,
            subject=subject,
            agent=agent,
            roles=role,
            trusts_not_run=trusts_not_run,
            expires_at=ends,
            **told,
        )

    click.echo(_with_keys(data, work, create=True))


def scopes_of(named: tuple[str, ...]) -> "list[Scope]":
    """Return scopes by their names, or say which is none."""
    from memory.keys import Scope

    known = [str(one) for one in Scope]
    for one in named:
        if one not in known:
            message = f"`{one}` is no scope; there are {', '.join(known)}"
            raise click.BadParameter(message, param_hint="--scope")
    return [Scope(one) for one in named]


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
    now = datetime.now(UTC)
    for key in found:
        click.echo(f"{key.id}  {key.state(now):7}  {key.name}  ({'; '.join(_held(key))})")


def _held(key: "ApiKey") -> list[str]:
    """Say what a key may do, and for how long."""
    told = [", ".join(sorted(key.scopes))]
    if key.trusts_not_run:
        told.append("trusts not_run")
    if key.roles:
        told.append(f"roles: {', '.join(key.roles)}")
    if key.tenant != "default":
        told.append(f"tenant: {key.tenant}")
    if key.rate is not None:
        told.append(f"{key.rate:g} requests a second")
    if key.expires_at is not None:
        told.append(f"expires {key.expires_at:%Y-%m-%d %H:%M} UTC")
    if key.last_used_at is not None:
        told.append(f"last used {key.last_used_at:%Y-%m-%d %H:%M} UTC")
    return told


@keys.command()
@click.argument("key_id")
@click.option(
    "--keep", default="24h", show_default=True, help="How long the old secret works beside it."
)
@DATA
def rotate(key_id: str, keep: str, data: Path | None) -> None:
    """Make a key with the rights of another, and print its secret, alone; it is never shown again.

    It has an id of its own, and lasts as long as the old one was made for. The old one is refused
    once `--keep` is over.
    """
    kept = span(keep, "--keep")

    async def work(store: "Keys") -> "Made | None":
        return await store.rotate(key_id, kept, datetime.now(UTC))

    made = _with_keys(data, work)
    if made is None:
        raise DrawbarError(f"there is no active key `{key_id}`")
    click.echo(f"made {made.key.id}; {key_id} works for {keep} more at most", err=True)
    click.echo(made.secret)


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
