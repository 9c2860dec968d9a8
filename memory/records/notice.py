"""What became of a message that a decision wanted to be sent, as it is kept."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from memory.records.record import canonical

KIND: Final = "notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that was sent, or given up."""

    id: str
    tenant: str
    at: datetime
    decision: str
    kind: str
    target: str
    outcome: str
    tries: int
    why: str

    def row(self) -> dict[str, Any]:
        """Return the columns it is found by, and all of it."""
        told = {**asdict(self), "at": self.at.isoformat(), "record": KIND}
        found_by = {"id": self.id, "kind": KIND, "tenant": self.tenant, "at": self.at}
        whose = dict.fromkeys(("subject", "agent", "session"))
        rest = dict.fromkeys(("tool", "effect", "rule", "would", "glass"))
        return {**found_by, **whose, **rest, "content": canonical(told)}
