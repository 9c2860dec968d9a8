"""What one declaration of a label marks in a session; no value is held against each leaf.

The leaves that a value may carry out are found by keys. Whether it does, the reference says.
"""

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

from dsl import kinds, selectors, syntax
from dsl.model import Cause
from dsl.session import labels
from dsl.session.asked import Asked, asked
from dsl.session.labels import word_runs
from dsl.session.leaves import covers, leaves
from dsl.session.matching import UNREADABLE
from dsl.state import PastCall
from dsl.types import Truth, Unknown, Unreadable, all_of, any_of
from memory.sessions.index import keys
from memory.sessions.index.carrying import Carrying, Row, rows_of
from memory.sessions.index.limits import MOST_NEEDLES
from memory.sessions.index.reader import Reader
from memory.sessions.index.table import Mode, Table

_OVERFLOWED: Final = Unknown(Cause.SESSION_OVERFLOW, "label")
_ONE: Final = array("I", [0])  # a table of keys alone has one passage
_LEAST: Final = 6  # letters and digits of a value that is found in any spacing
_BEGINNING: Final = 3  # of these
_FEW: Final = 20_000
_MANY: Final = 100  # texts: to look for each takes as long as reading the text they may stand in
_MOST_LABELS: Final = 64
_MOST_KEPT: Final = 16  # values of a call
_LONGEST_KEPT: Final = 4_096  # characters of one


class Labels:
    """All labels that a session was asked about.

    `back` gives the calls that came back, but for so many first ones.
    """

    def __init__(self, back: Callable[[int], Sequence[PastCall]], reader: Reader) -> None:
        self._back = back
        self._reader = reader
        self._known: dict[tuple[int, int], Labelled] = {}
        self._carrying: dict[Any, Carrying] = {}  # until something happens

    def under(self, policy: syntax.Policy, declared: syntax.Label) -> "Labelled":
        """Return what a declaration marks in all that came back until now."""
        key = (id(policy), id(declared))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_LABELS:
                self._known.clear()
            known = self._known[key] = Labelled(policy, declared)
        known.take_all(self._back(known.taken))
        return known

    def carrying(self, value: Any, free: Sequence[str]) -> Carrying:
        """Return a value of a call, made ready once for all labels that are asked about."""
        key = (type(value), value, bool(free))
        carrying = self._carrying.get(key)
        if carrying is None:
            carrying = Carrying(value, free, self._reader)
            if not isinstance(value, str) or len(value) <= _LONGEST_KEPT:
                if len(self._carrying) >= _MOST_KEPT:
                    self._carrying.clear()
                self._carrying[key] = carrying
        return carrying

    def catch_up(self) -> None:
        """Take in what came back, for every label."""
        self._carrying.clear()
        for known in self._known.values():
            known.take_all(self._back(known.taken))


class Labelled:
    """The leaves under one label of one policy: those that surely have it, and those that may."""

    def __init__(self, policy: syntax.Policy, declared: syntax.Label) -> None:
        self.policy = policy
        self.declared = declared
        self.taken = 0  # so many calls that came back are taken in
        self.marks: Truth = False  # whether one of these may have given something labelled
        self._sure = _Leaves()
        self._perhaps: list[tuple[Unknown, _Leaves]] = []

    def take_all(self, calls: Sequence[PastCall]) -> None:
        """Take in what calls gave back, each once."""
        for call in calls:
            self.taken += 1
            self._take(call)

    def _take(self, call: PastCall) -> None:
        marks = self.marked_by(call)
        self.marks = any_of((self.marks, marks))
        if marks is False:
            return
        into = self._sure if marks is True else self._doubtful(marks)
        for field in self._fields(call):
            for place, leaf in leaves(call.result):
                if covers(field, place):
                    into.add(leaf)

    def marked_by(self, call: PastCall) -> Truth:
        """Tell whether a call may give something labelled back."""
        named = any(True for _ in self._fields(call))
        return named and labels.holds(self.policy, self.declared, call)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to be carried out."""
        return self._sure.is_empty and all(into.is_empty for _, into in self._perhaps)

    def carried(self, value: Carrying) -> Truth:
        """Tell whether a value carries something of it out."""
        perhaps = (all_of((marks, into.carried(value))) for marks, into in self._perhaps)
        return any_of((self._sure.carried(value), *perhaps))

    def _fields(self, call: PastCall) -> Iterator[syntax.ToolField]:
        fields = self.declared.fields
        return (one for one in fields if selectors.names(one.tool, call.server, call.tool))

    def _doubtful(self, marks: Unknown) -> "_Leaves":
        for known, into in self._perhaps:
            if known == marks:
                return into
        self._perhaps.append((marks, _Leaves()))
        return self._perhaps[-1][1]


class _Leaves:
    """Labelled leaves, under the keys that a value has if it carries them."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self._kinds: set[str] = set()  # of entire values
        self._under: dict[int, list[Any]] = {}
        self._sought: set[str] = set()  # kinds of values in a text
        # Rows of words by the longest of them: how many stand before it, and in all.
        self._around: dict[str, set[tuple[int, int]]] = {}
        self._longest: set[str] = set()
        self._joined: dict[str, list[Any]] = {}  # by their letters and digits without any spaces
        self._beginnings: set[str] = set()
        self._rows = _Rows()
        self._is_full = False
        self._has_riddle = False

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is under the label, and nothing that nobody can read."""
        return not (self._known or self._has_riddle or self._is_full)

    def add(self, leaf: Any) -> None:
        """Take in one leaf."""
        if isinstance(leaf, Unreadable):
            self._has_riddle = True
            return
        named = leaf if isinstance(leaf, str) else (type(leaf), str(leaf))
        if named in self._known:
            return
        if isinstance(leaf, str):
            self._rows.add(set(rows_of(word_runs(leaf))))
        if len(self._known) >= MOST_NEEDLES:
            self._is_full = True
            return
        self._known[named] = leaf
        wanted = asked(leaf, None)
        if wanted is not None:
            self._note(leaf, wanted)

    def _note(self, leaf: Any, wanted: Asked) -> None:
        self._kinds.add(wanted.kind)
        self._sought.update(kind for kind, _ in wanted.keys | wanted.unsure)
        found = {keys.value(*one) for one in wanted.keys | wanted.unsure}
        found.add(keys.value(wanted.kind, wanted.form))
        if wanted.phrase:
            marked = keys.marked(wanted.phrase)
            found.add(hash(tuple(marked)))
            longest = max(wanted.phrase, key=len)
            at = wanted.phrase.index(longest)
            self._around.setdefault(marked[at], set()).add((at, len(marked)))
            self._longest.add(longest)
        for key in found:
            self._under.setdefault(key, []).append(leaf)
        joined = "".join(word_runs(str(leaf)))
        if _LEAST <= len(joined) <= kinds.MOST_DIGITS and any(map(str.isdigit, joined)):
            self._joined.setdefault(joined, []).append(leaf)
            self._beginnings.add(joined[:_BEGINNING])

    def carried(self, value: Carrying) -> Truth:
        """Tell whether a value carries one of the leaves out."""
        if self._has_riddle:
            beside: Truth = UNREADABLE
        else:
            beside = _OVERFLOWED if self._is_full else False
        if not self._known:
            return beside
        candidates = self._candidates(value) if value.is_readable else self._known.values()
        found = any_of(labels.carries(value.value, leaf, value.free) for leaf in candidates)
        return any_of((found, self._holds_words(value), beside))

    def _candidates(self, value: Carrying) -> list[Any]:
        """Return the leaves that the value may carry."""
        found = [leaf for key in self._keys(value) for leaf in self._under.get(key, ())]
        if _some_in(self._longest, value.small):
            words = value.words()
            for at in [at for at, word in enumerate(words) if word in self._around]:
                for before, length in self._around[words[at]]:
                    row = words[max(at - before, 0) : at - before + length]
                    found += self._under.get(hash(tuple(row)), ())
        if _some_in(self._joined.keys(), value.joined):
            found.extend(self._respaced(value.runs))
        return found

    def _keys(self, value: Carrying) -> set[int]:
        """Return the keys that tell the entire value, and those of the values in it."""
        whole = {key for kind in self._kinds if (key := value.form(kind)) is not None}
        return whole | value.keys() if self._sought else whole

    def _respaced(self, runs: Sequence[str]) -> Iterator[Any]:
        """Yield the leaves whose letters and digits stand in the value with other spaces."""
        for start, run in enumerate(runs):
            if run[:_BEGINNING] not in self._beginnings and len(run) >= _BEGINNING:
                continue
            joined = ""
            for one in runs[start : start + kinds.MOST_DIGITS]:
                joined += one
                yield from self._joined.get(joined, ())
                if len(joined) > kinds.MOST_DIGITS:
                    break

    def _holds_words(self, value: Carrying) -> bool:
        """Tell whether some words of a leaf stand in the value that the user did not say."""
        shared = self._rows.shared(value)
        return bool(shared) and bool(shared.difference(*map(labels.word_rows, value.free)))


def _some_in(sought: Collection[str], text: str) -> bool:
    """Tell whether one of some texts may stand in another: of many, one may."""
    return len(sought) > _MANY or any(one in text for one in sought)


class _Rows:
    """Rows of words by their hash alone: few in a set, many in a table, which is smaller.

    A row stands only where its longest word does; of few rows these words are known.
    """

    def __init__(self) -> None:
        self._few: set[int] = set()
        self._many = Table(_ONE)
        self._longest: set[str] = set()

    def add(self, rows: Collection[Row]) -> None:
        """Take in rows."""
        self._few.update(map(hash, rows))
        if not self._many.size:
            self._longest.update(max(row, key=len) for row in rows)
        if len(self._few) > _FEW:
            self._many.add(self._few, 0, Mode.INSIDE)
            self._few, self._longest = set(), set()

    def shared(self, value: Carrying) -> frozenset[Row]:
        """Return the rows of a value that are among these."""
        if not self._many.size and self._longest.isdisjoint(value.runs):
            return frozenset()
        rows = value.rows()
        found = rows.keys() & self._few
        if self._many.size:
            found |= {key for key in rows if self._many.holds(key)}
        return frozenset(rows[key] for key in found)
