"""Facts from a file of rows: read again when it changes; a broken change leaves it as it was."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog

from app.facts import rows
from app.facts.settings import TableSettings
from app.facts.source import NoFact, Outcome
from dsl.errors import DrawbarError

log = structlog.get_logger("drawbar.facts")
GONE: Final = "the file is gone"


class TableSource:
    """Finds a row by its key."""

    def __init__(self, name: str, settings: TableSettings) -> None:
        self._name = name
        self._settings = settings
        self._rows: rows.Rows = {}
        self._seen: tuple[int, ...] | None = None
        self._looking: asyncio.Task[None] | None = None

    @property
    def takes(self) -> frozenset[str]:
        """Name the one argument: the key."""
        return frozenset((self._settings.key,))

    @property
    def max_age_s(self) -> float:
        """Keep nothing: the file is at hand, and what it says holds at once."""
        return 0

    async def open(self) -> None:
        """Read the file; one that cannot be used is refused."""
        await asyncio.to_thread(self._read)

    async def close(self) -> None:
        """Wait for a look at the file that is under way."""
        if self._looking is not None:
            await asyncio.gather(self._looking, return_exceptions=True)

    async def fetch(self, args: Mapping[str, Any]) -> Any:
        """Return the row of a key, from the file as it is now."""
        if args.keys() != self.takes or not rows.is_key(args[self._settings.key]):
            raise NoFact(Outcome.ARGUMENTS)
        await self._up_to_date()
        row = self._rows.get(rows.found_by(args[self._settings.key]))
        if row is None:
            raise NoFact(Outcome.NOT_THERE)
        return row

    async def _up_to_date(self) -> None:
        """Look at the file, or join who looks; one who gives up does not stop the look."""
        if self._looking is None:
            self._looking = asyncio.create_task(asyncio.to_thread(self._look))
            self._looking.add_done_callback(self._looked)
        await asyncio.shield(self._looking)

    def _looked(self, look: "asyncio.Task[None]") -> None:
        self._looking = None
        if not look.cancelled():
            look.exception()  # who waits for it has it too, and there may be nobody any more

    def _look(self) -> None:
        """Take a change up, or say what is wrong with it and go on with what there was."""
        seen, reason = self._fingerprint(), GONE
        if seen == self._seen:
            return
        if seen is not None:
            try:
                self._read()
            except DrawbarError as error:
                reason = str(error)
            else:
                log.info("a table was taken up", source=self._name, rows=len(self._rows))
                return
        self._seen = seen
        log.error("a table is refused, the one before stays", source=self._name, detail=reason)

    def _read(self) -> None:
        seen = self._fingerprint()  # before the file: a change meanwhile counts as not yet seen
        self._rows = rows.read(
            self._settings.file, self._settings.key, tuple(self._settings.numbers)
        )
        self._seen = seen

    def _fingerprint(self) -> tuple[int, ...] | None:
        try:
            stat = self._settings.file.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino
