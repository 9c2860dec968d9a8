"""The approvals of one gateway: where they are kept, who waits for them, who hears of new ones."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

import structlog

from app.approvals.holding import Holds
from app.settings import Settings
from app.telemetry import Metrics
from memory.approvals.approval import StoredApproval
from memory.approvals.binding import Binder
from memory.approvals.store import Approvals
from memory.sessions.locks import Locks

PAGE: Final = "/approvals"
Listener = Callable[[StoredApproval], None]
log = structlog.get_logger("drawbar.approvals")


class Approving:
    """All that a gateway holds for approvals.

    Whoever is in `listeners` hears of each new approval once, after it was stored. A listener
    returns at once, and leaves what takes time to a task of its own.
    """

    def __init__(
        self,
        approvals: Approvals,
        binder: Binder,
        settings: Settings,
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self.approvals = approvals
        self.binder = binder
        self.holds = Holds(self.approvals, settings.approval_holds, now, metrics)
        self.listeners: list[Listener] = [_log]
        self._base = (settings.public_url or "").rstrip("/")
        self._locks = Locks()
        self._metrics = metrics

    def alone(self, digest: str) -> AbstractAsyncContextManager[None]:
        """Let no other decision of this gateway ask about the same call meanwhile."""
        return self._locks.hold([digest])

    def url(self, approval: str) -> str:
        """Return where people decide an approval."""
        return f"{self._base}{PAGE}/{approval}"

    def tell(self, made: StoredApproval | None, used: StoredApproval | None) -> None:
        """Tell of what was stored with a decision: a new approval, or one that is used up."""
        if used is not None:
            self._metrics.approvals.labels("used").inc()
        if made is not None:
            self._metrics.approvals.labels("pending").inc()
            for listener in self.listeners:
                listener(made)


def _log(made: StoredApproval) -> None:
    log.info("an approval waits", approval=made.id, expires_at=made.expires_at.isoformat())
