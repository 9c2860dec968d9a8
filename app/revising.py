"""Keeps the text of each policy revision before it decides anything."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from app.policies import PolicySet
from app.texts import Read
from dsl.errors import DrawbarError, Source
from memory.database import FAULTS
from memory.faults import cause
from memory.revisions.revision import File, RevisionFault, Texts


class NotKept(DrawbarError):
    """The text of a revision could not be kept, so it may not decide."""


class Keeps(Protocol):
    """Stores what a writer takes up."""

    def keep(self, texts: Texts, digest: str, number: int, now: datetime) -> Awaitable[None]:
        """Store a revision, and that it was taken up under a number."""
        ...


def texts_of(read: Read, folder: Path) -> Texts:
    """Return what was read from a folder, by the files' names in there."""
    covered = [File(_name(one, folder), one.text) for one in read.sources]
    beside = [File(_name(one, folder), one.text) for one in read.bindings_files]
    once = tuple(dict.fromkeys((*covered, *beside)))
    return Texts(once, tuple(one.name for one in covered), read.bindings)


def _name(source: Source, folder: Path) -> str:
    name = Path(source.name).relative_to(folder).as_posix()
    return name.encode("utf-8", "backslashreplace").decode()


class Keeping:
    """Keeps what one gateway takes up; the names of what it kept lead to their digests."""

    def __init__(self, keeper: Keeps, folder: Path, now: Callable[[], datetime]) -> None:
        self._keeper = keeper
        self._folder = folder
        self._now = now

    async def keep(self, fresh: PolicySet, number: int) -> None:
        """Keep policies, or raise in one sentence why they may not decide."""
        if fresh.read is None:
            raise NotKept("what the policies were read from is not known any more")
        try:
            texts = texts_of(fresh.read, self._folder)
            await self._keeper.keep(texts, fresh.digest, number, self._now())
        except RevisionFault as error:
            raise NotKept(f"the policies cannot be kept: {error}") from error
        except (*FAULTS, TimeoutError, ValueError) as error:
            why = "time-out" if isinstance(error, TimeoutError) else cause(error)
            raise NotKept(f"the store does not keep the policies: {why}") from error
