"""Why there is no answer of the gateway's, and what stands in its place."""

from drawbar.decision import Approval, Decision
from drawbar.observed import Observed
from drawbar.report import Report


class Fault(Exception):
    """Why there is no answer of the gateway's; never leaves this package."""

    def __init__(self, what: str, reason: str = "unreachable", *, again: bool = False) -> None:
        self.what = what
        self.reason = reason
        self.again = again  # the same request, sent once more, may find the gateway
        super().__init__(what)

    @classmethod
    def of(cls, error: Exception) -> "Fault":
        """Return the fault that an exception stands for, foreseen or not."""
        if isinstance(error, Fault):
            return error
        return cls(f"the client failed with {type(error).__name__}")

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

    def observed(self, event_id: str) -> Observed:
        """Withhold what was to be shown."""
        message = f"This is withheld: {self.what}."
        return Observed(effect="deny", reason=self.reason, message=message, event_id=event_id)

    def approval(self, approval_id: str) -> Approval:
        """Say that nothing is known."""
        return Approval(id=approval_id, status="unknown", message=f"Unknown: {self.what}.")

    def report(self) -> Report:
        """Say that no report is known to be kept."""
        return Report(report_id=None, reason=self.reason, message=f"Not kept: {self.what}.")
