"""The four suites, and the two ends that every policy lies between."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from app.policy import policies
from app.policy.policies import PolicySet

HERE: Final = Path(__file__).parent
POLICIES: Final = HERE / "policies"
ENDS: Final = HERE / "ends"


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite: whether policies are built on it or only reported, and when its calls happen."""

    name: str
    role: Literal["open", "reported"]
    now: datetime

    @property
    def policy(self) -> Path:
        """Return the suite's policy."""
        return POLICIES / f"{self.name}.bar"

    @property
    def tools(self) -> Path:
        """Return the tools that its policy names."""
        return POLICIES / f"{self.name}.tools.json"

    @property
    def written(self) -> bool:
        """Tell whether somebody wrote the policy."""
        return self.policy.is_file() and self.tools.is_file()


# An instant for each suite, of no meaning but that it is always the same.
_NOON: Final = datetime(2024, 5, 15, 12, tzinfo=UTC)
SUITES: Final = (
    Suite("banking", "open", _NOON),
    Suite("slack", "open", _NOON),
    Suite("travel", "reported", _NOON),
    Suite("workspace", "reported", _NOON),
)


def end(name: str) -> PolicySet:
    """Return the policy that lets everything through, or nothing."""
    return policies.load([ENDS / f"{name}.bar"])
