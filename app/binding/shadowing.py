"""Policies in shadow: what they would have changed is told beside a decision, and changes nothing.

Each is judged together with those that enforce, as if it did too, and apart from other shadows.
One that cannot be judged is told in the log, and changes nothing either.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from app.binding.trial import enforcing, same_done
from app.deciding.shield import shielded
from app.policy.policies import PolicySet
from dsl.interpret import Bound
from dsl.model import Reason, ReasonCode, Verdict

# Nothing that policies decided, so none of them would have decided otherwise.
_BESIDE: Final = (ReasonCode.CANARY, ReasonCode.FAULT, ReasonCode.FROZEN)


def with_shadows(
    policies: PolicySet,
    verdict: Verdict,
    now: datetime,
    judge: Callable[[Sequence[Bound]], Verdict],
) -> Verdict:
    """Return a verdict with the reasons of each policy in shadow that would have changed it."""
    if not policies.shadowed or verdict.code in _BESIDE:
        return verdict
    alone = enforcing(policies, now)
    told: list[Reason] = []
    for one in policies.shadowed:
        said = shielded(partial(judge, [*alone, one]), lambda: verdict, shadow=one.policy.name)
        if not same_done(said, verdict):
            told += _reasons(said, one.policy.name)
    return replace(verdict, shadow=(*verdict.shadow, *told))


def _reasons(said: Verdict, policy: str) -> list[Reason]:
    """Return what a policy in shadow would have decided by; its tools file has no name itself."""
    own = [one for one in said.reasons if one.policy == policy]
    return own or [replace(one, policy=policy) for one in said.reasons[:1]]


def differing(policies: PolicySet, verdict: Verdict) -> Iterator[str]:
    """Yield the policies in shadow that would have changed a verdict."""
    named = {one.policy for one in verdict.shadow}
    yield from (one.policy.name for one in policies.shadowed if one.policy.name in named)
