"""Turns texts into what the index keeps of them: keys of values and of words, and the words.

Two words in a row have a key; a longer row is found by the keys of its pairs, and then looked for
in the words themselves. These are kept as one text, with a sign between two words that tells
whether both stand in one value, as the words of a day do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Final

from dsl.session.reading import MOST_WORDS
from memory.sessions.index import columns, keys
from memory.sessions.index.columns import Columns
from memory.sessions.index.limits import BLOCK

APART: Final = "\x1f"
WITHIN: Final = "\x1e"  # two words of one value that is none of words, or of a part of one
TOGETHER: Final = "\x1c"  # two words of one value that is also looked for by its words
_WORDS_OF_A_BLOCK: Final = BLOCK // 6
_NONE: Final = 0  # stands for a key that is none
_PAIR: Final = 2


@dataclass(slots=True)
class Gathered:
    """What one passage holds."""

    inside: set[int] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)
    folded: set[int] = field(default_factory=set)  # words in another case; pairs within a value
    kept: str = ""  # its words, with signs between them


def gather(texts: Sequence[str]) -> tuple[list[Gathered], bool]:
    """Return the passages that texts make, and whether nobody can read one of the texts."""
    passages: list[Gathered] = []
    riddle = False
    for some in _blocks(texts):
        read, unreadable = columns.read(some)
        riddle = riddle or unreadable
        parts = list(_parts(read))
        parts[0].inside.update(keys.value(*one) for one in read.strong)
        parts[0].doubtful.update(keys.value(*one) for one in read.weak - read.strong)
        passages += parts
    return passages, riddle


def _blocks(texts: Sequence[str]) -> Iterator[list[str]]:
    some: list[str] = []
    size = 0
    for text in texts:
        if some and size + len(text) > BLOCK:
            yield some
            some, size = [], 0
        some.append(text)
        size += len(text)
    if some:
        yield some


def _parts(read: Columns) -> Iterator[Gathered]:
    """Cut words into passages; a row of words that may be looked for is whole in one of them."""
    if len(read.folded) <= 2 * _WORDS_OF_A_BLOCK:
        yield _passage(read)
        return
    for start in range(0, len(read.folded), _WORDS_OF_A_BLOCK):
        yield _passage(_part(read, start, start + _WORDS_OF_A_BLOCK + MOST_WORDS - 1))


def _part(read: Columns, start: int, end: int) -> Columns:
    values = [
        (
            max(first, start) - start,
            min(last, end) - start,
            words and start <= first and last <= end,
        )
        for first, last, words in read.values
        if first < end and last > start
    ]
    breaks = [at - start for at in read.breaks if start <= at < end]
    written, folded = read.written[start:end], read.folded[start:end]
    return Columns(set(), set(), written, folded, read.exact[start:end], breaks, values)


def _passage(read: Columns) -> Gathered:
    making = _Making(read)
    for first, last, words in read.values:
        making.within(range(first, last), words=words)
    for at in read.breaks:
        making.cut(at)
    return making.done()


class _Making:
    """The words of a passage as they become keys; what is none becomes `_NONE`."""

    def __init__(self, read: Columns) -> None:
        self._read = read
        marked = keys.marked(read.folded)
        self._single = list(map(hash, marked))
        self._pairs = list(map(hash, pairwise(marked)))
        self._signs = [APART] * len(self._pairs)
        self._made = Gathered()

    def within(self, places: range, *, words: bool) -> None:
        """Take out what is a part of a value; of a day and of an amount, also the whole."""
        length = len(places)
        if length > 1 or not words:
            for at in places:
                self._single[at] = _NONE
        for at in places[:-1]:
            self._signs[at] = TOGETHER if words else WITHIN
            if length > _PAIR or not words:
                self._made.folded.add(self._pairs[at])
                self._pairs[at] = _NONE

    def cut(self, at: int) -> None:
        """Take out the sign between two texts, and what goes across."""
        self._single[at] = _NONE
        self._pairs[max(at - 1, 0) : at + 1] = [_NONE] * len(self._pairs[max(at - 1, 0) : at + 1])

    def done(self) -> Gathered:
        """Return the passage."""
        made = self._made
        made.kept = _joined(self._read.written, self._signs)
        self._tell_case()
        made.inside.update(self._single, self._pairs)
        made.inside.discard(_NONE)
        made.folded -= made.inside | {_NONE}
        return made

    def _tell_case(self) -> None:
        """Note the words that are not in small letters, and those that are others as paths."""
        made, exact, folded = self._made, self._read.exact, self._read.folded
        cased = [at for at, one in enumerate(exact) if one != folded[at]]
        for at in cased:
            if self._single[at] != _NONE:
                made.folded.add(self._single[at])
                made.inside.add(keys.exact(exact[at]))
                self._single[at] = _NONE
        small = {at: exact[at].casefold() for at in cased}
        paths = {at: one for at, one in small.items() if one != folded[at]}
        if paths:
            marked = keys.marked(paths.get(at, one) for at, one in enumerate(folded))
            made.folded.update(map(hash, pairwise(marked)))


def _joined(words: Sequence[str], signs: Sequence[str]) -> str:
    """Write words with a sign before, between and behind them."""
    behind = (*signs, APART) if words else ()
    return APART + "".join(chain.from_iterable(zip(words, behind, strict=True)))
