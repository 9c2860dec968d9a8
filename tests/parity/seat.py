"""What a seat is to these tests: something that is handed a call, and says what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.parity.call import Call
from tests.parity.notes import noted
from tests.parity.policies import FAILS, GIVES
from tests.parity.world import Decides


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever made a call is told: what the tool gave back, or why there is none of it."""

    effect: str
    reason: str | None = None  # of an allow not every seat tells it
    message: str = ""
    value: Any = None
    approval: str | None = None
    token: str | None = None  # for the next seat
    again: "Callable[[], Told] | None" = None  # comes back with the approval


class Seat(Protocol):
    """One way that calls come in. `ran` says what reached the tool since it was looked at last."""

    name: str
    can: frozenset[str]
    decides: Decides

    def send(self, call: Call, session: str) -> Told:
        """Make a call."""
        ...

    def ran(self) -> list[tuple[str, str]]:
        """Return the calls that reached a tool, with their arguments in one form."""
        ...


class ToolFailed(Exception):
    """What a tool raises."""


class Tools:
    """Tools that run beside a client: what they did is all that counts as having run."""

    def __init__(self) -> None:
        self._did: list[tuple[str, str]] = []

    def run(self, tool: str, args: Mapping[str, Any]) -> Any:
        self._did.append(noted(tool, dict(args)))
        if args.get(FAILS):
            raise ToolFailed("it failed")
        return GIVES[tool]

    def tried(self, tool: str, args: Mapping[str, Any]) -> tuple[Any, bool]:
        """Return what a tool gives back, and whether it failed."""
        try:
            return self.run(tool, args), False
        except ToolFailed as error:
            return str(error), True

    def ran(self) -> list[tuple[str, str]]:
        did, self._did = self._did, []
        return did
