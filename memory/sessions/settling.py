"""Takes what happened in sessions into their indexes, beside the event loop."""

import asyncio

from memory.sessions.session import Session


class Settling:
    """Work on sessions in other threads. Nobody else uses a session while it is waited for."""

    def __init__(self) -> None:
        self._running: set[asyncio.Future[None]] = set()

    async def done(self, session: Session) -> None:
        """Wait until a session has taken in all that happened; then it can be asked."""
        if session.wants_settling:
            await asyncio.to_thread(session.settle)

    def begin(self, session: Session) -> None:
        """Let a session take in what happened, while nobody waits for it."""
        if session.wants_settling:
            running = asyncio.get_running_loop().run_in_executor(None, session.settle)
            self._running.add(running)
            running.add_done_callback(self._ended)

    def _ended(self, running: "asyncio.Future[None]") -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # whoever asks the session next meets it again, and is refused
