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

_GAP: Final = "\ud801"  # half of a character: `words.visible` leaves none in a text
_JOINT: Final = f"\n{_GAP}\n"
_DIGITS: Final = re.compile("[0-9][0-9]*")  # twice as fast as with a plus
_ADDRESS: Final = re.compile(r"@|\.\w|://")
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH: Final = re.compile(_MONTHS, re.IGNORECASE | re.ASCII)
# What follows the digits that a day or a time begins with, unless a month stands before them.
_MOMENT: Final = re.compile(
    r":[0-9]|\s?[ap]|([-/.])[0-9]{1,2}\1[0-9]|"
    rf"(?:st|nd|rd|th)?(?:\s{{1,2}}of)?(?:\s{{1,2}}|-)(?:{_MONTHS})",
    re.IGNORECASE | re.ASCII,
)
_BEFORE_A_DAY: Final = 20  # characters of a month, with signs and `the`
_NAMED: Final = re.compile("noon|midnight", re.IGNORECASE | re.ASCII)
_SPACE: Final = re.compile(r"\s")
_LETTERS: Final = re.compile("[a-z]+")
_OF_MOMENTS: Final = re.compile(
    "t|z|utc|gmt|[ap]m?|m|st|nd|rd|th|of|the|noon|midnight|"
    f"(?:{_MONTHS}|mon|tue|wed|thu|fri|sat|sun)[a-z]*"
)

Span = tuple[int, int]


@dataclass(slots=True)
class Found:
    """What stands in a text, by its places there; and where digits stand."""

    mentions: list[Mention] = field(default_factory=list)
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    digits: list[Span] = field(default_factory=list)
    is_whole: bool = False


def find(text: str) -> Found:
    """Find what `dsl.session.reading` finds in a text that was made visible."""
    return rest(text, first(text))


def first(text: str) -> Found:
    """Find addresses and accounts alone: what else there is, is looked for behind these."""
    digits = [one.span() for one in _DIGITS.finditer(text)]
    accounts_at = [one for one in digits if _begins_an_account(text, one[0])]
    found = Found(digits=digits)
    if addresses_at := [one.span() for one in _ADDRESS.finditer(text)]:
        _run(addresses.find, text, _around(text, addresses_at, 0, 0), found)
    if accounts_at:
        _run(accounts.find, text, _around(text, accounts_at, 8, 88), found)
    return found


def rest(text: str, first: Found) -> Found:
    """Find all the rest, once what comes first is found."""
    found = Found([*first.mentions], [*first.spans], first.digits, is_whole=True)
    moments_at = [one for one in found.digits if _begins_a_moment(text, *one)]
    if (small := text.lower()) and ("noon" in small or "midnight" in small):
        moments_at = sorted((*moments_at, *(one.span() for one in _NAMED.finditer(text))))
    if moments_at:
        _run(moments.find, text, _around(text, moments_at, 40, 40), found)
    if found.digits:
        _run(amounts.find, text, _around(text, found.digits, 12, 12), found)
    return found


def is_in_none_of_the_rest(word: str) -> bool:
    """Tell a folded word that is surely no part of a day, a time or an amount.

    Amounts have no letters, and days and times have those of few words.
    """
    return any(_OF_MOMENTS.fullmatch(one) is None for one in _LETTERS.findall(word))


def _begins_an_account(text: str, start: int) -> bool:
    before = text[max(start - 2, 0) : start]
    return before.endswith("+") or before.isalpha()


def _begins_a_moment(text: str, start: int, end: int) -> bool:
    if _MOMENT.match(text, end):
        return True
    before = max(start - _BEFORE_A_DAY, 0)
    return text[start - 1 : start].isspace() and _MONTH.search(text, before, start) is not None


def _around(text: str, signs: Iterable[Span], before: int, behind: int) -> list[Span]:
    """Return the places around signs, which stand in their order: so many characters, and on."""
    found: list[Span] = []
    last = 0
    for start, end in signs:
        if end + behind <= last:
            continue
        first = max(start - before, last)
        begins = max(text.rfind(" ", last, first), text.rfind("\n", last, first), last - 1) + 1
        closing = _SPACE.search(text, end + behind)
        last = closing.start() if closing else len(text)
        if found and begins <= found[-1][1]:
            begins = found.pop()[0]
        found.append((begins, last))
    return found


def places(text: str, found: Found) -> list[Span]:
    """Return the places of all values and digits, from one white space to another."""
    return _around(text, sorted((*found.digits, *(one[:2] for one in found.spans))), 0, 0)


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

    for kind, form, start, end, weak in taken.mentions:
        at = back(start)
        found.mentions.append(Mention(kind, form, at, at + end - start, weak))
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
