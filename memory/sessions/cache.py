"""Sessions kept in memory: those used last, and no more than fit."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from memory.sessions.session import Owner, Session

MOST_SESSIONS: Final = 1_000
MOST_BYTES: Final = 64 << 20  # of events; what is made of them to find values takes memory beside

Key = tuple[str, str]  # tenant and name


class Cache:
    """Holds sessions that nobody is using: who uses one takes it out, and puts it back whole."""

    def __init__(self, sessions: int = MOST_SESSIONS, size: int = MOST_BYTES) -> None:
        self._known: OrderedDict[Key, Session] = OrderedDict()
        self._sessions = sessions
        self._size = size
        self.weight = 0

    def __len__(self) -> int:
        """Return how many sessions are kept."""
        return len(self._known)

    def of(self, owner: Owner) -> Iterator[Session]:
        """Yield the sessions of a subject and an agent, without taking them out."""
        return (one for one in tuple(self._known.values()) if one.owner == owner)

    def take(self, key: Key) -> Session | None:
        """Take a session out."""
        found = self._known.pop(key, None)
        if found is not None:
            self.weight -= found.weight
        return found

    def put(self, key: Key, session: Session) -> None:
        """Keep a session, and let go of those that were not used for longest."""
        self.take(key)
        self._known[key] = session
        self.weight += session.weight
        while len(self._known) > self._sessions or self.weight > self._size:
            _, left = self._known.popitem(last=False)
            self.weight -= left.weight
