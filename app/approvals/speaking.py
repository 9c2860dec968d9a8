"""A client that speaks for its user: what the user says in its form answers `approver user`.

By default no client does: a program that asks could answer itself. Who does is a setting, for a key
or for a client of an authorization server. The answer goes the way of every other answer.
"""

from collections.abc import Collection
from typing import Final

from app.approvals.deciding import decide
from app.auth import Caller
from app.problems import Problem
from app.wiring import Gateway
from memory.approvals.approval import Status, StoredApproval
from memory.keys import ApiKey, Scope

FORM: Final = "form:"  # before the id of the key that the answer came with
_TOKENS: Final = "o_"  # ids that stand for access tokens begin so


def names(key: ApiKey) -> frozenset[str]:
    """Return how settings may name a caller: `key:ID`, and `client:ID` if it came with a token."""
    if key.id.startswith(_TOKENS) and key.agent is not None:
        return frozenset((f"key:{key.id}", f"client:{key.agent}"))
    return frozenset((f"key:{key.id}",))


def speaks(listed: Collection[str], key: ApiKey) -> bool:
    """Tell whether a caller is listed as one that speaks for its user."""
    return not names(key).isdisjoint(listed)


async def answer_for_user(
    gateway: Gateway, caller: Caller, approval_id: str, said: Status
) -> StoredApproval:
    """Store what the caller's own user said of a call that this very caller asked for.

    Whoever calls this has found that the caller speaks for its user. It answers for its own
    subject, to what was asked with its own key, and only where the rule says `approver user`.
    """
    key = caller.key
    caller.require(Scope.CHECK)
    if key.id not in await gateway.approving.approvals.requesters(approval_id):
        raise Problem(404, "not_found", "there is no such approval")
    person = ApiKey(
        id=FORM + key.id,
        tenant=key.tenant,
        name=f"the user, through {key.name}",
        subject=key.subject,
        agent=None,
        scopes=frozenset((Scope.APPROVE,)),
        created_at=key.created_at,
    )
    return await decide(gateway, Caller(person), approval_id, said, None)
