"""`drawbar keys`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

import click

from app.cli.calling import Api, as_json
from app.cli.far import made, paged, reachable
from app.cli.options import DATA, FORMAT
from app.cli.output import Output, dump
from app.cli.times import span
from dsl.errors import DrawbarError, printable

if TYPE_CHECKING:
    from memory.keys import ApiKey, Keys, Made, Scope

T = TypeVar("T")
MOST: Final = 100_000  # of the keys of a gateway that are listed


_OF = click.option(
    "--tenant",
    help="Of this tenant alone (default: of any; with --url of the tenant of your own key).",
)


@click.group()
def keys() -> None:
    """Create, list, rotate and revoke API keys."""


@keys.command()
@click.option("--scope", multiple=True, required=True, help="What it may do; may be repeated.")
@click.option("--name", default="unnamed", show_default=True, help="What people call the key.")
@click.option("--subject", help="On whose behalf its calls are made (default: its own id).")
@click.option("--agent", help="Which agent its calls are made by.")
@click.option("--role", multiple=True, help="A role of its subject; may be repeated.")
@click.option(
    "--tenant", help="Whose key it is (default: `default`; with --url the tenant of your own key)."
)
@click.option("--expires", help="How long it works, such as 90d (default: until it is revoked).")
@click.option("--rate", type=float, help="Requests a second (default: as the settings say).")
@click.option("--burst", type=int, help="How many of them at once (default: two seconds' worth).")
@click.option(
    "--trusts-not-run",
    is_flag=True,
    help="Believe it when it says that an allowed call never ran: the call is counted no more.",
)
@DATA
@reachable
def create(
    scope: tuple[str, ...],
    name: str,
    subject: str | None,
    agent: str | None,
    role: tuple[str, ...],
    tenant: str | None,
    expires: str | None,
    *,
    trusts_not_run: bool,
    data: Path | None,
    api: Api | None,
    **told: Any,
) -> None:
    """Create a key and print it, alone, on standard output; it is never shown again.

    docs/reference/api.md explains the scopes.
    """
    scopes = scopes_of(scope)
    now = datetime.now(UTC)
    ends = None if expires is None else now + span(expires, "--expires")
    if api is not None:
        whose = {"subject": subject, "agent": agent, "roles": list(role)}
        rest = {"trusts_not_run": trusts_not_run, "expires_at": ends and ends.isoformat()}
        rest["tenant"] = tenant
        body = {"name": name, "scopes": list(scope), **whose, **rest, **told}
        click.echo(api.post("/v1/keys", body)["secret"])
        return

    async def work(store: "Keys") -> str:
        return await store.create(
            name,
            scopes,
            now,
            subject=subject,
            agent=agent,
            roles=role,
            tenant="default" if tenant is None else tenant,
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
@_OF
@FORMAT
@DATA
@reachable
def list_(tenant: str | None, output: str, data: Path | None, api: Api | None) -> None:
    """List the keys, without their secrets."""
    if api is not None:
        _far_list(api, tenant, output)
        return

    async def work(store: "Keys") -> list[Any]:
        return await store.all(tenant)

    found = _with_keys(data, work)
    if output == Output.JSON:
        click.echo(dump([{**asdict(key), "scopes": sorted(key.scopes)} for key in found]))
        return
    _print(found)


def _far_list(api: Api, tenant: str | None, output: str) -> None:
    from memory.keys import ApiKey

    found = list(paged(api, "/v1/keys", "keys", MOST, {"tenant": tenant}))
    if output == Output.JSON:
        click.echo(as_json(found))
        return
    _print([made(ApiKey, one) for one in reversed(found)])  # as the store lists them


def _print(found: "Sequence[ApiKey]") -> None:
    now = datetime.now(UTC)
    for key in found:
        click.echo(
            printable(f"{key.id}  {key.state(now):7}  {key.name}  ({'; '.join(_held(key))})")
        )


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
@_OF
@DATA
@reachable
def rotate(key_id: str, keep: str, tenant: str | None, data: Path | None, api: Api | None) -> None:
    """Make a key with the rights of another, and print its secret, alone; it is never shown again.

    It has an id of its own, and lasts as long as the old one was made for. The old one is refused
    once `--keep` is over.
    """
    kept = span(keep, "--keep")
    if api is not None:
        body = {"keep_s": int(kept.total_seconds())}
        told = api.post(_path(key_id, "/rotate", tenant), body)
        click.echo(f"made {told['key']['id']}; {key_id} works for {keep} more at most", err=True)
        click.echo(told["secret"])
        return

    async def work(store: "Keys") -> "Made | None":
        if await store.stored(key_id, tenant) is None:
            return None
        return await store.rotate(key_id, kept, datetime.now(UTC))

    rotated = _with_keys(data, work)
    if rotated is None:
        raise DrawbarError(f"there is no active key `{key_id}`")
    click.echo(f"made {rotated.key.id}; {key_id} works for {keep} more at most", err=True)
    click.echo(rotated.secret)


@keys.command()
@click.argument("key_id")
@_OF
@DATA
@reachable
def revoke(key_id: str, tenant: str | None, data: Path | None, api: Api | None) -> None:
    """Revoke a key by its id, as `drawbar keys list` shows it.

    A running gateway refuses it within two seconds.
    """
    if api is not None:
        api.send("DELETE", _path(key_id, "", tenant))
        click.echo(f"revoked {key_id}")
        return

    async def work(store: "Keys") -> bool:
        return await store.revoke(key_id, datetime.now(UTC), tenant=tenant)

    if not _with_keys(data, work):
        raise DrawbarError(f"there is no active key `{key_id}`")
    click.echo(f"revoked {key_id}")


def _path(key_id: str, rest: str, tenant: str | None) -> str:
    whose = "" if tenant is None else f"?tenant={quote(tenant, safe='')}"
    return f"/v1/keys/{quote(key_id, safe='')}{rest}{whose}"


def _with_keys(
    data: Path | None, work: Callable[["Keys"], Awaitable[T]], *, create: bool = False
) -> T:
    from app.cli.stores import beside
    from memory.keys import Keys

    return asyncio.run(beside(data, lambda database: work(Keys(database)), create=create))
