"""Policies from a folder of `.bar` files, which is watched."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Final

from watchfiles import awatch

from app.binding.bindings import NAME
from app.policy import policies
from app.policy.policies import Trees
from app.policy.revising import texts_of
from app.sources.source import Fresh
from dsl.errors import DrawbarError

DEBOUNCE_MS: Final = 200
LOOK_MS: Final = 3_000


class FolderSource:
    """Reads a folder, and looks at every event, and every few seconds for what brought none."""

    def __init__(self, folder: Path, trees: Trees | None = None) -> None:
        self._folder = folder
        self._trees = trees
        self._seen: tuple[object, ...] = ()

    @property
    def place(self) -> str:
        """Name it for people."""
        return f"the folder `{self._folder}`"

    async def read(self) -> Fresh:
        """Return what the folder has now."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Fresh:
        # Before the files: what changes while they are read then counts as not yet seen.
        self._seen = fingerprint(self._folder) if self._folder.is_dir() else ()
        return read_folder(self._folder, self._trees)

    def again(self) -> None:
        """Count what was read last as a change."""
        self._seen = ()

    async def changes(self, stop: asyncio.Event) -> AsyncGenerator[None]:
        """Yield whenever a file changed; it ends once another folder stands there."""
        events = awatch(
            self._folder,
            stop_event=stop,
            debounce=DEBOUNCE_MS,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
        )
        async with aclosing(events):
            async for _ in events:
                now = await asyncio.to_thread(fingerprint, self._folder)
                replaced = now[:1] != self._seen[:1]
                if now != self._seen:
                    yield
                if replaced:
                    return  # events would go on coming from the folder that stood there before


def read_folder(folder: Path, trees: Trees | None = None) -> Fresh:
    """Read what lies in a folder, and keep its words."""
    found = policies.load([folder], trees=trees)
    if found.read is None:
        raise DrawbarError("what the policies were read from is not known")
    return Fresh(found, texts_of(found.read, folder))


def fingerprint(folder: Path) -> tuple[object, ...]:
    """Return what changes when a folder or a file in it does: first of all the folder itself."""
    suffixes = (policies.SUFFIX, policies.TOOLS_SUFFIX)
    files = [
        path
        for path in policies.walk(folder)
        if path.suffix.lower() in suffixes or path.name == NAME
    ]
    stats = [(str(path), path.stat()) for path in files]
    return (
        folder.stat().st_ino,
        *((name, s.st_mtime_ns, s.st_size, s.st_ino) for name, s in stats),
    )
