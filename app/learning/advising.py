"""What memory advises people who decide about a call: rules on the way, which ask nobody yet."""

from typing import TYPE_CHECKING, Any

from app.learning.naming import name_of
from dsl.model import By
from memory.approvals.approval import StoredApproval
from memory.induction.evidence import Side
from memory.induction.rule import Level

if TYPE_CHECKING:
    from app.wiring import Gateway

_BOUND = 10_000


async def advice(gateway: "Gateway", approval: StoredApproval) -> list[str]:
    """Return a sentence for each learned rule at `advise` that held of a call when it was asked.

    It is for people alone: no guard and no agent is told.
    """
    learning = gateway.learning
    held = None if learning is None else learning.learned.held.get(approval.tenant)
    if held is None:
        return []
    name = await gateway.approving.approvals.first_asked(approval.id)
    record = None if name is None else await gateway.records.get(name)
    overlay = name_of(approval.tenant)
    matched = {
        one["rule"]
        for one in (() if record is None else record.shadow)
        if one["policy"] == overlay and one["by"] == By.TRUE
    }
    rules = (one for one in held["told"]["rules"] if one["id"] in matched)
    return [_sentence(one) for one in rules if _advises(one)]


def _advises(one: Any) -> bool:
    return (one["side"], one["level"]) == (str(Side.DENY), str(Level.ADVISE))


def _sentence(one: Any) -> str:
    """Say it with the conditions of the rule, as people read them."""
    proved = f"L={one['L'] / _BOUND:g}, {one['id']}"
    return f"calls of {one['tool']} were reported as violations where {one['condition']} ({proved})"
