"""Long work beside requests gives way often, and what is loaded is not looked through for garbage.

Python lets one thread go on for 5 ms while another waits for its turn, and a request waits for its
turn several times. And whenever much was made, it looks through all there is for garbage, while
everything stands: with 10,000 rules in force that took more than a second on a busy machine. So
while policies are loaded turns are short, and only what was made lately is looked through.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

SWITCH_S: Final = 0.0005
NEVER: Final = 1_000_000_000


class Calm:
    """Keeps the process calm while anybody wants it so."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked = 0
        self._before: tuple[float, tuple[int, int, int]] | None = None

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep it calm until the end of the block."""
        with self._lock:
            self._asked += 1
            if self._asked == 1:
                self._begin()
        try:
            yield
        finally:
            with self._lock:
                self._asked -= 1
                if not self._asked:
                    self._end()

    def _begin(self) -> None:
        thresholds = gc.get_threshold()
        self._before = sys.getswitchinterval(), thresholds
        sys.setswitchinterval(min(SWITCH_S, self._before[0]))
        gc.set_threshold(*thresholds[:2], NEVER)

    def _end(self) -> None:
        if self._before is not None:
            sys.setswitchinterval(self._before[0])
            gc.set_threshold(*self._before[1])
            self._before = None


calm: Final = Calm().kept


def stays() -> None:
    """Say that all there is stays: it is not looked through for garbage any more.

    What is let go of is freed all the same, unless it holds itself in a circle.
    """
    gc.freeze()
