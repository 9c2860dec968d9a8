"""What memory advises about a call that is asked about or denied: rules that ask nobody yet.

It is for people who decide, and for who asks; no model is ever told, and no effect rests on it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.learning.naming import name_of
from dsl.model import By, Decision, Effect
from memory.approvals.approval import StoredApproval
from memory.induction.evidence import Side
from memory.induction.rule import Level

if TYPE_CHECKING:
    from app.wiring import Gateway

_BOUND = 10_000


async def advice(gateway: "Gateway", approval: StoredApproval) -> list[str]:
    """Return a sentence for each learned rule at `advise` that held of a call when it was asked."""
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
    return [f"{_sentence(one)} ({_proof(one)})" for one in _advising(held, matched)]


def with_advice(held: Mapping[str, Any], decision: Decision) -> Decision:
    """Return a decision with the best proved rule at `advise` that holds of its call, if any does.

    What is let through is told nothing, and neither is how well a rule is proved.
    """
    if decision.effect is Effect.ALLOW:
        return decision
    overlay = name_of(held["tenant"])
    shadow = decision.verdict.shadow
    matched = {one.rule for one in shadow if one.policy == overlay and one.by is By.TRUE}
    rules = list(_advising(held, matched))
    if not rules:
        return decision
    best = min(rules, key=lambda one: (-one["L"], one["id"]))
    return replace(decision, advice=f"Mind: {_sentence(best)}.")


def _advising(held: Mapping[str, Any], matched: set[Any]) -> Iterator[Any]:
    rules = (one for one in held["told"]["rules"] if one["id"] in matched)
    yield from (
        one for one in rules if (one["side"], one["level"]) == (str(Side.DENY), str(Level.ADVISE))
    )


def _sentence(one: Any) -> str:
    """Say it with the conditions of the rule, as people read them."""
    return f"calls of {one['tool']} were reported as violations where {one['condition']}"


def _proof(one: Any) -> str:
    return f"L={one['L'] / _BOUND:g}, {one['id']}"
