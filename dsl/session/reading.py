"""Reads a text once: which values are mentioned in it, and its words.

Everything that is found by its kind is a mention with a canonical form. Names, ids and paths are
found as rows of words, but never inside a day, a time or an amount, and never as a part of an
address.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dsl.canonical import number
from dsl.session import accounts, addresses, amounts, moments, words
from dsl.session.spans import Mention, Taken
from dsl.session.words import Word

MOST_WORDS: Final = 12  # longer values are prose, and never looked for inside a text
NO_ID: Final = ("date", "time", "amount")
_CACHED: Final = 512
_LONGEST_CACHED: Final = 4_096  # characters; a reading takes forty times the memory of its text


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in one text. Each mention is `(kind, form)`."""

    mentions: tuple[Mention, ...]
    strong: frozenset[tuple[str, str]]
    weak: frozenset[tuple[str, str]]
    words: tuple[Word, ...]
    inside: tuple[tuple[str, int, int] | None, ...]  # of each word: the value it is a part of

    def rows(self, sought: Sequence[str], *, exact: bool) -> Iterator[int]:
        """Yield where a row of words begins that counts as a mention of its own."""
        first, length = sought[0], len(sought)
        for at, word in enumerate(self.words[: max(0, len(self.words) - length + 1)]):
            if (word.exact if exact else word.folded) != first:
                continue
            row = self.words[at : at + length]
            same = all(
                (one.exact if exact else one.folded) == wanted
                for one, wanted in zip(row, sought, strict=True)
            )
            if same and self.counts(at, length):
                yield at

    def counts(self, at: int, length: int) -> bool:
        """Tell whether a row of words is no day or amount, and no part of another value."""
        span = self.inside[at]
        if span is None or self.inside[at + length - 1] != span:
            return True
        kind, start, end = span
        whole = self.words[at].start <= start and self.words[at + length - 1].end >= end
        return whole and kind not in NO_ID


def read(text: str) -> Reading | None:
    """Read a text; None if nobody can."""
    return _cached(text) if len(text) <= _LONGEST_CACHED else _read(text)


@lru_cache(maxsize=_CACHED)
def _cached(text: str) -> Reading | None:
    return _read(text)


def _read(text: str) -> Reading | None:
    seen = words.visible(text)
    return None if seen is None else _reading(words.both(seen))


def once(text: str) -> Reading | None:
    """Read a text as it stands in JSON, to list what is in it."""
    seen = words.visible(text)
    return None if seen is None else _reading(words.unescaped(seen))


def _reading(seen: str) -> Reading:
    taken = Taken(seen)
    for find in (addresses.find, accounts.find, moments.find, amounts.find):
        find(taken)
    spans = sorted(taken.spans)
    whole = [(start, end) for start, end, kind in spans if kind in ("url", "email")]
    cut = tuple(words.cut(seen, whole))
    inside = tuple(_inside(word, spans) for word in cut)
    told = {one.end for one in taken.mentions if one.kind == "number"}
    mentions = (*taken.mentions, *_bare(cut, inside, told))
    known = [one for one in mentions if one.form is not None]
    return Reading(
        mentions,
        frozenset((one.kind, one.form or "") for one in known if not one.weak),
        frozenset((one.kind, one.form or "") for one in known if one.weak),
        cut,
        inside,
    )


def _inside(word: Word, spans: Sequence[tuple[int, int, str]]) -> tuple[str, int, int] | None:
    at = bisect_right(spans, word.start, key=lambda span: span[0]) - 1
    if at < 0 or spans[at][1] < word.end:
        return None
    start, end, kind = spans[at]
    return kind, start, end


def _bare(
    cut: Sequence[Word], inside: Sequence[tuple[str, int, int] | None], told: set[int]
) -> Iterator[Mention]:
    """Yield whole numbers that stand for themselves, as in a list without spaces."""
    for word, span in zip(cut, inside, strict=True):
        if span is not None or word.end in told:
            continue
        plain = word.folded.isascii() and word.folded.isdecimal()
        if plain and (form := number.canonical(word.folded)):
            yield Mention("number", form, word.start, word.end)
