"""What became of one question: a decision of the gateway's, or a fault that denies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Effect = Literal["allow", "ask", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What may happen to a call; only `allowed` says that the tool may run."""

    effect: Effect
    reason: str
    message: str
    decision_id: str | None  # None: the gateway made no decision, the client refused
    call_id: str
    retryable: bool = False
    reasons: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    revision: str | None = None
    dry_run: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the tool may run: for allow only, and never on a dry run."""
        return self.effect == "allow" and not self.dry_run

    def __bool__(self) -> bool:
        # Without this, `if client.check(...)` would be true for a deny.
        return self.allowed


class Fault(Exception):
    """Why there is no decision of the gateway's; never leaves this package."""

    def __init__(self, what: str, reason: str = "unreachable", *, again: bool = False) -> None:
        self.what = what
        self.reason = reason
        self.again = again  # the same request, sent once more, may find the gateway
        super().__init__(what)

    def decision(self, call_id: str, *, dry_run: bool) -> Decision:
        """Deny the call; only a call with wrong arguments is worth changing."""
        return Decision(
            effect="deny",
            reason=self.reason,
            message=f"Denied: {self.what}.",
            decision_id=None,
            call_id=call_id,
            retryable=self.reason == "invalid_call",
            dry_run=dry_run,
        )
