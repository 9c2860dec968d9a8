"""What `drawbar break-glass` does beside the store, where no gateway need run."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.stores import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.settings import Settings
    from memory.database import Database
    from memory.glass.store import Kept
    from memory.records.steps import Step


async def listed(limit: int, data: Path | None) -> list[dict[str, Any]]:
    """Return what was asked, as the API shows it."""
    from app.api.glass import shown
    from memory.glass.store import Glasses

    async def work(database: "Database") -> list[dict[str, Any]]:
        found, now = await Glasses(database).newest(limit), datetime.now(UTC)
        return [shown(one, now).model_dump(mode="json") for one in found]

    return await beside(data, work)


async def end(name: str, data: Path | None) -> None:
    """End what is broken; whoever is to be told of it is told by the next gateway that sends."""
    from app import settings
    from memory.glass.store import Glasses
    from memory.records.act import os_user

    found, now, by = settings.load({"data": data}), datetime.now(UTC), os_user()

    async def work(database: "Database") -> None:
        glasses = Glasses(database)
        kept = await glasses.get(name)
        steps = _notices(found, database, kept, now, by.who)
        await glasses.end(kept, by, now, steps)

    await beside(data, work)


def _notices(
    found: "Settings", database: "Database", kept: "Kept", now: datetime, who: str
) -> "Sequence[Step]":
    from app.data_folder import digest_key
    from app.sending.notices import Notices
    from memory.glass.glass import State
    from memory.outbox.outbox import Outbox
    from memory.sealing import Sealer

    if not found.glass_notify or kept.state(now) is not State.BROKEN:
        return ()
    secret = digest_key(found.data, create=False)
    notices = Notices(
        Outbox(database, Sealer(secret, "outbox")), found.notify, (), found.glass_notify
    )
    return notices.glass(kept.glass, "ended", now, who)
