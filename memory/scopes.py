"""What a key may do, and what may not stand on one key."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from dsl.errors import DrawbarError

DEFAULT_TENANT: Final = "default"  # the operator's


class Scope(StrEnum):
    """What a key may do; `MEANING` says it in words."""

    CHECK = "check"
    OBSERVE = "observe"
    OBSERVE_USER = "observe.user"
    ASSERT_SUBJECT = "assert.subject"
    ASSERT_CONTEXT = "assert.context"
    ASSERT_FACTS = "assert.facts"
    ASSERT_SESSION = "assert.session"
    APPROVE = "approve"
    FEEDBACK = "feedback"
    AUDIT = "audit"
    BUNDLE_READ = "bundle:read"
    POLICY_READ = "policy:read"
    POLICY_WRITE = "policy:write"
    POLICY_PUBLISH = "policy:publish"
    RECORDS_WRITE = "records:write"
    ADMIN = "admin"


MEANING: Final = {
    Scope.CHECK: "ask for decisions, and read the decisions and approvals of its own subject",
    Scope.OBSERVE: "send results, replies, and word of calls that never ran",
    Scope.OBSERVE_USER: "send what the user said",
    Scope.ASSERT_SUBJECT: "name the subject, its roles and the agent; else the key fixes them",
    Scope.ASSERT_CONTEXT: "send `context`",
    Scope.ASSERT_FACTS: "send `facts`",
    Scope.ASSERT_SESSION: "open and name a session",
    Scope.APPROVE: "see and decide the approvals of its tenant, never those that it asked for",
    Scope.FEEDBACK: "report on decisions; for people, and never on one key with `check`",
    Scope.AUDIT: "read every decision, approval and administrative act of its tenant",
    Scope.BUNDLE_READ: "fetch the policies in force as a signed bundle, and nothing else; only on "
    "keys of the tenant `default`",
    Scope.POLICY_READ: "read policies, bundles and what memory learned; only on keys of the "
    "tenant `default`, as the next two",
    Scope.POLICY_WRITE: "edit drafts of policies",
    Scope.POLICY_PUBLISH: "publish policies, bind them, and take that back; take back what "
    "memory learned",
    Scope.RECORDS_WRITE: "ship the records of a sidecar; only on keys of the tenant `default`",
    Scope.ADMIN: "keep the keys of its tenant, freeze, and delete any session of it; "
    "the operator's also breaks glass",
}
POLICIES: Final = frozenset((Scope.POLICY_READ, Scope.POLICY_WRITE, Scope.POLICY_PUBLISH))
OPERATORS: Final = POLICIES | {Scope.BUNDLE_READ, Scope.RECORDS_WRITE}


class ScopeError(DrawbarError):
    """A key that nobody may hold: its scopes, its tenant, or its end."""


def checked(scopes: Iterable[Scope], tenant: str = DEFAULT_TENANT) -> frozenset[Scope]:
    """Refuse scopes that may not stand on one key, or not on one of this tenant."""
    granted = frozenset(scopes)
    if not granted:
        raise ScopeError("a key needs at least one scope")
    if {Scope.FEEDBACK, Scope.CHECK} <= granted:
        raise ScopeError("`feedback` and `check` never stand on one key: no agent grades itself")
    if tenant != DEFAULT_TENANT and (operators := sorted(OPERATORS & granted)):
        words = f"`{operators[0]}` stands on keys of the tenant `{DEFAULT_TENANT}` alone"
        raise ScopeError(f"{words}: it is for all tenants")
    return granted
