"""Many patterns matched against one text at once."""

from collections.abc import Mapping
from typing import Any, Final

import re2

from dsl import patterns

# The set may give up on a text for want of memory, and then answers as if nothing had matched.
# This pattern matches every text: where it is missing from an answer, there was none.
_SENTINEL: Final = "(?s).*"
_MEMORY: Final = 2 << 20
_MORE_MEMORY: Final = 32 << 10  # for each pattern
_FEW: Final = 20  # parts that a text may hold are looked for as quickly one by one
_MOST: Final = 1024  # patterns of one set


class PatternSet:
    """The masks of the patterns that a text matches."""

    def __init__(self, masks: Mapping[str, int], *, whole: bool) -> None:
        self._whole = whole
        self._masks = list(masks.items())
        self._sets = self._compiled() if whole or len(masks) > _FEW else []

    def _compiled(self) -> list[tuple[Any, list[int]]]:
        """Return sets of the patterns; none where one cannot be made."""
        found = []
        for first in range(0, len(self._masks), _MOST):
            some = self._masks[first : first + _MOST]
            made = _set([pattern for pattern, _ in some], whole=self._whole)
            if made is None:
                return []
            found.append((made, [one for _, one in some]))
        return found

    def hits(self, text: str) -> int | None:
        """Return the masks of what matches, together; nothing where that cannot be told."""
        if not self._sets:
            return self._one_by_one(text)
        try:
            encoded = text.encode()
        except UnicodeEncodeError:  # half of a character
            return self._one_by_one(text)
        hit = 0
        for made, masks in self._sets:
            found = made.Match(encoded)
            if not found or len(masks) not in found:
                return None
            for at in found:
                if at < len(masks):
                    hit |= masks[at]
        return hit

    def _one_by_one(self, text: str) -> int:
        hit = 0
        for pattern, mask in self._masks:
            if patterns.whole(pattern, text) if self._whole else pattern in text:
                hit |= mask
        return hit


def _set(some: list[str], *, whole: bool) -> Any | None:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY + _MORE_MEMORY * len(some)
    made = re2.Set.FullMatchSet(options) if whole else re2.Set.SearchSet(options)
    try:
        for pattern in [*(one if whole else re2.escape(one) for one in some), _SENTINEL]:
            made.Add(pattern)
        made.Compile()
    except (re2.error, UnicodeEncodeError):
        return None
    return made
