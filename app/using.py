"""Stores when keys were used last: late, together, and never while anybody waits for it."""

from collections.abc import MutableMapping
from datetime import datetime
from typing import Final

import structlog

from app.background import Stop
from memory.database import FAULTS
from memory.faults import cause
from memory.keys import Keys

EVERY_S: Final = 60.0
log = structlog.get_logger("drawbar.auth")


class Using:
    """Takes what the key ring has seen, once a minute, and once more at the end."""

    def __init__(self, keys: Keys, used: MutableMapping[str, datetime]) -> None:
        self._keys = keys
        self._used = used

    async def run(self, stop: Stop) -> None:
        """Store until told to stop."""
        while not stop.is_set():
            await stop.within(EVERY_S)
            await self.store()

    async def store(self) -> None:
        """Store what was seen since; what cannot be stored now is tried again."""
        taken = dict(self._used)
        self._used.clear()
        if not taken:
            return
        try:
            await self._keys.used(taken)
        except FAULTS as error:
            log.warning("when keys were used last cannot be stored", cause=cause(error))
            for key_id, at in taken.items():
                self._used.setdefault(key_id, at)
