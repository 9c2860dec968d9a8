"""What a person said of an approval, as it is kept: in the chain of the decisions it is about."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from memory.records.record import canonical

KIND: Final = "answer"


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One yes or no. The comment is kept sealed, with the approval."""

    id: str
    tenant: str
    at: datetime
    approval: str
    digest: str  # of all that the approval is bound to
    need: str
    said: str
    key_id: str
    subject: str  # who said it

    def row(self) -> dict[str, Any]:
        """Return the columns it is found by, and all of it."""
        told = {**asdict(self), "at": self.at.isoformat(), "record": KIND}
        found_by = {"id": self.id, "kind": KIND, "tenant": self.tenant, "at": self.at}
        rest = dict.fromkeys(("agent", "session", "tool", "effect", "rule", "would", "glass"))
        return {**found_by, **rest, "subject": self.subject, "content": canonical(told)}
