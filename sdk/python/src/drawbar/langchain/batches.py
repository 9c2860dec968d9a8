"""The calls that one message of the model makes: their order, and the name of each."""

import asyncio
import concurrent.futures
import contextlib
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import Any, Final

_UNTIL_IT_COMES_S: Final = 1.0  # an earlier call of the message; others may have answered it
_UNTIL_DECIDED_S: Final = 60.0
_KEPT: Final = 256
Mark = Future[None]
Wait = Callable[[Sequence[Future[Any]], float], Awaitable[None]]


async def blocked(marks: Sequence[Future[Any]], seconds: float) -> None:
    """Wait for the calls before one's own, in a thread; not for ever."""
    concurrent.futures.wait(marks, seconds)


async def awaited(marks: Sequence[Future[Any]], seconds: float) -> None:
    """Wait for the calls before one's own, in a loop; not for ever."""
    if marks:
        await asyncio.wait([asyncio.wrap_future(one) for one in marks], timeout=seconds)


def _set(mark: Future[Any], value: Any = None) -> None:
    with contextlib.suppress(InvalidStateError):  # whoever waited for it may have gone
        mark.set_result(value)


class Batch:
    """One message of the model; its calls run side by side, and are decided in their order.

    A graph may come again for a call, as LangGraph runs a node anew after a pause. So what began
    is remembered here: it never begins a second time, whatever became of its first.
    """

    def __init__(self, source: object = None) -> None:
        self.source = source  # kept, so that no other message takes its place in memory
        self._lock = threading.Lock()
        self._came: dict[int, Mark] = {}
        self._decided: dict[int, Mark] = {}
        self._entries: dict[str, int] = {}
        self._tries: dict[str, int] = {}
        self._begun: dict[str, Future[Any]] = {}

    def enter(self, base: str, position: int) -> tuple[int, Mark]:
        """Take part in it, at a place of the message; who entered earlier may begin no more."""
        with self._lock:
            _set(self._came.setdefault(position, Future()))
            mine = self._decided[position] = Future()
            entry = self._entries[base] = self._entries.get(base, 0) + 1
            return entry, mine

    def coming(self, positions: Sequence[int]) -> list[Mark]:
        """Return what is marked once the calls at these places have come."""
        with self._lock:
            return [self._came.setdefault(one, Future()) for one in positions]

    def deciding(self, positions: Sequence[int]) -> list[Mark]:
        """Return what is marked once those of the calls that have come are decided."""
        with self._lock:
            return [self._decided[one] for one in positions if one in self._decided]

    def name(self, base: str) -> str:
        """Return the name of a call; each try of it is a call of its own."""
        with self._lock:
            tries = self._tries.get(base, 0)
            return f"{base}:{tries + 1}" if tries else base

    def count(self, base: str, tries: int) -> None:
        """Count tries, or take them back."""
        with self._lock:
            self._tries[base] = self._tries.get(base, 0) + tries

    def begun(self, base: str) -> "Future[Any] | None":
        """Return what holds the answer of a call that began before."""
        with self._lock:
            return self._begun.get(base)

    def begin(self, base: str, entry: int) -> bool:
        """Tell whether the call may begin: the latest to enter may, once."""
        with self._lock:
            if base in self._begun or self._entries[base] != entry:
                return False
            self._begun[base] = Future()
            return True

    def end(self, base: str, answer: Any) -> None:
        """Keep what a tool gave."""
        with self._lock:
            _set(self._begun[base], answer)

    def undo(self, base: str) -> None:
        """Forget that a call began: it failed and may be tried again, or the graph paused in it."""
        with self._lock:
            _set(self._begun.pop(base))


class Turn:
    """The turn of one call."""

    def __init__(self, batch: Batch, base: str, position: int) -> None:
        self._batch, self._base, self._position = batch, base, position
        self._entry, self._mine = batch.enter(base, position)
        self._edits = 0
        self._began = False

    @property
    def name(self) -> str:
        """Return the name of the call."""
        return self._batch.name(self._base)

    def edited(self) -> str:
        """Return the name of the call with other arguments: another call."""
        self._edits += 1
        self._batch.count(self._base, 1)
        return self.name

    async def come(self, wait: Wait, answered: frozenset[int]) -> None:
        """Wait until the calls before this one are decided."""
        before = [one for one in range(self._position) if one not in answered]
        await wait(self._batch.coming(before), _UNTIL_IT_COMES_S)
        await wait(self._batch.deciding(before), _UNTIL_DECIDED_S)

    async def earlier(self, wait: Wait) -> tuple[bool, Any]:
        """Tell whether the call began before, and what it gave, if anybody knows."""
        begun = self._batch.begun(self._base)
        if begun is None:
            return False, None
        await wait([begun], _UNTIL_DECIDED_S)
        if self._batch.begun(self._base) is None:
            return False, None  # it failed meanwhile
        return True, begun.result() if begun.done() else None

    def begin(self) -> bool:
        """Tell whether the call may begin."""
        self._began = self._batch.begin(self._base, self._entry)
        return self._began

    def pass_on(self) -> None:
        """Let the calls after this one be decided."""
        _set(self._mine)

    def end(self, answer: Any) -> None:
        """Leave, with an answer; None where nobody will learn what came of the call."""
        self._leave()
        if self._began:
            self._batch.end(self._base, answer)

    def pause(self) -> None:
        """Leave; the graph will come again for this call."""
        self._leave()
        if self._began:
            self._batch.undo(self._base)

    def fail(self) -> None:
        """Leave with an error; the call may be tried again, and is another call then."""
        self._leave()
        if self._began:
            self._batch.undo(self._base)
            self._batch.count(self._base, 1)

    def _leave(self) -> None:
        self.pass_on()
        self._batch.count(self._base, -self._edits)
        self._edits = 0


class Batches:
    """The messages of late, by session and message."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: OrderedDict[tuple[str, str], Batch] = OrderedDict()

    def of(self, session: str, message: str, source: object) -> Batch:
        """Return the batch of a message; the oldest are forgotten."""
        with self._lock:
            batch = self._batches.setdefault((session, message), Batch(source))
            self._batches.move_to_end((session, message))
            while len(self._batches) > _KEPT:
                self._batches.popitem(last=False)
            return batch
