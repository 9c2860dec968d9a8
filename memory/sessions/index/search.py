"""Finds a value in all that the index holds: at which sources, how surely and since when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from dsl.session.asked import Asked
from memory.sessions.index import keys, whole
from memory.sessions.index.limits import MOST_VERIFIED
from memory.sessions.index.passages import Passages, Sort
from memory.sessions.index.table import Mode, Table

NEVER: Final = 1 << 62  # later than every event
_WHOLE: Final = 1  # what a key tells: that it is an entire leaf,
_KEY: Final = 2  # that it stands in a text,
_UNSURE: Final = 4  # that it may stand in one
_PAIR: Final = 2
# Plain numbers: members of an enumeration take longer to be looked up and compared.
_INSIDE: Final = int(Mode.INSIDE)
_ENTIRE: Final = int(Mode.WHOLE)
_DOUBTFUL: Final = int(Mode.DOUBTFUL)
_FOLDED: Final = (_INSIDE, int(Mode.FOLDED))
# By what a key tells, how a value was met where the key stands in one mode or another.
_NOTED: Final = {
    tells: {
        **({_ENTIRE: _ENTIRE} if tells & _WHOLE else {}),
        **({_INSIDE: _DOUBTFUL, _DOUBTFUL: _DOUBTFUL} if tells & _UNSURE else {}),
        **({_INSIDE: _INSIDE, _DOUBTFUL: _DOUBTFUL} if tells & _KEY else {}),
    }
    for tells in range((_WHOLE | _KEY | _UNSURE) + 1)
}


@dataclass(slots=True)
class Met:
    """Since which event a value stands at a source: as an entire leaf, in a text, or perhaps."""

    whole: int = NEVER
    inside: int = NEVER
    doubtful: int = NEVER
    unsought: bool = False  # so much would have to be looked through that nobody did


@dataclass(slots=True)
class _Listed:
    """The first passages of one source that hold something, and whether there are more."""

    passages: set[int] = field(default_factory=set)
    cut: bool = False


class Search:
    """Looks values up in a table of passages."""

    def __init__(self, table: Table, passages: Passages) -> None:
        self._table = table
        self._passages = passages
        self.dead: set[int] = set()  # passages of calls that never ran
        self.is_dim = False  # the last search met only dead ones of more than are listed

    def met(self, asked: Asked) -> dict[int, Met]:
        """Return where a value stands, by the number of the source."""
        found: dict[int, Met] = {}
        self.is_dim = False
        dead, of, events = self.dead, self._passages.of, self._passages.events
        for key, tells in _keys(asked).items():
            noted = _NOTED[tells]
            for passage, mode, cut in self._table.find(key):
                if passage in dead:
                    self.is_dim = self.is_dim or cut
                elif (how := noted.get(mode)) is not None:
                    _note(found, of[passage], events[passage], how)
        for passage in self._rows(asked, found) if asked.phrase else ():
            _note(found, of[passage], events[passage], _INSIDE)
        return found

    def wholes(self, asked: Asked) -> tuple[set[int], bool]:
        """Return passages where the value is an entire leaf of a result; and if there are more."""
        found: set[int] = set()
        more = False
        for key in whole.of_form(asked.kind, asked.form):
            for passage, mode, cut in self._table.find(key):
                source = self._passages.sources[self._passages.of[passage]]
                if mode == Mode.WHOLE and source.sort is Sort.LEAF:
                    found.add(passage)
                    more = more or cut
        return found, more

    def _rows(self, asked: Asked, found: dict[int, Met]) -> Iterable[int]:
        """Return passages where the words of the value stand in a row."""
        phrase, small = asked.phrase, tuple(map(str.casefold, asked.phrase))
        marked = keys.marked(small)
        if asked.exact and len(phrase) == 1:
            here = self._in(keys.exact(phrase[0]), (_INSIDE,))
            return [*here, *self._in(hash(marked[0]), (_INSIDE,))] if phrase == small else here
        if len(phrase) == 1:
            return self._in(hash(marked[0]), _FOLDED)
        if len(phrase) == _PAIR and not asked.exact:
            return self._in(hash((marked[0], marked[1])), (_INSIDE,))
        return self._verified(list(map(hash, pairwise(marked))), asked, found)

    def _in(self, key: int, modes: Sequence[int]) -> list[int]:
        found = []
        for passage, mode, cut in self._table.find(key):
            if passage in self.dead:
                self.is_dim = self.is_dim or cut
            elif mode in modes:
                found.append(passage)
        return found

    def _verified(self, pairs: Sequence[int], asked: Asked, found: dict[int, Met]) -> Iterator[int]:
        """Yield the first passage of each source that holds a longer row of words."""
        listed = [self._listed(pair) for pair in pairs]
        looked = 0
        for source in set(listed[0]).intersection(*listed):
            for passage in self._candidates(source, [one[source] for one in listed]):
                looked += 1
                if looked > MOST_VERIFIED:
                    found.setdefault(source, Met()).unsought = True
                    break
                if self._passages.holds(passage, asked.phrase, exact=asked.exact):
                    yield passage
                    break

    def _listed(self, pair: int) -> dict[int, _Listed]:
        found: dict[int, _Listed] = {}
        for passage, mode, cut in self._table.find(pair):
            if mode in _FOLDED:
                one = found.setdefault(self._passages.of[passage], _Listed())
                one.passages.add(passage)
                self.is_dim = self.is_dim or (cut and passage in self.dead)
                one.cut = one.cut or cut
        return found

    def _candidates(self, source: int, listed: Sequence[_Listed]) -> list[int]:
        """Return the passages of a source that hold all pairs, or may."""
        known = [one.passages for one in listed if not one.cut]
        if known:
            return sorted(known[0].intersection(*known) - self.dead)
        start = min(max(min(one.passages) for one in listed), len(self._passages.of))
        of = self._passages.of
        return [at for at in range(start, len(of)) if of[at] == source and at not in self.dead]


def _note(found: dict[int, Met], source: int, event: int, mode: int) -> None:
    """Note that a value stands at a source, which is met since its first event."""
    met = found.get(source)
    if met is None:
        met = found[source] = Met()
    if mode == _ENTIRE and event < met.whole:
        met.whole = event
    elif mode == _INSIDE and event < met.inside:
        met.inside = event
    elif mode == _DOUBTFUL and event < met.doubtful:
        met.doubtful = event


def _keys(asked: Asked) -> dict[int, int]:
    """Return the keys of a value, and what each of them tells."""
    found = dict.fromkeys(whole.of_form(asked.kind, asked.form), _WHOLE)
    for kind, form in asked.keys:
        key = keys.value(kind, form)
        found[key] = found.get(key, 0) | _KEY
    for kind, form in asked.unsure:
        key = keys.value(kind, form)
        found[key] = found.get(key, 0) | _UNSURE
    return found
