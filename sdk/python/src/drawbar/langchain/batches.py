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
Wait = Callable[[Sequence[Mark], float], Awaitable[None]]


async def blocked(marks: Sequence[Mark], seconds: float) -> None:
    """Wait for the calls before one's own, in a thread; not for ever."""
    concurrent.futures.wait(marks, seconds)


async def awaited(marks: Sequence[Mark], seconds: float) -> None:
    """Wait for the calls before one's own, in a loop; not for ever."""
    if marks:
        await asyncio.wait([asyncio.wrap_future(one) for one in marks], timeout=seconds)


def _set(mark: Mark) -> None:
    with contextlib.suppress(InvalidStateError):
        mark.set_result(None)


class Batch:
    """One message of the model; its calls run side by side, and are decided in their order."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._size = size
        self._came: dict[int, Mark] = {}
        self._decided: dict[int, Mark] = {}
        self._names: dict[str, int] = {}
        self._paused: set[str] = set()
        self._answers: dict[str, Any] = {}

    def enter(self, position: int) -> Mark:
        """Take part in it, at a place of the message; return what to mark once it is decided."""
        with self._lock:
            _set(self._came.setdefault(position, Future()))
            mine = self._decided[position] = Future()
            return mine

    def coming(self, positions: Sequence[int]) -> list[Mark]:
        """Return what is marked once the calls at these places have come."""
        with self._lock:
            return [self._came.setdefault(one, Future()) for one in positions]

    def deciding(self, positions: Sequence[int]) -> list[Mark]:
        """Return what is marked once those of the calls that have come are decided."""
        with self._lock:
            return [self._decided[one] for one in positions if one in self._decided]

    def name(self, base: str) -> str:
        """Return a name for a call, another than it was tried under."""
        with self._lock:
            tries = self._names[base] = self._names.get(base, 0) + 1
            return base if tries == 1 else f"{base}:{tries}"

    def forget(self, base: str, names: int) -> None:
        """Give names back: when the call comes again, the gateway shall know it."""
        with self._lock:
            self._names[base] = self._names.get(base, names) - names

    def pause(self, base: str) -> None:
        """Note that the graph will come again for a call."""
        with self._lock:
            self._paused.add(base)

    def settle(self, base: str, answer: Any) -> None:
        """Keep an answer while the graph may come again because of another call."""
        with self._lock:
            self._paused.discard(base)
            self._answers[base] = answer
            over = sum(one.done() for one in self._decided.values()) >= self._size
            if over and not self._paused:
                self._answers.clear()

    def answer(self, base: str) -> Any:
        """Return what a call gave, if the graph comes again only because another one was paused."""
        with self._lock:
            return self._answers.get(base) if self._paused - {base} else None


class Turn:
    """The turn of one call."""

    def __init__(self, batch: Batch, base: str, position: int) -> None:
        self.batch = batch
        self._base, self._position = base, position
        self._mine = batch.enter(position)
        self._taken = 0

    async def come(self, wait: Wait, answered: frozenset[int]) -> None:
        """Wait until the calls before this one are decided."""
        before = [one for one in range(self._position) if one not in answered]
        await wait(self.batch.coming(before), _UNTIL_IT_COMES_S)
        await wait(self.batch.deciding(before), _UNTIL_DECIDED_S)

    def name(self) -> str:
        """Take a name for the call."""
        self._taken += 1
        return self.batch.name(self._base)

    def pass_on(self) -> None:
        """Let the calls after this one be decided."""
        _set(self._mine)

    def end(self, *, failed: bool) -> None:
        """Leave; a call that failed may be tried again, and is another call then."""
        self.pass_on()
        if not failed:
            self.batch.forget(self._base, self._taken)


class Batches:
    """The messages of late, by session and message."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: OrderedDict[tuple[str, str], Batch] = OrderedDict()

    def of(self, session: str, message: str, size: int) -> Batch:
        """Return the batch of a message; the oldest are forgotten."""
        with self._lock:
            batch = self._batches.setdefault((session, message), Batch(size))
            self._batches.move_to_end((session, message))
            while len(self._batches) > _KEPT:
                self._batches.popitem(last=False)
            return batch
