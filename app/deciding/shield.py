"""The one place outside the guards where any fault is caught: it becomes a refusal."""

import traceback
from collections.abc import Callable
from typing import TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger("drawbar.edge")


def shielded(judge: Callable[[], T], refuse: Callable[[], T], **about: str | None) -> T:
    """Return what is judged; where that fails in any way, tell it in the log and refuse.

    The log says where and of what kind: the words of a fault may be those of a call.
    """
    try:
        return judge()
    except Exception as error:  # noqa: BLE001 - whatever it is, it refuses
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.error("a fault while judging", fault=type(error).__name__, trace=trace, **about)  # noqa: TRY400 - as said
        return refuse()
