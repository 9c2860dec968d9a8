"""Reaches the gateway that runs on a data folder, for whoever may read the folder."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.cli.calling import UNIX
from dsl.errors import DrawbarError

TERMINAL: Final = "terminal.key"
USER: Final = "user.key"


def at_hand(data: Path, *, as_user: bool = False) -> tuple[str, str]:
    """Return the address of who runs on a folder, and a key of a person who answers there.

    A person at the terminal is another than the user for whom the agent acts, since nobody
    approves what was asked in their own name; `as_user` answers what only the user may.
    """
    from app.own_socket import answers, socket_of

    path = socket_of(data)
    if not answers(path):
        hint = "it listens while an MCP client runs `drawbar mcp wrap --local` with this --data"
        raise DrawbarError(f"nothing listens beside the store in `{data}`; {hint}")
    return f"{UNIX}{path}", asyncio.run(_key(data, as_user=as_user))


async def _key(data: Path, *, as_user: bool) -> str:
    from app import settings
    from app.own_key import LOCAL_USER, own_key
    from app.places import open_database
    from memory.keys import Keys, Scope

    database = open_database(settings.load({"data": data}), create=False)
    try:
        path = data / (USER if as_user else TERMINAL)
        subject = LOCAL_USER if as_user else None
        keys, now = Keys(database), datetime.now(UTC)
        return await own_key(keys, path, path.stem, (Scope.APPROVE,), now, subject=subject)
    finally:
        await database.close()
