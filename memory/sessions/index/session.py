"""A session that answers as the reference does, from an index instead of from all that happened."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dsl import selectors, syntax
from dsl.model import Cause, ToolCall
from dsl.session import delegation
from dsl.session import session as reference
from dsl.session.asked import Asked, asked
from dsl.session.leaves import leaves, names
from dsl.session.levels import level, levels
from dsl.session.matching import UNREADABLE, WEAK, meets
from dsl.session.nouns import nouns
from dsl.state import Argument, Outcome, PastCall
from dsl.types import Truth, Unknown, all_of, any_of, negate
from memory.sessions.index.index import Index
from memory.sessions.index.labelled import Carrying, Labelled
from memory.sessions.index.passages import Sort
from memory.sessions.index.rows import Rows
from memory.sessions.index.search import NEVER, Met

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_STRAY: Final = PastCall("-", {}, _LONG_AGO)
_OVERFLOWED: Final = Unknown(Cause.SESSION_OVERFLOW, "origin")
_TOO_MUCH: Final = Unknown(Cause.TOO_MUCH, "origin")
_MOST_ANSWERS: Final = 512  # that are kept until something happens
_MOST_POLICIES: Final = 64  # whose levels are kept

_NOWHERE: Final = Met()

_Levels = dict[int, tuple[str, bool]]  # of each source


class Session(reference.Session):
    """What happened so far. What came last is taken into the index once it is asked about."""

    def __init__(self) -> None:
        super().__init__()
        self._index = Index()
        self._waiting: list[tuple[int, bool]] = []  # calls, and whether they came back
        self._taken_in = [0, 0]  # messages and stray results
        self._answers: dict[Asked, dict[int, Met]] = {}
        self._levels: dict[int, tuple[syntax.Policy, _Levels]] = {}
        self._ended: dict[int, int] = {}  # which call came back at an event
        self._back: list[int] = []  # the calls that came back, in this order
        self._rows_of: dict[int, Rows] = {}  # of their results
        self._labels: dict[tuple[int, int], Labelled] = {}
        self._handed_over: list[bool] = []  # by each message

    # What happens

    def let(self, call: ToolCall, at: datetime) -> int:
        """Remember a call that is let through; return which one it is."""
        number = super().let(call, at)
        self._waiting.append((number, False))
        return number

    def came(self, number: int, result: Any, outcome: Outcome) -> None:
        """Remember what came back of a call."""
        super().came(number, result, outcome)
        self._ended[self._number] = number
        self._back.append(number)
        self._waiting.append((number, True))

    def forget(self, number: int) -> None:
        """Take back a call that was let through and never ran."""
        self.settle()
        came_back = self._past[number].ended is not None
        super().forget(number)
        self._answers.clear()
        self._index.forget(number)
        if came_back:  # what it gave back is taken out by taking in all the rest anew
            self._begin_anew()

    def _begin_anew(self) -> None:
        events = [(number, number, False) for number in self._past]
        events += [(event, one, True) for event, one in self._ended.items() if one in self._past]
        self._index = Index()
        self._waiting = [(number, is_back) for _, number, is_back in sorted(events)]
        self._back = [number for number in self._back if number in self._past]
        self._taken_in = [0, 0]
        self._levels.clear()
        self._labels.clear()

    def settle(self) -> None:
        """Take in what happened since the last time."""
        said, strays = self._taken_in
        if not self._waiting and said == len(self.texts) and strays == len(self.strays):
            return
        self._answers.clear()
        for number, is_back in self._waiting:
            let = self._past[number]
            if is_back:
                assert let.ended is not None  # noqa: S101 - `came` notes it
                self._index.came(let.ended, let.call)
            else:
                self._index.given(number, let.call.args)
        for text in self.texts[said:]:
            self._index.said(text)
        for result in self.strays[strays:]:
            self._index.stray(result)
        self._taken_in = [len(self.texts), len(self.strays)]
        self._waiting.clear()

    # What is asked

    def _find(self, wanted: Asked) -> dict[int, Met]:
        self.settle()
        found = self._answers.get(wanted)
        if found is None:
            found = self._index.search.met(wanted)
            if self._index.search.is_dim:
                found[self._index.given_at] = self._given_anew(wanted)
            if len(self._answers) < _MOST_ANSWERS:
                self._answers[wanted] = found
        return found

    def _given_anew(self, wanted: Asked) -> Met:
        """Look through the arguments of all calls: too many that held the value never ran."""
        given = Met()
        for number, let in self._past.items():
            for _, leaf in (*leaves(let.call.args), *names(let.call.args)):
                met = meets(wanted, leaf)
                if met is True:
                    given.whole = min(given.whole, number)
                elif met is not False:
                    given.doubtful = min(given.doubtful, number)
        return given

    def _from_user(self, wanted: Asked, at: Argument | None) -> Truth:
        if not self.texts:
            return Unknown(Cause.NO_USER_EVENTS, "user")
        met = self._find(wanted).get(self._index.said_at, _NOWHERE)
        named = nouns(at)
        if wanted.short and named and met.whole == NEVER and met.inside != NEVER:
            return any_of(meets(wanted, text, nouns=named) for text in self.texts)
        return any_of(truth for _, truth in self._ways(wanted, self._index.said_at, met))

    def _met(self, policy: syntax.Policy, wanted: Asked) -> Iterator[tuple[PastCall, str, Truth]]:
        """Yield at which sources of results a value is found, as far as they are no echo."""
        found = self._find(wanted)
        if any(isinstance(step, int) for one in _fields(policy) for step in one.steps):
            yield from super()._met(policy, wanted)
        else:
            given = self._given(wanted)
            for source in {**found, **self._index.riddles}:
                yield from self._met_at(policy, source, found.get(source, _NOWHERE), wanted, given)
        if self._index.overflowed:
            yield _STRAY, "untrusted", _OVERFLOWED

    def _met_at(
        self, policy: syntax.Policy, number: int, met: Met, wanted: Asked, given: tuple[int, int]
    ) -> Iterator[tuple[PastCall, str, Truth]]:
        source = self._index.passages.sources[number]
        if source.sort in (Sort.SAID, Sort.GIVEN):
            return
        if source.sort is Sort.STRAY:
            yield _STRAY, "untrusted", any_of(one for _, one in self._ways(wanted, number, met))
            return
        of_level, whole = self._level(policy, number)
        if source.sort is Sort.NAME:
            whole = of_level != "untrusted"
        ways = self._ways(wanted, number, met, whole=whole)
        truth = any_of(all_of((one, negate(_is_echo(event, given)))) for event, one in ways)
        if truth is not False:
            weak = wanted.short and source.sort is Sort.NAME
            yield (
                PastCall(source.tool, {}, _LONG_AGO, server=source.server),
                of_level,
                (WEAK if weak else truth),
            )

    def _ways(
        self, wanted: Asked, source: int, met: Met, *, whole: bool = False
    ) -> list[tuple[int, Truth]]:
        """Return how a value was met at a source, each since when; `whole`: as an entire leaf."""
        ways: list[tuple[int, Truth]] = [(met.whole, True)]
        if not whole:
            riddles = self._index.riddles.get(source)
            ways.append((met.inside, WEAK if wanted.short else True))
            ways.append((met.doubtful, WEAK))
            ways.append((riddles[0] if riddles else NEVER, UNREADABLE))
            ways.append((0 if met.unsought else NEVER, _TOO_MUCH))
        return [one for one in ways if one[0] != NEVER]

    def _level(self, policy: syntax.Policy, number: int) -> tuple[str, bool]:
        """Return how far a policy trusts a source; it is found once."""
        if id(policy) not in self._levels:
            if len(self._levels) == _MOST_POLICIES:
                self._levels.clear()
            self._levels[id(policy)] = (policy, {})
        known = self._levels[id(policy)][1]
        if number not in known:
            source = self._index.passages.sources[number]
            outcome = Outcome.FAILED if source.failed else Outcome.EXECUTED
            call = PastCall(source.tool, {}, _LONG_AGO, outcome, source.server)
            known[number] = level(policy, call, source.place)
        return known[number]

    def _given(self, wanted: Asked) -> tuple[int, int]:
        """Return since which event the value surely was in arguments, and since when perhaps."""
        at = self._index.given_at
        ways = self._ways(wanted, at, self._find(wanted).get(at, _NOWHERE))
        sure = min((event for event, truth in ways if truth is True), default=NEVER)
        return sure, min((event for event, truth in ways if truth is not True), default=NEVER)

    def _echoed(self, result_of: "reference._Let", wanted: Asked) -> Truth:
        ended = NEVER if result_of.ended is None else result_of.ended
        return _is_echo(ended, self._given(wanted))

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        """Tell whether a call with accepted arguments alone gave the value."""
        wanted = asked(value, kind)
        if wanted is None:
            return UNREADABLE
        self.settle()
        found, more = self._index.search.wholes(wanted)
        events = {self._index.passages.events[one] for one in found}
        calls = [self._past[self._ended[event]] for event in sorted(events)]
        truth = any_of(
            all_of((negate(self._echoed(let, wanted)), self._accepted(policy, let.call)))
            for let in calls
            if let.call.outcome is not Outcome.FAILED
        )
        if truth is True or not (more or self._index.overflowed):
            return truth
        return _OVERFLOWED if self._index.overflowed else _TOO_MUCH

    def records(
        self, policy: syntax.Policy, value: Any, tool: str, kind: str | None = None
    ) -> Sequence[Any] | Unknown:
        """Return the objects in a tool's results that hold a value beside others."""
        wanted = asked(value, kind)
        if wanted is None:
            return UNREADABLE
        sure, perhaps = self._given(wanted)
        found: list[Any] = []
        for number, let in self._past.items():
            one = let.call
            if let.ended is None or one.outcome is Outcome.FAILED or sure < let.ended:
                continue
            if selectors.names(tool, one.server, one.tool) and (rows := self._rows(number, wanted)):
                found += [WEAK] if perhaps < let.ended else rows
        return [*found, _OVERFLOWED] if self._index.overflowed else found

    def _rows(self, number: int, wanted: Asked) -> list[Any]:
        """Return the rows of a call's result that hold a value."""
        result = self._past[number].call.result
        if number not in self._rows_of:
            self._rows_of[number] = Rows(result)
        return self._rows_of[number].holding(wanted, result)

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        """Tell whether a call to a source of this level was let through."""
        if level == "untrusted" and self.strays:
            return True
        different = {
            (let.call.server, let.call.tool, let.call.outcome, let.call.result is None): let.call
            for let in self._past.values()
        }
        return any(level in levels(policy, one) for one in different.values())

    def labelled(self, value: Any, label: str, by: str | None, *, lifted: bool = False) -> Truth:
        """Tell whether a value, or words of a text, stood in a labelled field."""
        self.settle()
        declared = list(self._declared(label, by))
        if not declared:
            return False
        carrying = Carrying(value, self.texts if lifted else ())
        found = any_of(self._under(*one).carried(carrying) for one in declared)
        return _OVERFLOWED if found is False and self._index.overflowed else found

    def session_has(self, label: str, by: str | None) -> Truth:
        """Tell whether a call that may give something labelled back was let through."""
        self.settle()
        under = [self._under(*one) for one in self._declared(label, by)]
        running = [let.call for let in self._past.values() if let.ended is None]
        return any_of(
            any_of((one.marks, *(one.marked_by(call) for call in running))) for one in under
        )

    def _under(self, policy: syntax.Policy, declared: syntax.Label) -> Labelled:
        """Return what a declaration marks in all that came back until now."""
        key = (id(policy), id(declared))
        if len(self._labels) > _MOST_POLICIES:
            self._labels.clear()
        known = self._labels.setdefault(key, Labelled(policy, declared))
        for number in self._back[known.taken :]:
            known.take(self._past[number].call)
        return known

    def delegated(self) -> Truth:
        """Tell whether the user's words hand the choice over."""
        if not self.texts:
            return Unknown(Cause.NO_USER_EVENTS, "user")
        for text in self.texts[len(self._handed_over) :]:
            self._handed_over.append(delegation.delegated([text]))
        return any(self._handed_over)


def _fields(policy: syntax.Policy) -> Iterator[syntax.ToolField]:
    return (field for source in policy.sources for field in source.fields)


def _is_echo(event: int, given: tuple[int, int]) -> Truth:
    """Tell whether a value was in arguments before an event."""
    sure, perhaps = given
    return True if sure < event else WEAK if perhaps < event else False
