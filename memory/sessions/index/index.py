"""All that a session was told, by what can be looked for in it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from dsl.session.leaves import Place, leaves, names
from dsl.state import Outcome, PastCall
from dsl.types import Unreadable
from memory.sessions.index import whole
from memory.sessions.index.gather import Gathered, gather
from memory.sessions.index.limits import MOST_CHARACTERS, MOST_ENTRIES, MOST_PLACES
from memory.sessions.index.passages import Passages, Sort, Source
from memory.sessions.index.search import Search
from memory.sessions.index.table import Mode, Table

_NUMBER_SIZE: Final = 20  # characters that a number counts as


class Index:
    """Takes in what happens in a session, in its order; `search` looks for values in it."""

    def __init__(self) -> None:
        self.passages = Passages()
        self._table = Table(self.passages.of)
        self.search = Search(self._table, self.passages)
        self.riddles: dict[int, list[int]] = {}  # of a source, events with what nobody can read
        self.said_at = self.passages.source(Source(Sort.SAID))
        self.given_at = self.passages.source(Source(Sort.GIVEN))
        self.overflowed = False
        self._given: dict[int, range] = {}  # the passages of a call's arguments
        self._characters = 0

    def said(self, text: str) -> None:
        """Take in a message of the user; the user is heard however much there was before."""
        self._add(self.said_at, 0, [text])

    def given(self, event: int, args: Mapping[str, Any]) -> None:
        """Take in the arguments of a call."""
        first = len(self.passages.of)
        if args and not self._is_too_much(args):
            self._add(self.given_at, event, _all(args))
        self._given[event] = range(first, len(self.passages.of))

    def forget(self, event: int) -> None:
        """Take back the arguments of a call that never ran."""
        self.search.dead.update(self._given.pop(event, ()))
        riddles = self.riddles.get(self.given_at, [])
        self.riddles[self.given_at] = [one for one in riddles if one != event]

    def stray(self, result: Any) -> None:
        """Take in a result of a call that nobody decided."""
        if not self._is_too_much(result):
            self._add(self.passages.source(Source(Sort.STRAY)), 0, _all(result))

    def came(self, event: int, call: PastCall) -> None:
        """Take in the result of a call, place by place."""
        if self._is_too_much(call.result):
            return
        found: dict[int, list[Any]] = {}
        for sort, stand in ((Sort.LEAF, leaves), (Sort.NAME, names)):
            for place, leaf in stand(call.result):
                readable = not isinstance(leaf, Unreadable)
                source = self._source(sort, call, place, readable=readable)
                found.setdefault(source, []).append(leaf)
        for source, here in found.items():
            self._add(source, event, here)

    def _source(self, sort: Sort, call: PastCall, place: Place, *, readable: bool) -> int:
        """Tell the places of a result apart, as far as there are not too many.

        What comes from a call that failed, and what nobody can read, is untrusted at any place.
        """
        alike = tuple(-1 if isinstance(step, int) else step for step in place)
        source = Source(sort, call.server, call.tool, place=alike)
        told = readable and call.outcome is not Outcome.FAILED
        if told and (self.passages.knows(source) or len(self.passages.sources) < MOST_PLACES):
            return self.passages.source(source)
        return self.passages.source(Source(sort, call.server, call.tool, failed=True))

    def _add(self, source: int, event: int, here: Iterable[Any]) -> None:
        """Make passages of what stands at one source."""
        different = dict.fromkeys(here)
        readable = [leaf for leaf in different if not isinstance(leaf, Unreadable)]
        gathered, riddle = gather([leaf for leaf in readable if isinstance(leaf, str)])
        if riddle or len(readable) < len(different):
            self.riddles.setdefault(source, []).append(event)
        first = len(self.passages.of)
        for one in gathered or [Gathered()]:
            passage = self.passages.add(source, event, one)
            self._table.add(one.inside, passage, Mode.INSIDE)
            self._table.add(one.doubtful, passage, Mode.DOUBTFUL)
            self._table.add(one.folded, passage, Mode.FOLDED)
        self._table.add(
            {key for leaf in readable for key in whole.of_leaf(leaf)}, first, Mode.WHOLE
        )

    def _is_too_much(self, value: Any) -> bool:
        """Tell whether the session overflows by a value."""
        sizes = (len(leaf) if isinstance(leaf, str) else _NUMBER_SIZE for leaf in _all(value))
        self._characters += sum(sizes)
        much = self._characters > MOST_CHARACTERS or self._table.size > MOST_ENTRIES
        self.overflowed = self.overflowed or much
        return self.overflowed


def _all(value: Any) -> Iterator[Any]:
    """Yield the leaves of a value and the names in it."""
    for stand in (leaves, names):
        for _, leaf in stand(value):
            yield leaf
