"""What `drawbar enforce` and `drawbar observe` share: they write `bindings.toml`."""

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from app.settings import Settings

POLICIES: Final = click.option(
    "--policies",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of policies (default: the setting `policies`).",
)


def bind(folder: Path | None, data: Path | None, policy: str, until: str | None) -> bool:
    """Let a policy observe until an end, or enforce; tell whether anything had to be written.

    A file and a store have no transaction in common. So the act is recorded first: what is bound
    otherwise was recorded, and what was recorded and is not bound changed nothing.
    """
    from app import settings
    from app.binding.bindings import NAME
    from app.binding.edit import edited
    from app.cli.writing import rewrite

    found = settings.load({"policies": folder, "data": data})
    place = found.policies
    text = edited(place, policy, until)
    if text is None:
        return False
    if not _recorded(found, policy, until, text):
        click.echo(f"no store is in `{found.data}`, so nothing records this", err=True)
    path = place / NAME
    path.touch()
    rewrite(path, text)
    return True


def _recorded(found: "Settings", policy: str, until: str | None, text: str) -> bool:
    """Record who changes which binding, and what is written, if there is a store to do it in."""
    from memory.database import STORE

    if found.database_url is None and not (found.data / STORE).is_file():
        return False
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    asyncio.run(_record(found, policy, {"until": until, "bindings": digest}))
    return True


async def _record(found: "Settings", policy: str, details: dict[str, str | None]) -> None:
    from datetime import UTC, datetime

    from app.places import open_database
    from memory.keys import DEFAULT_TENANT
    from memory.records.act import What, act, os_user
    from memory.records.acting import note

    what = What.POLICY_ENFORCE if details["until"] is None else What.POLICY_OBSERVE
    told = {"about": policy, "details": details}
    done = act(what, os_user(), datetime.now(UTC), DEFAULT_TENANT, **told)
    database = open_database(found, create=False)
    try:
        await database.migrate()
        async with database.write() as connection:
            await note(connection, done)
    finally:
        await database.close()
