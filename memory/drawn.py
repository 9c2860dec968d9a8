"""Unguessable bytes, drawn from the system for many takings at once.

Whenever the system is asked other threads are let in meanwhile, which takes far longer than the
bytes do.
"""

import os
from typing import Final

_MANY: Final = 256


class Drawn:
    """Random bytes of one length, none of which is given twice."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._left: list[bytes] = []
        os.register_at_fork(after_in_child=self._left.clear)  # else both would give the same

    def take(self) -> bytes:
        """Return bytes that nobody was given before."""
        while True:
            try:
                return self._left.pop()  # one step, whichever threads take at the same time
            except IndexError:
                drawn = os.urandom(_MANY * self._length)
                self._left += [
                    drawn[at : at + self._length] for at in range(0, len(drawn), self._length)
                ]
