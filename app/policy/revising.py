"""Keeps the text of each policy revision before it decides anything."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Protocol

from app.policy import policies
from app.policy.policies import PolicySet, Trees
from app.policy.texts import Read
from dsl.errors import DrawbarError, Source
from memory.database import FAULTS
from memory.faults import cause
from memory.revisions.revision import File, Revision, RevisionFault, Texts


class NotKept(DrawbarError):
    """The text of a revision could not be kept, so it may not decide."""


class Keeps(Protocol):
    """Stores what a writer takes up."""

    def keep(self, texts: Texts, digest: str, number: int, now: datetime) -> Awaitable[None]:
        """Store a revision, and that it was taken up under a number."""
        ...


def texts_of(read: Read, folder: Path) -> Texts:
    """Return what was read from a folder, by the files' names in there."""
    folder = folder.parent if folder.is_file() else folder  # one policy alone may be served
    covered = [File(_name(one, folder), one.text) for one in read.sources]
    beside = [File(_name(one, folder), one.text) for one in read.bindings_files]
    once = tuple(dict.fromkeys((*covered, *beside)))
    return Texts(once, tuple(one.name for one in covered), read.bindings)


def _name(source: Source, folder: Path) -> str:
    name = Path(source.name).relative_to(folder).as_posix()
    return name.encode("utf-8", "backslashreplace").decode()


def restored(kept: Revision, trees: Trees | None = None, *, learned: bool = True) -> PolicySet:
    """Read the policies of a kept revision, or say that this version reads them otherwise.

    Memory may have joined what decided; what was published is people's alone.
    """
    with TemporaryDirectory() as made:
        for one in kept.texts.files:
            put(Path(made), one)
        found = policies.load([Path(made)], trees=trees, learned=learned)
    if found.digest != kept.digest:
        raise RevisionFault(f"the policies `{kept.digest}` are read otherwise by this version")
    return found


def put(folder: Path, file: File) -> None:
    """Lay a file out in a folder, or raise where its name would lead out of it."""
    name = PurePosixPath(file.name)
    if name.is_absolute() or ".." in name.parts:
        raise RevisionFault(f"the file `{file.name}` does not lie in a folder of policies")
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(file.text.encode())


class Keeping:
    """Keeps what one gateway takes up; the names of what it kept lead to their digests."""

    def __init__(self, keeper: Keeps, now: Callable[[], datetime]) -> None:
        self._keeper = keeper
        self._now = now

    async def keep(self, texts: Texts, digest: str, number: int) -> None:
        """Keep policies, or raise in one sentence why they may not decide."""
        try:
            await self._keeper.keep(texts, digest, number, self._now())
        except RevisionFault as error:
            raise NotKept(f"the policies cannot be kept: {error}") from error
        except (*FAULTS, TimeoutError, ValueError) as error:
            why = "time-out" if isinstance(error, TimeoutError) else cause(error)
            raise NotKept(f"the store does not keep the policies: {why}") from error
