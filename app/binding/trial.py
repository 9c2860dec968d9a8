"""Policies that only observe: what they would refuse passes, and is told.

All is judged twice: by all policies, and by those that enforce alone. What is enforced is what the
latter say, so an observing policy refuses nothing, changes nothing and asks nobody; that a call is
valid against every tools file is no opinion of a policy, and stands either way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.policy.policies import PolicySet
from dsl.evaluation.opinion import Bound
from dsl.model import Effect, ReasonCode, Verdict
from dsl.syntax import Default, Policy

_HOLLOW: Final = "a policy that observes holds nothing back"


def judged(
    policies: PolicySet, now: datetime, judge: Callable[[Sequence[Bound]], Verdict]
) -> Verdict:
    """Return what is enforced, with what would be where that differs."""
    everything = judge(policies.bound)
    observing = policies.observing(now)
    if not observing or everything.code is ReasonCode.NO_POLICY:
        return everything
    enforced = judge(enforcing(policies, now))
    return _joined(everything, enforced, observing)


def enforcing(policies: PolicySet, now: datetime) -> list[Bound]:
    """Return the policies as they enforce: of one that observes only its tools are left."""
    observing = policies.observing(now)
    return [
        _hollow(policies, one) if one.published and one.policy.name in observing else one
        for one in policies.bound
    ]


def _hollow(policies: PolicySet, one: Bound) -> Bound:
    found = policies.hollow.get(one.policy.name)
    if found is None:
        written = () if one.policy.is_overlay else (Default(Effect.ALLOW, _HOLLOW),)
        found = Bound(Policy(one.policy.header, written), one.tools)
        policies.hollow[one.policy.name] = found
    return found


def _joined(everything: Verdict, enforced: Verdict, observing: Mapping[str, datetime]) -> Verdict:
    if everything.effect.strictness > enforced.effect.strictness or _does_more(
        everything, enforced
    ):
        return _told(everything, enforced, observing)
    return everything if enforced.effect is Effect.ALLOW else enforced


def _does_more(everything: Verdict, enforced: Verdict) -> bool:
    """Tell whether the same effect would come with other changes, duties or people."""
    return everything.effect is enforced.effect and not same_done(everything, enforced)


def same_done(one: Verdict, other: Verdict) -> bool:
    """Tell whether two verdicts come to the same: effect, changes, duties, and who is asked."""
    if one.effect is not other.effect or one.effect is Effect.DENY:
        return one.effect is other.effect
    return (one.changes, one.obligations, one.approval, one.changed) == (
        other.changes,
        other.obligations,
        other.approval,
        other.changed,
    )


def _told(everything: Verdict, enforced: Verdict, observing: Mapping[str, datetime]) -> Verdict:
    """Return what is enforced, with what would be; rules that refused nothing stand in `shadow`."""
    reasons = [one for one in everything.reasons if one.policy in observing]
    untils = [until for name, until in observing.items() if name in {r.policy for r in reasons}]
    told = replace(
        enforced,
        would=everything.effect,
        observe_until=min(untils or observing.values()),
        shadow=everything.shadow,
    )
    if enforced.effect is Effect.ALLOW:
        code = ReasonCode.OBSERVE
        return replace(told, code=code, reasons=everything.reasons, reply=None, wording=None)
    return replace(told, shadow=(*told.shadow, *reasons))


def observers(verdict: Verdict, observing: Mapping[str, datetime]) -> Iterator[str]:
    """Yield the observing policies that would have decided otherwise."""
    if verdict.would is None:
        return
    told = verdict.reasons if verdict.code is ReasonCode.OBSERVE else verdict.shadow
    named = dict.fromkeys(one.policy for one in told if one.effect is verdict.would)
    yield from (name for name in named if name is not None and name in observing)
