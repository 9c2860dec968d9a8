"""What `drawbar freeze` and `drawbar thaw` share: whom they name, and the store beside them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from memory.database import Database
    from memory.freezes.store import Freezes, Whom

T = TypeVar("T")
KIND = click.argument("kind", type=click.Choice(["agent", "subject", "tenant"]))
TENANT = click.option("--tenant", help="Of which tenant an agent or subject is; else `default`.")
_LONGEST = 128  # of a name: a column holds no more


def whom(kind: str, name: str, tenant: str | None) -> "Whom":
    """Return who is named, or refuse what cannot be a name."""
    from memory.freezes.store import Kind, Whom
    from memory.keys import DEFAULT_TENANT

    if not 1 <= len(name) <= _LONGEST or not name.isprintable():
        raise click.BadParameter(f"a name has 1 to {_LONGEST} printable characters")
    if kind == "tenant":
        if tenant not in (None, name):
            raise click.BadParameter("a tenant is named once", param_hint="--tenant")
        return Whom(name, Kind.TENANT, name)
    return Whom(tenant or DEFAULT_TENANT, Kind(kind), name)


def with_freezes(data: Path | None, work: "Callable[[Freezes], Awaitable[T]]") -> T:
    """Do some work on who is frozen in the store that the settings name."""
    from app.cli.stores import beside
    from memory.freezes.store import Freezes

    async def on(database: "Database") -> T:
        return await work(Freezes(database))

    return asyncio.run(beside(data, on))
