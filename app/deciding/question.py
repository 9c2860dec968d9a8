"""A call that waits for its decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.auth import Caller
from app.binding.whom import Whom
from app.engine import Terms
from dsl.model import NOTHING, ToolCall
from memory.sessions.session import Owner

if TYPE_CHECKING:
    from app.wiring import Gateway


@dataclass(frozen=True, slots=True)
class Question:
    """A call that waits for its decision, and what holds for it alone."""

    call: ToolCall
    caller: Caller
    edge: str
    seconds: float
    terms: Terms
    facts: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    seat_token: str | None = None  # of a seat that let this very call through before
    held: str | None = None  # why the seat holds the tool back, whatever policies say
    owner: Owner = field(init=False)  # whose session the call belongs to

    def __post_init__(self) -> None:
        """Work out once whose session it is: much of a decision asks for that."""
        call = self.call
        owner = Owner(self.caller.key.tenant, call.subject.id, call.agent)
        object.__setattr__(self, "owner", owner)

    def whom(self, gateway: "Gateway") -> Whom:
        """Return whom the policies that are asked must bind."""
        return gateway.whom(self.edge, self.caller.key.tenant, self.call.agent, self.call.session)
