"""Stops a request at each place where it waits, and lets something go wrong there.

Every task of the loop runs inside a `_Steps`, which sees each wait that reaches the loop. The
waits of one request are counted, also those of its child tasks and of the writer of records that
works for it, so no list of them is kept by hand: a new `await` is found by itself.
"""

import asyncio
import time
import traceback
from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

ROOT: Final = Path(__file__).parents[3]
WRITER: Final = "RecordLog._write"  # it works for the request, in tasks of its own
_COUNTS: Final = ContextVar[Callable[[], bool]]("_COUNTS", default=lambda: False)


@dataclass(frozen=True)
class Fault:
    """What goes wrong at a wait: an error, a client that goes away, or much time.

    Or `in_store`, with a statement that fails, or a commit before or after it is done; or
    something that a test does.
    """

    name: str
    error: Callable[[], BaseException] | None = None
    late_s: float = 0.0
    gone: bool = False
    in_store: bool = False
    act: Callable[[], object] | None = None
    step: int = 1  # at every wait, or at every second one


FAULTS: Final = (
    Fault("os_error", lambda: OSError("planted")),
    Fault("defect", lambda: RuntimeError("planted"), step=2),
    Fault("gone", gone=True),
    Fault("late", late_s=3.0, step=2),  # over the deadline of the tests
    Fault("hanging", late_s=60.0, step=2),  # over every limit there is
)
IN_STORE: Final = tuple(
    Fault(name, in_store=True) for name in ("statement", "before_commit", "after_commit")
)


class Clock:
    """The monotonic clock of a test, which can be moved on."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._beside = 0.0
        real = time.monotonic
        patch.setattr(time, "monotonic", lambda: real() + self._beside)

    def move(self, seconds: float) -> None:
        """Let time pass at once."""
        self._beside += seconds


@dataclass
class Points:
    """The waits of one request, in their order; at one of them a fault happens."""

    clock: Clock
    working: Callable[[], bool]  # whether the writer of records has something to store
    fault: Fault | None = None
    at: int = -1
    armed: bool = False
    seen: int = 0
    error: BaseException | None = None
    happened: bool = False
    root: "asyncio.Task[Any] | None" = None
    places: set[tuple[str, int]] = field(default_factory=set)  # where errors were raised, ever

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """See the waits of all that a loop does from now on."""
        make: Any = self._task
        loop.set_task_factory(make)

    def _task(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any
    ) -> "asyncio.Task[Any]":
        """Make a task."""
        is_writer = getattr(work, "__qualname__", "") == WRITER
        context = more.pop("context", None) or copy_context()
        if is_writer:  # what it is told by the tasks that it starts can go wrong, not its queue
            context.run(_COUNTS.set, self.working)
        steps = _Steps(work, self, counts=not is_writer)
        return asyncio.Task(steps, loop=loop, context=context, **more)

    def reached(self, waiting: Any) -> Fault | None:
        """Count a wait; return the fault that happens at it.

        Where others only have their turn, no error can come of it.
        """
        fault = self.fault
        if fault is None or fault.in_store or (waiting is None and fault.error is not None):
            return None
        return fault if self._is_next() else None

    def in_store(self, name: str) -> None:
        """Count what is sent to the store; fail where that is the fault."""
        if self.fault is not None and self.fault.name == name and self._is_next():
            raise OperationalError(name, {}, OSError("planted"))

    def _is_next(self) -> bool:
        if not (self.armed and _COUNTS.get()()):
            return False
        self.seen += 1
        self.happened = self.happened or self.seen - 1 == self.at
        return self.seen - 1 == self.at

    def watch_store(self, engine: Engine) -> None:
        """See the statements and the commits of a store."""
        dialect: Any = engine.dialect
        commit = dialect.do_commit

        def committing(connection: Any) -> None:
            self.in_store("before_commit")
            commit(connection)
            self.in_store("after_commit")

        dialect.do_commit = committing
        event.listen(engine, "before_cursor_execute", lambda *_: self.in_store("statement"))

    async def tried(self, work: Coroutine[Any, Any, Any], fault: Fault | None, at: int) -> Any:
        """Do something with a fault at one of its waits; return its answer, or what it raised."""
        self.fault, self.at, self.seen = fault, at, 0
        self.error, self.happened = None, False
        context = copy_context()
        context.run(_COUNTS.set, lambda: True)
        self.root = asyncio.create_task(work, context=context)
        self.armed = True
        (answer,) = tuple[Any](await asyncio.gather(self.root, return_exceptions=True))
        self.armed, self.root = False, None
        self.places.update(self._where())
        self.error = None  # whoever holds it holds all that it went through
        return answer

    def _where(self) -> set[tuple[str, int]]:
        """Return the lines of the project that an error went through."""
        frames = [] if self.error is None else traceback.extract_tb(self.error.__traceback__)
        own = [(Path(one.filename), one.lineno or 0) for one in frames]
        inside = [one for one in own if one[0].is_relative_to(ROOT)]
        return {(str(file.relative_to(ROOT)), line) for file, line in inside}


class _Steps(Coroutine[Any, Any, Any]):
    """Some work, one wait after the other."""

    def __init__(self, work: Coroutine[Any, Any, Any], points: Points, *, counts: bool) -> None:
        self._work = work
        self._points = points
        self._counts = counts
        self._steps: Generator[Any, Any, Any] | None = None

    def send(self, value: Any) -> Any:
        """Go on to the next wait."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        """Go on with a fault; where nothing was begun, nothing is."""
        return (self._work if self._steps is None else self._steps).throw(*error)

    def close(self) -> None:
        """End it."""
        (self._work if self._steps is None else self._steps).close()

    def __await__(self) -> Generator[Any, Any, Any]:
        """Take the steps, with a fault at one of them."""
        error: BaseException | None = None
        while True:
            try:
                waiting = self._work.throw(error) if error else self._work.send(None)
            except StopIteration as end:
                return end.value
            fault, error = self._points.reached(waiting) if self._counts else None, None
            try:
                yield from self._waits(waiting, fault)
            except GeneratorExit:
                self._work.close()
                raise
            except BaseException as raised:  # noqa: BLE001 - handed on
                error = raised
            if error is None and fault is not None and fault.error is not None:
                self._points.error = error = fault.error()

    def _waits(self, waiting: Any, fault: Fault | None) -> Generator[Any, Any, None]:
        """Wait for what the work waits for, a long time if that is the fault."""
        if fault is not None and fault.gone and self._points.root is not None:
            self._points.root.cancel()
        if fault is not None and fault.act is not None:
            fault.act()
        if fault is not None and fault.late_s:
            self._points.clock.move(fault.late_s)
            try:
                for _ in range(3):  # whoever looks at the clock does so first
                    yield
            except asyncio.CancelledError:
                if waiting is not None:
                    waiting.cancel()
                raise
        yield waiting
