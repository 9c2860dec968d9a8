"""All that a session was told, by what can be looked for in it."""

from collections.abc import Iterable, Mapping
from typing import Any

from dsl.state import Outcome, PastCall
from memory.sessions.index import whole
from memory.sessions.index.gather import Gathered, gather
from memory.sessions.index.limits import MOST_CHARACTERS, MOST_ENTRIES, MOST_PLACES
from memory.sessions.index.passages import Passages, Sort, Source
from memory.sessions.index.places import At, Places
from memory.sessions.index.search import Search
from memory.sessions.index.table import Mode, Table


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
        found = Places(args)
        if args and not self._is_too_much(found):
            self._add(self.given_at, event, found.everything(), riddle=found.holds_a_riddle)
        self._given[event] = range(first, len(self.passages.of))

    def forget(self, event: int) -> None:
        """Take back the arguments of a call that never ran."""
        self.search.dead.update(self._given.pop(event, ()))
        riddles = self.riddles.get(self.given_at, [])
        self.riddles[self.given_at] = [one for one in riddles if one != event]

    def stray(self, result: Any) -> None:
        """Take in a result of a call that nobody decided."""
        found = Places(result)
        if not self._is_too_much(found):
            source = self.passages.source(Source(Sort.STRAY))
            self._add(source, 0, found.everything(), riddle=found.holds_a_riddle)

    def came(self, event: int, call: PastCall) -> None:
        """Take in the result of a call, place by place."""
        found = Places(call.result)
        if self._is_too_much(found):
            return
        if found.holds_a_riddle:
            worst = Source(Sort.LEAF, call.server, call.tool, failed=True)
            self._add(self.passages.source(worst), event, (), riddle=True)
        for sort, at in ((Sort.LEAF, found.leaves), (Sort.NAME, found.names)):
            worst = Source(sort, call.server, call.tool, failed=True)
            here = self._by_source(at, worst, failed=call.outcome is Outcome.FAILED)
            for source, leaves in here.items():
                self._add(source, event, leaves)

    def _by_source(self, at: At, worst: Source, *, failed: bool) -> dict[int, list[Any]]:
        """Tell the places of a result apart, as far as there are not too many.

        What comes from a call that failed is untrusted wherever it stands.
        """
        found: dict[int, list[Any]] = {}
        for place, here in at.items():
            source = worst if failed else worst._replace(failed=False, place=place)
            if not self.passages.knows(source) and len(self.passages.sources) >= MOST_PLACES:
                source = worst
            found.setdefault(self.passages.source(source), []).extend(here)
        return found

    def _add(self, source: int, event: int, here: Iterable[Any], *, riddle: bool = False) -> None:
        """Make passages of what stands at one source."""
        leaves = list(dict.fromkeys(here))
        gathered, unread = gather([leaf for leaf in leaves if isinstance(leaf, str)])
        if riddle or unread:
            self.riddles.setdefault(source, []).append(event)
        first = len(self.passages.of)
        for one in gathered or [Gathered()]:
            passage = self.passages.add(source, event, one)
            self._table.add(one.inside, passage, Mode.INSIDE)
            self._table.add(one.doubtful, passage, Mode.DOUBTFUL)
            self._table.add(one.folded, passage, Mode.FOLDED)
        keys = {key for leaf in leaves for key in whole.of_leaf(leaf)}
        self._table.add(keys, first, Mode.WHOLE)

    def _is_too_much(self, found: Places) -> bool:
        """Tell whether the session overflows by a value."""
        self._characters += found.size()
        much = self._characters > MOST_CHARACTERS or self._table.size > MOST_ENTRIES
        self.overflowed = self.overflowed or much
        return self.overflowed
