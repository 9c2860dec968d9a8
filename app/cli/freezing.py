"""What `drawbar freeze` and `drawbar thaw` share: whom they name, and the store beside them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

if TYPE_CHECKING:
    from memory.database import Database
    from memory.freezes.store import Freezes, Whom

T = TypeVar("T")
KIND = click.argument("kind", type=click.Choice(["agent", "subject", "tenant"]))
PLACE: Final = "/v1/freezes"
TENANT = click.option(
    "--tenant",
    help="Of which tenant an agent or subject is (default: `default`; with --url that of your own "
    "key).",
)


def whom(kind: str, name: str, tenant: str | None) -> "Whom":
    """Return who is named, or refuse a name that nobody can have: it would freeze nobody."""
    from memory.freezes.store import Kind, Whom
    from memory.key import TENANT as OF_A_TENANT
    from memory.keys import DEFAULT_TENANT
    from memory.people import NAME

    whose = name if kind == "tenant" else DEFAULT_TENANT if tenant is None else tenant
    if kind == "tenant" and tenant not in (None, name):
        raise click.BadParameter("a tenant is named once", param_hint="--tenant")
    if re.fullmatch(OF_A_TENANT, whose) is None:
        raise click.BadParameter("a tenant's name has up to 64 letters, digits, `_`, `.` and `-`")
    if re.fullmatch(NAME, name) is None:
        raise click.BadParameter("a name has 1 to 128 visible ASCII characters, and no space")
    return Whom(whose, Kind(kind), name)


def told(named: "Whom", tenant: str | None) -> Mapping[str, str]:
    """Return how a gateway is told who is named; without a tenant it is that of the key."""
    if named.kind == "tenant":
        return {"kind": "tenant", "tenant": named.name}
    whose = {} if tenant is None else {"tenant": tenant}
    return {"kind": str(named.kind), "name": named.name, **whose}


def with_freezes(data: Path | None, work: "Callable[[Freezes], Awaitable[T]]") -> T:
    """Do some work on who is frozen in the store that the settings name."""
    from app.cli.stores import beside
    from memory.freezes.store import Freezes

    async def on(database: "Database") -> T:
        return await work(Freezes(database))

    return asyncio.run(beside(data, on))
