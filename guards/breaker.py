"""Stops asking a guard that fails, and tells when it may be tried again."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

IN_A_ROW: Final = 5
OF_LAST: Final = 10
LAST: Final = 20
FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 60.0


class Breaker:
    """Opens after faults; only `closed`, after a check that went well, ends that."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: deque[bool] = deque(maxlen=LAST)
        self._row = 0
        self._until: float | None = None
        self._wait = FIRST_WAIT_S

    @property
    def is_open(self) -> bool:
        """Tell whether the guard must not be asked."""
        return self._until is not None

    @property
    def is_due(self) -> bool:
        """Tell whether a guard that is not asked should be tried."""
        return self._until is not None and self._clock() >= self._until

    def went(self, *, well: bool) -> None:
        """Note how one question went."""
        self._last.append(well)
        self._row = 0 if well else self._row + 1
        if self._row >= IN_A_ROW or self._last.count(False) >= OF_LAST:
            self.open()

    def open(self) -> None:
        """Ask no more for a while; for twice as long each time that it did not help."""
        if self._until is not None and not self.is_due:
            return
        if self._until is not None:
            self._wait = min(2 * self._wait, LONGEST_WAIT_S)
        self._until = self._clock() + self._wait

    def close(self) -> None:
        """Ask again: the guard was tried and is well."""
        self._until, self._row, self._wait = None, 0, FIRST_WAIT_S
        self._last.clear()
