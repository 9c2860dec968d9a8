"""One publication: which revision came into force for all gateways, and who saw to that."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from dsl.errors import DrawbarError
from memory.records.record import canonical

LONGEST_NOTE: Final = 500


class PublicationFault(DrawbarError):
    """A publication that cannot be made, or that cannot be trusted."""


class NoPublication(PublicationFault):
    """There is no such publication, or none that waits."""


class Overtaken(PublicationFault):
    """Something else was published meanwhile."""


class NotYours(PublicationFault):
    """It takes another person."""


class Kind(StrEnum):
    """How a revision came to be published."""

    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"


@dataclass(frozen=True, slots=True)
class Publication:
    """What is in force from then on. `before` is the digest of what was in force."""

    number: int
    digest: str
    at: datetime
    kind: str
    note: str
    draft: str | None
    before: str | None
    by: str  # an API key
    subject: str
    confirmed_by: str | None
    confirmed_subject: str | None
    key: str  # that signed

    def content(self) -> str:
        """Write it as it is signed."""
        return canonical({**asdict(self), "at": self.at.isoformat(), "record": "publication"})


def publication(content: str) -> Publication:
    """Read a publication as it was written."""
    told: dict[str, Any] = json.loads(content)
    if told.pop("record") != "publication":
        raise ValueError("it is no publication")
    return Publication(**{**told, "at": datetime.fromisoformat(told["at"])})


def row_of(made: Publication, signature: str) -> Mapping[str, Any]:
    """Return the row of a publication."""
    told = {name: getattr(made, name) for name in ("number", "digest", "at", "key")}
    return {**told, "content": made.content(), "signature": signature}
