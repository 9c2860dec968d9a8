"""The one place outside the guards where any fault is caught: it becomes a refusal."""

from collections.abc import Callable
from typing import TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger("drawbar.edge")


def shielded(judge: Callable[[], T], refuse: Callable[[], T], **about: str | None) -> T:
    """Return what is judged; where that fails in any way, tell it in the log and refuse."""
    try:
        return judge()
    except Exception:
        log.exception("a fault while judging", **about)
        return refuse()
