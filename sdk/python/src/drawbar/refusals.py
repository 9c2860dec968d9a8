"""What a guarded function raises in place of its result."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drawbar.decision import Approval, Decision
    from drawbar.observed import Observed


class Denied(Exception):
    """The call may not run, and did not; `str()` is the message for the agent."""

    def __init__(self, decision: "Decision") -> None:
        super().__init__(decision.for_agent)
        self.decision = decision


class Pending(Exception):
    """People were asked, and have not decided; the call did not run."""

    def __init__(self, decision: "Decision", resume: Callable[[int], Any] | None = None) -> None:
        super().__init__(decision.message)
        self.decision = decision
        self._resume = resume

    @property
    def approval(self) -> "Approval | None":
        """What people were asked."""
        return self.decision.approval

    def resume(self, wait_s: int = 0) -> Any:
        """Ask about the same call again, and run it if people said yes.

        Returns what the function returns (of an async function: something to await), and raises
        as it does: `Pending` once more while nobody decided.
        """
        if self._resume is None:
            raise Denied(self.decision)
        return self._resume(wait_s)


class Withheld(Exception):
    """The tool ran, and what came of it may not be shown; `str()` is the message instead."""

    def __init__(self, observed: "Observed") -> None:
        super().__init__(observed.message)
        self.observed = observed
