"""Whether a rule applies to a call: its tools, its days, its condition."""

from collections.abc import Mapping
from typing import Any, Final

from dsl import selectors, syntax
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope
from dsl.model import Cause, Effect, ToolCall
from dsl.toolspec import Tools
from dsl.types import Truth, Unknown, all_of

ANNOTATIONS: Final = "annotations"


def applies(rule: syntax.Rule, scope: Scope, tools: Tools | None = None) -> Truth | None:
    """Return true or unknown where a rule applies, else None: allow never applies by unknown.

    What comes out of a call is let through where no rule applies, so there a rule that changes it
    applies by unknown too.
    """
    if not in_force(rule.valid, scope):
        return None
    chosen = chooses(rule, scope, tools)
    if chosen is False:
        return None
    held: Truth = True if rule.condition is None else conditions.evaluate(rule.condition, scope)
    truth = all_of((chosen, held))
    if isinstance(truth, Unknown):
        loosens = rule.effect is Effect.ALLOW and rule.phase == "call"
        return None if loosens else truth
    return truth or None


def passes_over(rule: syntax.Rule, call: ToolCall) -> bool:
    """Tell at once that a rule speaks of other tools, as most rules do."""
    by_name = rule.phase != "reply" and rule.selector.where is None
    return by_name and not selectors.selects(rule.selector, call)


def chooses(rule: syntax.Rule, scope: Scope, tools: Tools | None) -> Truth:
    """Tell whether a rule speaks of a call's tool."""
    selector = rule.selector
    if rule.phase == "reply":
        return True
    if selector.where is None:
        return selectors.selects(selector, scope.call)
    if selectors.listed(selector.excluded, scope.call):
        return False
    tool = tools.find(scope.call) if tools is not None else None
    if tool is None:
        return Unknown(Cause.MISSING, "tools")
    return _described(selector.where, tool.metadata, scope)


def _described(where: syntax.Condition, metadata: Mapping[str, Any], scope: Scope) -> Truth:
    """Test what the tools file says of a tool.

    Its annotations are the tool server's own words: nothing that rests on them is ever certain.
    """
    described = scope.bind(ANNOTATIONS, Unknown(Cause.ANNOTATION, ANNOTATIONS))
    for name, value in metadata.items():
        described = described if name == ANNOTATIONS else described.bind(name, value)
    return conditions.evaluate(where, described)


def in_force(valid: syntax.Validity | None, scope: Scope) -> bool:
    """Tell whether a rule is in force on the day of the decision."""
    if valid is None:
        return True
    today = scope.now.astimezone(scope.names.zone).date()
    begun = valid.first is None or valid.first <= today
    return begun and (valid.last is None or today <= valid.last)
