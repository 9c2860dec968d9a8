"""What rules require along with a call: another tool before it or after it, somebody told."""

from collections.abc import Iterable
from dataclasses import replace

from dsl import syntax
from dsl.evaluation import history
from dsl.evaluation.opinion import by_rule
from dsl.evaluation.scope import Scope
from dsl.model import Effect, Obligation, Reason
from dsl.types import Truth


def obligations(acting: Iterable[tuple[syntax.Policy, syntax.Rule]]) -> tuple[Obligation, ...]:
    """Return what is still to be done once the call runs."""
    found = []
    for policy, rule in acting:
        for duty in rule.duties:
            match duty:
                case syntax.Notify(to):
                    found.append(Obligation("notification", to, policy.name, rule.name))
                case syntax.MustCall(tool, "after"):
                    found.append(Obligation("call_after", tool, policy.name, rule.name))
                case _:
                    pass
    return tuple(dict.fromkeys(found))


def unmet(policy: syntax.Policy, rule: syntax.Rule, scope: Scope) -> Reason | None:
    """Return the reason to refuse, where a requirement of the rule is not surely met."""
    for duty in rule.duties:
        if isinstance(duty, syntax.MustCall) and (met := _met(duty, scope)) is not True:
            refusal = by_rule(policy, rule, met)
            order = "before it" if duty.when == "before" else "after each earlier call of it"
            words = f"`{duty.tool}` must be called {order}"
            # Why the call would be allowed is no reason for refusing it.
            return replace(refusal, effect=Effect.DENY, because=None, detail=words)
    return None


def _met(duty: syntax.MustCall, scope: Scope) -> Truth:
    """Before: the tool was called. After: the last call of this one was followed by the tool."""
    if duty.when == "before":
        return history.called(duty.tool, scope)
    return history.followed(scope.call.qualified, duty.tool, scope)
