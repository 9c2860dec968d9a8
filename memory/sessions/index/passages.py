"""The passages of a session: what stands at one place of one event, in the order of events."""

import re
import zlib
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

from memory.sessions.index.columns import as_path
from memory.sessions.index.gather import APART, TOGETHER, WITHIN, Gathered
from memory.sessions.index.limits import BLOCK

_NEXT: Final = "\x1d"  # between the words of two passages
_SIGN: Final = f"[{APART}{WITHIN}{TOGETHER}]"
_PATH: Final = re.compile(f"[^{APART}{WITHIN}{TOGETHER}]*/[^{APART}{WITHIN}{TOGETHER}]*")
_OPEN: Final = 4  # blocks that stay open once they were asked for


class Sort(Enum):
    """What sort of place a value may stand at."""

    SAID = "said"  # a message of the user
    GIVEN = "given"  # the arguments of a call
    LEAF = "leaf"  # a leaf of a result
    NAME = "name"  # the name of a member of an object in a result
    STRAY = "stray"  # a result of a call that nobody decided


class Source(NamedTuple):
    """Places whose values are judged alike; elements of lists all have the number -1."""

    sort: Sort
    server: str | None = None
    tool: str = "-"
    failed: bool = False
    place: tuple[str | int, ...] = ()

    @property
    def qualified(self) -> str:
        """Return the tool with its server, as origins name it."""
        return f"{self.server}/{self.tool}" if self.server else self.tool


class Passages:
    """What is known of each passage: its source, its event and its words."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self.of: array[int] = array("I")  # of each passage, the number of its source
        self.events: array[int] = array("I")
        self._numbers: dict[Source, int] = {}
        self._firsts: array[int] = array("I")  # of each block, the first passage
        self._blocks: list[bytes] = []
        self._filling: list[str] = []  # of the block that is not full yet
        self._filled = 0
        self._open: OrderedDict[int, list[str]] = OrderedDict()

    def source(self, source: Source) -> int:
        """Return the number of a source."""
        number = self._numbers.setdefault(source, len(self.sources))
        if number == len(self.sources):
            self.sources.append(source)
        return number

    def knows(self, source: Source) -> bool:
        """Tell whether a source has a number."""
        return source in self._numbers

    def add(self, source: int, event: int, gathered: Gathered) -> int:
        """Add a passage; return its number."""
        if not self._filling:
            self._firsts.append(len(self.of))
        self.of.append(source)
        self.events.append(event)
        self._filling.append(gathered.kept)
        self._filled += len(gathered.kept)
        if self._filled > BLOCK:
            self._close()
        return len(self.of) - 1

    def _close(self) -> None:
        """Press the words of a block that is full."""
        kept = _NEXT.join(self._filling).encode("utf-8", "surrogatepass")
        self._blocks.append(zlib.compress(kept, 1))
        self._filling, self._filled = [], 0

    def holds(self, passage: int, words: Sequence[str], *, exact: bool) -> bool:
        """Tell whether words stand in a row in a passage, and count there as a value."""
        kept = self._words(passage)
        text = _PATH.sub(lambda found: as_path(found[0]), kept) if exact else kept.casefold()
        alike = text.replace(WITHIN, APART).replace(TOGETHER, APART)
        if f"{APART}{APART.join(words)}{APART}" not in alike:
            return False
        pattern = re.compile(f"(?<={_SIGN}){_SIGN.join(map(re.escape, words))}(?={_SIGN})")
        at = 0
        while found := pattern.search(text, at):
            if _counts(text, found.start(), found.end()):
                return True
            at = found.start() + 1
        return False

    def _words(self, passage: int) -> str:
        block = bisect_right(self._firsts, passage) - 1
        if block == len(self._blocks):
            return self._filling[passage - self._firsts[block]]
        if block not in self._open:
            kept = zlib.decompress(self._blocks[block])
            self._open[block] = kept.decode("utf-8", "surrogatepass").split(_NEXT)
            if len(self._open) > _OPEN:
                self._open.popitem(last=False)
        return self._open[block][passage - self._firsts[block]]


def _counts(text: str, start: int, end: int) -> bool:
    """Tell whether a row of words goes beyond one value, or is all of one that counts by them."""
    signs = {one for one in text[start:end] if one in (APART, WITHIN, TOGETHER)}
    if APART in signs:
        return True
    return signs == {TOGETHER} and TOGETHER not in (text[start - 1], text[end])
