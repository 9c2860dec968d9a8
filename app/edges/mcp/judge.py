"""Who decides: one seam for a gateway in this process and for one that is asked over HTTP."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from dsl.model import Effect, ReasonCode

IDLE_S: Final = 1_800.0  # a session that nobody named is looked for anew after so long


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it would be forwarded."""

    call_id: str
    server: str
    tool: str
    args: Mapping[str, Any]
    session: str
    approval: str | None = None  # that the caller comes back with
    wait_s: int = 0
    seat_token: str | None = None  # of a seat that this call passed before
    held: str | None = None  # why its tool is held back: then it is denied, whatever rules say


@dataclass(frozen=True, slots=True)
class Waiting:
    """An approval that was asked for. Each of `needs` is `user`, `any`, or the name of a role."""

    id: str
    status: str
    url: str
    expires_at: str
    needs: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided of a call. Anything but allow means that it is not forwarded."""

    effect: Effect
    reason: str
    message: str
    retryable: bool = False
    decision_id: str | None = None
    args: Mapping[str, Any] | None = None  # where rules changed them
    approval: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What was decided of a result: it is shown, as it came or changed, or the message is."""

    effect: Effect
    reason: str
    message: str = ""
    changed: Any = None


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a call that was forwarded."""

    call_id: str
    session: str
    result: Any
    failed: bool = False


Name = tuple[str, str]  # a server and its tool


class Judge(Protocol):
    """Decides for one caller. No method raises for a fault of the way there: faults refuse."""

    @property
    def principal(self) -> str:
        """Name whose credential this is; no two callers have the same."""
        ...

    @property
    def speaks_for_user(self) -> bool:
        """Tell whether what a person says in this client's own form answers `approver user`."""
        ...

    async def answered(self, approval: str, *, yes: bool) -> None:
        """Store what the user said in a form of a client that speaks for them.

        Where it does not, or nothing waits any longer, nothing happens: the next decision tells.
        """
        ...

    async def session(self, named: str | None) -> str:
        """Return the session that calls belong to: the named one, else the caller's own.

        Raise `NoSession` where it cannot be had.
        """
        ...

    async def check(self, asked: Asked) -> Ruling:
        """Decide a call."""
        ...

    async def told(self, came: Came) -> Shown:
        """Tell what came of a call; hear what of it may be shown."""
        ...

    async def never_sent(self, session: str, call_id: str) -> None:
        """Tell that a call which was let through never reached its server."""
        ...

    async def visible(self, tools: Sequence[Name]) -> Collection[Name]:
        """Return the tools that the caller might be allowed some call of."""
        ...

    async def close(self) -> None:
        """Let go of what was opened for this caller."""
        ...


class NoSession(Exception):
    """A session that cannot be had, and why."""


def held_back(asked: Asked) -> Ruling:
    """Return a deny of a call whose tool this seat holds back."""
    words = f"Denied: {asked.server}/{asked.tool} is held back: {asked.held}."
    return refusal(ReasonCode.TOOL_CHANGED, words)


def refusal(reason: str, message: str, *, retryable: bool = False) -> Ruling:
    """Return a deny that no policy said."""
    return Ruling(Effect.DENY, reason, message, retryable)
