"""What a decision may ask beside the call: history, origin, facts, labels and learned scores.

`State` is the seam. The sessions of the gateway implement it, tests use the one in
`dsl.testing.state`, and `NOTHING_KNOWN` stands where nobody keeps any state: it knows nothing
and says so. An implementation never guesses and never raises: what it cannot tell is `Unknown`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from dsl import syntax
from dsl.model import NOTHING, Cause, ToolCall
from dsl.types import Truth, Unknown


class Outcome(StrEnum):
    """What became of an earlier call that was let through."""

    EXECUTED = "executed"
    FAILED = "failed"
    RESERVED = "reserved"  # allowed, and no result seen yet


@dataclass(frozen=True, slots=True)
class PastCall:
    """An earlier call of the window that was asked for."""

    tool: str
    args: Mapping[str, Any]
    at: datetime
    outcome: Outcome = Outcome.EXECUTED
    server: str | None = None
    result: Any = None
    turn: int = 0  # counts the user's messages: calls of one turn answer the same message


@dataclass(frozen=True, slots=True)
class Origins:
    """Where a value was seen, by level and by tool; what is not named was not seen there."""

    levels: Mapping[str, Truth] = field(default_factory=lambda: NOTHING)
    tools: Mapping[str, Truth] = field(default_factory=lambda: NOTHING)  # by qualified name


class Argument(NamedTuple):
    """Where a value stands in the arguments of a tool; elements of lists have no number here."""

    server: str | None
    tool: str
    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call sends something: a host, and an e-mail address there if it is one."""

    host: str
    email: str | None = None


class Decided(NamedTuple):
    """What code found about a declared sentence: whether it is broken, and in which rule."""

    broken: Truth
    policy: str
    rule: str

    @property
    def score(self) -> int | Unknown:
        """Return it as a score: the fact is the verdict."""
        if isinstance(self.broken, Unknown):
            return Unknown(Cause.FACTS_MISSING, "judge")
        return int(self.broken)


class State(Protocol):
    """Everything known at the time of one decision. Asked by one policy at a time."""

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        """Return the calls let through, oldest first, from an instant on."""
        ...

    def turn(self) -> int | Unknown:
        """Return how many messages the user has sent."""
        ...

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        """Return where one leaf value was seen, by the levels that a policy declares.

        `at` is the argument it stands in: what was approved there, and what the user calls it.
        """
        ...

    def records(
        self, policy: syntax.Policy, value: Any, tool: str, kind: str | None = None
    ) -> "Sequence[Any] | Unknown":
        """Return the rows of a tool's results that hold a value; an unknown may be one or not."""
        ...

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        """Tell whether the call that produced a value had accepted arguments only."""
        ...

    def entities(self, text: str) -> Sequence[Any] | Unknown:
        """Return the typed values inside a text."""
        ...

    def user_texts(self) -> Sequence[str] | Unknown:
        """Return what the user wrote."""
        ...

    def delegated(self) -> Truth:
        """Tell whether the user handed the choice over."""
        ...

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        """Tell whether the session was shown something of a level."""
        ...

    def labelled(
        self,
        value: Any,
        label: str,
        by: str | None,
        *,
        lifted: bool = False,
        to: Sequence[Place] = (),
    ) -> Truth:
        """Tell whether a value carries a label: any policy's, or one policy's own.

        Where it is lifted, what the user named does not count. `to` is everywhere that the call
        leads, if that is known: what may go to all of these places does not count.
        """
        ...

    def session_has(self, label: str, by: str | None) -> Truth:
        """Tell whether the session carries a label: any policy's, or one policy's own."""
        ...

    def given(self, fact: str) -> Any | Unknown:
        """Return a fact that came with the request."""
        ...

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Ask a configured source for a fact."""
        ...

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        """Return a score from 0 to 1: learned, or what code decided of a declared sentence."""
        ...


class Nothing:
    """No session, or one that is over: every question about it stays open, for one cause."""

    def __init__(self, cause: Cause = Cause.NO_STATE) -> None:
        self._cause = cause
        self._open = Unknown(cause, "session")

    def past(self, per: syntax.Per, since: datetime | None) -> Sequence[PastCall] | Unknown:
        """Know of no earlier calls, not even that there were none."""
        return Unknown(self._cause, per)

    def turn(self) -> int | Unknown:
        """See `State`, here and below."""
        return self._open

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        return self._open

    def records(
        self, policy: syntax.Policy, value: Any, tool: str, kind: str | None = None
    ) -> Sequence[Any] | Unknown:
        return self._open

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        return self._open

    def entities(self, text: str) -> Sequence[Any] | Unknown:
        return self._open

    def user_texts(self) -> Sequence[str] | Unknown:
        return self._open

    def delegated(self) -> Truth:
        return self._open

    def saw(self, policy: syntax.Policy, level: str) -> Truth:
        return self._open

    def labelled(
        self,
        value: Any,
        label: str,
        by: str | None,
        *,
        lifted: bool = False,
        to: Sequence[Place] = (),
    ) -> Truth:
        return self._open

    def session_has(self, label: str, by: str | None) -> Truth:
        return self._open

    def given(self, fact: str) -> Any | Unknown:
        return Unknown(Cause.NO_FACT, f"fact.{fact}")

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        return Unknown(Cause.NO_FACT, f"fact.{fact.name}")

    def score(
        self, judged: syntax.Judged, value: Any, call: ToolCall, decided: Decided | None = None
    ) -> Any | Unknown:
        return Unknown(Cause.NO_GUARD, judged.name) if decided is None else decided.score


NOTHING_KNOWN: Final = Nothing()
