"""What one decision reads of its own texts: each once, whatever is asked about it."""

import re
from collections.abc import Iterator
from typing import Final

from dsl.session import entities as reference
from dsl.session import words
from dsl.session.entities import ADDRESSES, is_id
from memory.sessions.index import finding
from memory.sessions.index.columns import Near

_DIGIT: Final = re.compile("[0-9]").search
_MOST: Final = 8  # texts
_LONGEST: Final = 32 * 1024  # characters of one


class Reader:
    """Reads texts of the call at hand, and keeps the last ones until something happens."""

    def __init__(self) -> None:
        self._near: dict[str, Near] = {}

    def forget(self) -> None:
        """Keep nothing."""
        self._near.clear()

    def near(self, text: str, *, whole: bool = True) -> Near | None:
        """Read a text as `dsl.session.reading.read` does; None if nobody can.

        What is not read as a whole lacks days, times and amounts, but has all words.
        """
        seen = words.visible(text)
        return None if seen is None else self._read(words.both(seen), whole=whole)

    def entities(self, text: str) -> list[str] | None:
        """List the values in a text as `dsl.session.entities` does."""
        seen = words.visible(text)
        if seen is None:
            return None
        plain = words.unescaped(seen)
        if not plain.isascii() and any(one.isdigit() and not one.isascii() for one in plain):
            return reference.entities(text)  # digits that no finder looks for
        near = self._read(plain, whole=False)
        ids = list(_ids(near))
        if not all(finding.is_in_none_of_the_rest(word) for word, _, _ in ids):
            ids = list(_ids(self._read(plain, whole=True)))
        longest: dict[int, int] = {}
        for one in near.found.mentions:
            if one.kind in ADDRESSES:
                longest[one.start] = max(one.end, longest.get(one.start, 0))
        places = [*longest.items(), *((start, end) for _, start, end in ids)]
        return list(dict.fromkeys(plain[start:end] for start, end in sorted(places)))

    def _read(self, seen: str, *, whole: bool) -> Near:
        near = self._near.get(seen)
        if near is None or (whole and not near.found.is_whole):
            found = finding.first(seen) if near is None else near.found
            near = Near(seen, finding.rest(seen, found) if whole else found)
            if len(seen) <= _LONGEST:
                if len(self._near) >= _MOST:
                    self._near.clear()
                self._near[seen] = near
        return near


def _ids(near: Near) -> Iterator[tuple[str, int, int]]:
    """Yield the folded words of a text that are ids, and where each of them stands."""
    for word, start, end in near.alone():
        if _DIGIT(word) and is_id(folded := word.casefold()):
            yield folded, start, end
