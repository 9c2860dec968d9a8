"""Finds the values in a text with the finders of `dsl.session`, each only where it may find some.

Everything that a finder finds holds a sign of its own, as `@` or a digit. Between the sign and
either end of what is found lie no more than so many characters, or no white space. So a finder is
given these places alone, joined by a sign that nothing goes across, each from one white space to
another. A test holds this against the whole text.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from dsl.session import accounts, addresses, amounts, moments
from dsl.session.spans import Mention, Taken

GAP: Final = "\ud801"  # half of a character: `words.visible` leaves none in a text
_JOINT: Final = f"\n{GAP}\n"
_SIGN: Final = re.compile(
    r"(?P<digits>[0-9]+)|(?P<address>@|\.\w|://)|[nN][oO][oO][nN]|[mM][iI][dD][nN][iI][gG][hH][tT]"
)
_SPACE: Final = re.compile(r"\s")

Span = tuple[int, int]


@dataclass(slots=True)
class Found:
    """What stands in a text, by its places there; and the places of all digits."""

    mentions: list[Mention] = field(default_factory=list)
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    numbers: list[Span] = field(default_factory=list)


class _Places:
    """Where a finder is to look: around some signs, and up to white space."""

    def __init__(self, before: int, behind: int) -> None:
        self._before = before
        self._behind = behind
        self.spans: list[Span] = []
        self._last = 0

    def add(self, text: str, start: int, end: int) -> None:
        """Take in the place around a sign; signs come in their order."""
        behind = end + self._behind
        if behind <= self._last:
            return
        closing = _SPACE.search(text, behind)
        first = max(start - self._before, self._last)
        begins = max(text.rfind(" ", self._last, first), text.rfind("\n", self._last, first))
        begins = max(begins + 1, self._last)
        self._last = closing.start() if closing else len(text)
        if self.spans and begins <= self.spans[-1][1]:
            begins = self.spans.pop()[0]
        self.spans.append((begins, self._last))


def find(text: str) -> Found:
    """Find what `dsl.session.reading` finds in a text that was made visible."""
    found = Found()
    near_signs, near_accounts, near_moments = _Places(0, 0), _Places(8, 88), _Places(56, 48)
    near_digits = _Places(20, 24)
    for sign in _SIGN.finditer(text):
        start, end = sign.span()
        if sign["address"]:
            near_signs.add(text, start, end)
            continue
        near_moments.add(text, start, end)
        if sign["digits"]:
            near_digits.add(text, start, end)
            if _begins_an_account(text, start):
                near_accounts.add(text, start, end)
    for finder, near in (
        (addresses.find, near_signs),
        (accounts.find, near_accounts),
        (moments.find, near_moments),
        (amounts.find, near_digits),
    ):
        if near.spans:
            _run(finder, text, near.spans, found)
    found.numbers = near_digits.spans
    return found


def places(text: str, found: Found) -> list[Span]:
    """Return the places of all values and numbers, from one white space to another."""
    around: list[Span] = []
    for start, end in sorted((*found.numbers, *(span[:2] for span in found.spans))):
        last = around[-1][1] if around else 0
        if end <= last:
            continue
        begins = max(text.rfind(" ", last, start), text.rfind("\n", last, start), last - 1) + 1
        closing = _SPACE.search(text, end)
        if around and begins <= last:
            begins = around.pop()[0]
        around.append((begins, closing.start() if closing else len(text)))
    return around


def _begins_an_account(text: str, start: int) -> bool:
    before = text[max(start - 2, 0) : start]
    return before.endswith("+") or before.isalpha()


def _run(finder: Callable[[Taken], None], text: str, places: list[Span], found: Found) -> None:
    """Let a finder look at some places, and take over what it finds."""
    parts = [text[start:end] for start, end in places]
    moved = list(accumulate((len(one) + len(_JOINT) for one in parts[:-1]), initial=0))
    taken = Taken(_JOINT.join(parts))
    for start, end, kind in _within(found.spans, places, moved):
        taken.take(start, end, kind)
    known = len(taken.spans)
    finder(taken)

    def back(at: int) -> int:
        place = bisect_right(moved, at) - 1
        return at - moved[place] + places[place][0]

    found.mentions += [
        one._replace(start=back(one.start), end=back(one.start) + one.end - one.start)
        for one in taken.mentions
    ]
    found.spans += [
        (back(start), back(start) + end - start, kind) for start, end, kind in taken.spans[known:]
    ]


def _within(
    spans: Iterable[tuple[int, int, str]], places: list[Span], moved: list[int]
) -> Iterator[tuple[int, int, str]]:
    """Yield the parts of spans that lie in places, as these are joined."""
    starts = [start for start, _ in places]
    for start, end, kind in spans:
        at = max(bisect_right(starts, start) - 1, 0)
        while at < len(places) and places[at][0] < end:
            first, last = max(start, places[at][0]), min(end, places[at][1])
            if first < last:
                by = moved[at] - places[at][0]
                yield first + by, last + by, kind
            at += 1
