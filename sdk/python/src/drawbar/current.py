"""Which session the running code is in; each thread and each task has its own."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from drawbar.session import AsyncSession, Session


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that was entered, and the one around it."""

    session: "Session | AsyncSession"
    around: "Entered | None"


_CURRENT: Final[ContextVar[Entered | None]] = ContextVar("drawbar_session", default=None)


def current_session() -> "Session | AsyncSession | None":
    """Return the session whose `with` block the running code is in."""
    entered = _CURRENT.get()
    return None if entered is None else entered.session


def enter(session: "Session | AsyncSession") -> None:
    """Make a session the current one."""
    _CURRENT.set(Entered(session, _CURRENT.get()))


def leave() -> None:
    """Go back to the session around it."""
    entered = _CURRENT.get()
    _CURRENT.set(None if entered is None else entered.around)
