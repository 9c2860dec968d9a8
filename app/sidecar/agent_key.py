"""The key of the agent that a sidecar stands beside, in a file that the agent reads."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from app.own_key import own_key
from app.sidecar.settings import SidecarSettings
from memory.keys import Keys, Scope

NAME: Final = "agent"
FILE: Final = "agent.key"


def key_place(settings: SidecarSettings, data: Path) -> Path:
    """Return where the key lies."""
    return settings.agent_key or data / FILE


async def agent_key(
    keys: Keys, settings: SidecarSettings, data: Path, scopes: Iterable[Scope], now: datetime
) -> Path:
    """Make the key unless it is there, and is still that of the agent the settings name."""
    path = key_place(settings, data)
    whose = {"tenant": settings.tenant, "subject": settings.subject, "agent": settings.agent}
    kept = path.read_text("utf-8").strip() if path.exists() else ""
    found = await keys.find(kept) if kept else None
    if found is not None and any(getattr(found, name) != value for name, value in whose.items()):
        await keys.revoke(found.id, now)  # first: nothing would name it any more
        path.unlink()
    await own_key(keys, path, NAME, scopes, now, **whose)
    return path
