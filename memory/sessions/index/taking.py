"""Takes what happens in a session into its index, when that is needed and in any thread."""

import threading
from datetime import datetime
from typing import Any

from dsl import selectors
from dsl.model import ToolCall
from dsl.session import session as reference
from dsl.session.asked import Asked
from dsl.state import Outcome, PastCall
from memory.sessions.index.index import Index
from memory.sessions.index.judging import Judging
from memory.sessions.index.labelled import Labels
from memory.sessions.index.reader import Reader
from memory.sessions.index.rows import Rows
from memory.sessions.index.search import Met


class Taking(reference.Session):
    """What happened so far. What came last is taken into the index once something is asked.

    `settle` may run in another thread, as long as nothing else happens to the session meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self._settling = threading.Lock()
        self._waiting: list[tuple[int, bool]] = []  # calls, and whether they came back
        self._ended: dict[int, int] = {}  # which call came back at an event
        self._back: list[int] = []  # the calls that came back, in this order
        self._rows_of: dict[int, Rows] = {}  # of their results
        self._rows_asked: set[str] = set()  # of these tools
        self._reader = Reader()
        self._is_asked = False
        self._start()

    def _start(self) -> None:
        """Begin with nothing taken in."""
        self._index = Index()
        self._judging = Judging(self._index)
        self._taken_in = (0, 0)  # messages, and stray results
        self._answers: dict[Any, tuple[Asked, dict[int, Met]]] = {}
        self._labels = Labels(self._came_back, self._reader)

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
            self._back.remove(number)
            self._begin_anew()

    @property
    def wants_settling(self) -> bool:
        """Tell whether something happened that the next question will have to wait for."""
        return self.is_settling or (self._is_asked and self._is_behind())

    @property
    def is_settling(self) -> bool:
        """Tell whether another thread is at it; nothing may happen meanwhile."""
        return self._settling.locked()

    def _is_behind(self) -> bool:
        return bool(self._waiting) or self._taken_in != (len(self.texts), len(self.strays))

    def settle(self) -> None:
        """Take in what happened since the last time."""
        with self._settling:
            whole = not self._is_behind()
            try:
                if not whole:
                    self._settle()
                    whole = True
            finally:
                if not whole:  # a fault in the middle must not leave out what it was at
                    self._begin_anew()

    def _settle(self) -> None:
        self._answers.clear()
        self._reader.forget()
        waiting, self._waiting = self._waiting, []
        for number, is_back in waiting:
            let = self._past[number]
            if not is_back:
                self._index.given(number, let.call.args)
            elif let.ended is not None:
                self._index.came(let.ended, let.call)
                if any(names(tool, let.call) for tool in self._rows_asked):
                    self._rows_of[number] = Rows(let.call.result)
        said, strays = self._taken_in
        texts, results = self.texts[said:], self.strays[strays:]
        self._taken_in = (said + len(texts), strays + len(results))
        for text in texts:
            self._index.said(text)
        for result in results:
            self._index.stray(result)
        self._labels.catch_up()

    def _came_back(self, after: int) -> list[PastCall]:
        """Return the calls that came back, but for so many first ones."""
        return [self._past[number].call for number in self._back[after:]]

    def _ready(self) -> None:
        """Be ready for a question about all that happened."""
        self._is_asked = True
        if self._is_behind() or self.is_settling:
            self.settle()

    def _begin_anew(self) -> None:
        events = [(number, number, False) for number in self._past]
        events += [(event, one, True) for event, one in self._ended.items() if one in self._past]
        self._waiting = [(number, is_back) for _, number, is_back in sorted(events)]
        self._start()


def names(pattern: str, call: PastCall) -> bool:
    """Tell whether a pattern of tools names the tool of a call."""
    return selectors.names(pattern, call.server, call.tool)
