"""The calls of a subject, an agent or a tenant, over all sessions: read once, then followed."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from dsl import unreadable
from dsl.state import Outcome, PastCall
from dsl.types import Unreadable
from memory.sessions.events import Event, Kind
from memory.sessions.store import Reading, Stored, Whose

MOST_EVENTS: Final = 20_000  # of a window; what is more is not counted but unknown
MOST_BYTES: Final = 64 << 20  # the same, in bytes
MOST_KEPT: Final = 128 << 20  # of all windows in memory, in bytes
MOST_WINDOWS: Final = 10_000
DELETED: Final = Unreadable("deleted")  # stands for a result: it is there, and nobody can tell it
# Calls are let through one after another by all who count them. Their results are not waited
# for: one may be stored after what has a later number, so it is looked so far back for any.
LATELY: Final = 1_000
# Who has waited for longer asks for a little more of the past than who came later and was first.
SLACK: Final = timedelta(minutes=2)

_Call = tuple[str, str]  # session and call id


class _Seen(NamedTuple):
    """What is left of an event that was taken in."""

    at: datetime
    weight: int
    call: _Call | None  # that it let through


@dataclass(slots=True)
class Window:
    """What happened to calls from a time on."""

    since: datetime
    seen: OrderedDict[int, _Seen] = field(default_factory=OrderedDict)
    calls: dict[_Call, PastCall] = field(default_factory=dict)
    # Calls that never ran; none stands for one that has a result all the same.
    taken_back: dict[_Call, PastCall | None] = field(default_factory=dict)
    weight: int = 0
    top: int = 0

    def take(self, one: Stored) -> None:
        """Take an event in."""
        event = one.event
        call = (one.session, event.body.get("call_id", ""))
        let = call if event.kind is Kind.LET else None
        self.seen[one.number] = _Seen(event.at, event.weight, let)
        self.weight += event.weight
        self.top = max(self.top, one.number)
        if event.kind is Kind.CLOSED:
            self._closed(one.session)
        else:
            self._happened(call, event)

    def _closed(self, session: str) -> None:
        """Let go of what the calls of a deleted session gave back; they count on."""
        for call, one in self.calls.items():
            if call[0] == session and one.outcome is not Outcome.RESERVED:
                self.calls[call] = replace(one, result=DELETED)

    def _happened(self, call: _Call, event: Event) -> None:
        """Let something happen to a call: the first result counts, as it does in its session."""
        body, known = event.body, self.calls.get(call)
        waits = known is not None and known.outcome is Outcome.RESERVED
        if event.kind is Kind.LET:
            args, server = unreadable.seen(body["args"]), body["server"]
            self.calls[call] = PastCall(body["tool"], args, event.at, Outcome.RESERVED, server)
        elif call in self.taken_back:
            if event.kind is Kind.CAME and (again := self.taken_back[call]) is not None:
                self.calls[call], self.taken_back[call] = again, None
        elif known is None or not waits:
            return
        elif event.kind is Kind.NOT_RUN:
            self.taken_back[call] = self.calls.pop(call)
        elif event.kind is Kind.CAME:
            outcome = Outcome.FAILED if body["failed"] else Outcome.EXECUTED
            result = unreadable.seen(body["result"]) if "result" in body else DELETED
            self.calls[call] = replace(known, result=result, outcome=outcome)

    def forget(self, before: datetime) -> None:
        """Let go of what happened before a time."""
        self.since = max(self.since, before)
        while self.seen and next(iter(self.seen.values())).at < before:
            _, gone = self.seen.popitem(last=False)
            self.weight -= gone.weight
            if gone.call is not None:
                self.calls.pop(gone.call, None)
                self.taken_back.pop(gone.call, None)

    @property
    def too_much(self) -> bool:
        """Tell whether it holds more than is counted."""
        return len(self.seen) > MOST_EVENTS or self.weight > MOST_BYTES


class Wider:
    """The windows of one gateway. Whoever asks for one holds its lock, so it is asked for alone."""

    def __init__(self) -> None:
        self._known: OrderedDict[Whose, Window] = OrderedDict()
        self._weight = 0

    async def calls(
        self, store: Reading, whose: Whose, since: datetime
    ) -> Sequence[PastCall] | None:
        """Return the calls from a time on, oldest first; None if that is too much."""
        window = self._take(whose)
        if window is None or since < window.since:
            window = Window(since - SLACK)
            number, weight = await store.weights(whose, window.since, MOST_EVENTS)
            if number > MOST_EVENTS or weight > MOST_BYTES:
                return None
        window.forget(since - SLACK)
        await _follow(store, whose, window)
        if window.too_much:
            return None
        self._put(whose, window)
        return tuple(window.calls.values())  # as they were decided, whatever the clocks say

    def _take(self, key: Whose) -> Window | None:
        found = self._known.pop(key, None)
        if found is not None:
            self._weight -= found.weight
        return found

    def _put(self, key: Whose, window: Window) -> None:
        self._known[key] = window
        self._weight += window.weight
        while self._weight > MOST_KEPT or len(self._known) > MOST_WINDOWS:
            _, left = self._known.popitem(last=False)
            self._weight -= left.weight


async def _follow(store: Reading, whose: Whose, window: Window) -> None:
    """Take in what was stored since."""
    places = await store.places(whose, window.since, window.top - LATELY)
    missed = [one for one in places if one.number not in window.seen]
    async for one in store.stored(whose.tenant, missed):
        window.take(one)
