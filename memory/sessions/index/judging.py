"""Turns the places where a value was met into origins, as one policy trusts these places."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from dsl import syntax
from dsl.model import Cause
from dsl.session.asked import Asked
from dsl.session.levels import level
from dsl.session.matching import UNREADABLE, WEAK
from dsl.state import Outcome, PastCall
from dsl.types import Truth, Unknown, all_of, any_of, negate
from memory.sessions.index.index import Index
from memory.sessions.index.passages import Sort, Source
from memory.sessions.index.search import NEVER, Met

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_TOO_MUCH: Final = Unknown(Cause.TOO_MUCH, "origin")
_MOST_POLICIES: Final = 64
_NOWHERE: Final = Met()


class Given(NamedTuple):
    """Since which event a value was in arguments: surely, and perhaps."""

    sure: int
    perhaps: int

    @property
    def first(self) -> int:
        """Return the last event until which no result is an echo."""
        return min(self.sure, self.perhaps, NEVER - 1)

    def echoes(self, event: int) -> Truth:
        """Tell whether a result that came at an event may only give back what it was given."""
        return True if self.sure < event else WEAK if self.perhaps < event else False


_NEVER_GIVEN: Final = Given(NEVER, NEVER)


class Judging:
    """What one session's index says about values, by the declarations of each policy."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._levels: dict[int, _Levels] = {}  # of each policy, by its identity

    def user(self, wanted: Asked, found: Mapping[int, Met]) -> Truth:
        """Tell whether the user said the value, whatever the user called it."""
        at = self._index.said_at
        if at not in found and at not in self._index.riddles:
            return False
        return any_of(truth for _, truth in self._ways(wanted, at, found.get(at, _NOWHERE)))

    def given(self, wanted: Asked, found: Mapping[int, Met]) -> Given:
        """Return since when the value was in the arguments of calls."""
        at = self._index.given_at
        if at not in found and at not in self._index.riddles:
            return _NEVER_GIVEN
        sure = perhaps = NEVER
        for event, truth in self._ways(wanted, at, found.get(at, _NOWHERE)):
            if truth is True:
                sure = min(sure, event)
            else:
                perhaps = min(perhaps, event)
        return Given(sure, perhaps)

    def results(
        self, policy: syntax.Policy, wanted: Asked, found: Mapping[int, Met]
    ) -> Iterator[tuple[Source, str, Truth]]:
        """Yield at which places of results the value stands, and with which level."""
        if len(found) + len(self._index.riddles) == 0:
            return
        given = self.given(wanted, found)
        before_given = given.first
        known = self._of(policy)
        for number in {**found, **self._index.riddles} if self._index.riddles else found:
            source = self._index.passages.sources[number]
            met = found.get(number, _NOWHERE)
            if source.sort is Sort.STRAY:
                ways = self._ways(wanted, number, met)
                yield source, "untrusted", any_of(truth for _, truth in ways)
            elif source.sort in _RESULTS:
                of_level, whole = known.level(number, source)
                inside = NEVER if whole or wanted.short else met.inside
                truth: Truth = met.whole <= before_given or inside <= before_given
                if truth is False:
                    ways = self._ways(wanted, number, met, whole=whole)
                    truth = any_of(all_of((one, negate(given.echoes(at)))) for at, one in ways)
                if truth is not False:
                    is_weak = wanted.short and source.sort is Sort.NAME
                    yield source, of_level, WEAK if is_weak else truth

    def _ways(
        self, wanted: Asked, source: int, met: Met, *, whole: bool = False
    ) -> list[tuple[int, Truth]]:
        """Return how a value was met at a source, each since when; `whole`: as an entire leaf."""
        ways: list[tuple[int, Truth]] = []
        if met.whole != NEVER:
            ways.append((met.whole, True))
        if whole:
            return ways
        if met.inside != NEVER:
            ways.append((met.inside, WEAK if wanted.short else True))
        if met.doubtful != NEVER:
            ways.append((met.doubtful, WEAK))
        if riddles := self._index.riddles.get(source):
            ways.append((riddles[0], UNREADABLE))
        if met.unsought:
            ways.append((0, _TOO_MUCH))
        return ways

    def tells_elements_apart(self, policy: syntax.Policy) -> bool:
        """Tell whether a policy trusts one element of a list other than the rest."""
        return self._of(policy).tells_elements_apart

    def _of(self, policy: syntax.Policy) -> "_Levels":
        known = self._levels.get(id(policy))
        if known is None:
            if len(self._levels) == _MOST_POLICIES:
                self._levels.clear()
            known = self._levels[id(policy)] = _Levels(policy)
        return known


_RESULTS: Final = (Sort.LEAF, Sort.NAME)


class _Levels:
    """How far a policy trusts each source, found once."""

    def __init__(self, policy: syntax.Policy) -> None:
        self._policy = policy
        fields = [field for source in policy.sources for field in source.fields]
        self.tells_elements_apart = any(isinstance(one, int) for at in fields for one in at.steps)
        self._known: dict[int, tuple[str, bool]] = {}

    def level(self, number: int, source: Source) -> tuple[str, bool]:
        """Return a level, and whether what stands there counts as an entire leaf alone."""
        known = self._known.get(number)
        if known is None:
            outcome = Outcome.FAILED if source.failed else Outcome.EXECUTED
            call = PastCall(source.tool, {}, _LONG_AGO, outcome, source.server)
            found, whole = level(self._policy, call, source.place)
            # Names are chosen by whoever writes the result; entire ones count where it is trusted.
            whole = found != "untrusted" if source.sort is Sort.NAME else whole
            known = self._known[number] = (found, whole)
        return known
