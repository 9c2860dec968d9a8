"""What somebody did to the gateway itself, as it is kept: in a chain, as decisions are."""

import os
import pwd
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from memory.ids import new_id
from memory.records.record import canonical

KIND: Final = "act"
PREFIX: Final = "act"
_LONGEST: Final = 128  # of who it was: a column holds no more


class What(StrEnum):
    """Everything that is an act; `MEANING` says it in words."""

    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    PERSON_ADDED = "person.added"
    PERSON_REMOVED = "person.removed"
    PERSON_PASSWORD = "person.password"  # noqa: S105 - the name of an act
    PERSON_SIGNED_IN = "person.signed_in"
    EVIDENCE_SHOWN = "evidence.shown"
    EVIDENCE_EXPORTED = "evidence.exported"
    EVIDENCE_ERASED = "evidence.erased"
    SESSION_DELETED = "session.deleted"
    SESSIONS_ANEW = "sessions.anew"
    POLICY_OBSERVE = "policy.observe"
    POLICY_ENFORCE = "policy.enforce"
    DRAFT_CREATED = "draft.created"
    DRAFT_CHANGED = "draft.changed"
    DRAFT_DELETED = "draft.deleted"
    POLICY_PROPOSED = "policy.proposed"
    POLICY_WITHDRAWN = "policy.withdrawn"
    POLICY_PUBLISHED = "policy.published"
    POLICY_ROLLED_BACK = "policy.rolled_back"
    AGENT_FROZEN = "agent.frozen"
    AGENT_THAWED = "agent.thawed"
    SUBJECT_FROZEN = "subject.frozen"
    SUBJECT_THAWED = "subject.thawed"
    TENANT_FROZEN = "tenant.frozen"
    TENANT_THAWED = "tenant.thawed"
    GLASS_ASKED = "glass.asked"
    GLASS_BROKEN = "glass.broken"
    GLASS_REFUSED = "glass.refused"
    GLASS_ENDED = "glass.ended"
    GLASS_OVER = "glass.over"
    FEEDBACK_REPORTED = "feedback.reported"
    FEEDBACK_WITHDRAWN = "feedback.withdrawn"
    MEMORY_REFRESHED = "memory.refreshed"
    MEMORY_ROLLED_BACK = "memory.rolled_back"
    MEMORY_RELEASED = "memory.released"
    MEMORY_REJECTED = "memory.rejected"
    MEMORY_PROMOTED = "memory.promoted"
    MEMORY_SOFTENED = "memory.softened"


class By(StrEnum):
    """How it is known who it was."""

    API_KEY = "api_key"  # the gateway knew the key
    PERSON = "person"  # the gateway knew the password, or the provider did
    OS_USER = "os_user"  # the machine said so: a claim, as good as the machine
    GATEWAY = "gateway"  # nobody: a gateway saw that a time had come


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: the id of an API key, or a user of the operating system with the machine."""

    by: By
    who: str


@dataclass(frozen=True, slots=True)
class ActRecord:
    """One act. `about` is the key, decision, session or policy; no secret and no value is in it."""

    id: str
    tenant: str
    at: datetime
    what: str
    by: str
    who: str
    about: str | None = None
    subject: str | None = None
    session: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """Return the columns it is found by, and all of it.

        What was done stands where a decision has its tool, and who did it where that has its agent.
        """
        told = {**asdict(self), "at": self.at.isoformat(), "record": KIND}
        found_by = {"id": self.id, "kind": KIND, "tenant": self.tenant, "at": self.at}
        whose = {"subject": self.subject, "session": self.session}
        rest = dict.fromkeys(("effect", "rule", "would", "glass"))
        where = {"tool": self.what, "agent": self.who}
        return {**found_by, **whose, **where, **rest, "content": canonical(told)}


def act(what: What, actor: Actor, now: datetime, tenant: str, **told: Any) -> ActRecord:
    """Return the record of an act that happens now."""
    name, who = new_id(PREFIX, now), actor.who[:_LONGEST]
    return ActRecord(name, tenant, now, str(what), str(actor.by), who, **told)


def os_user() -> Actor:
    """Return who runs this process, as the machine knows it, and not as the environment says."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # nobody of that number is known here
        name = f"uid {os.getuid()}"
    return Actor(By.OS_USER, f"{name}@{socket.gethostname()}"[:_LONGEST])
