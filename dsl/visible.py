"""Which tools a list may leave out: those whose every call is denied, whatever it holds.

Only the tool, the subject, the agent and the time are known. Of arguments, context, facts and all
that a session knows every answer is possible, so nothing that rests on them hides a tool.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Final

from dsl import syntax, walk
from dsl.evaluation import choosing, conditions, origin
from dsl.evaluation.opinion import Bound
from dsl.evaluation.scope import Names, Purse, Scope
from dsl.model import NOTHING, Effect, ToolCall
from dsl.types import Truth, Unknown

_OPEN_ROOTS: Final = ("args", "context", "fact", "session", "result", "reply")
_OPEN_NODES: Final = (
    *(syntax.Past, syntax.From, syntax.Has, syntax.Saw, syntax.UserSaid, syntax.Judged),
)

# What a condition may come to: true, false, or None for unknown.
Truths = frozenset[bool | None]
_ANY: Final[Truths] = frozenset({True, False, None})
_UNKNOWN: Final[Truths] = frozenset({None})


def visible(policies: Sequence[Bound], call: ToolCall, now: datetime) -> bool:
    """Tell whether some call of a tool may be allowed or asked about.

    Of `call` the server, tool, subject and agent count.
    """
    if not any(one.published and not one.policy.is_overlay for one in policies):
        return False
    blank = ToolCall("-", call.tool, NOTHING, call.server, call.subject, call.agent)
    return all(_may_pass(one, Scope(blank, now)) for one in policies)


def _may_pass(bound: Bound, case: Scope) -> bool:
    """Tell whether a policy may say anything but deny.

    Rules that ask for a learned score are left aside: they can only make it stricter.
    """
    if _never_valid(bound, case.call):
        return False
    scope = bound.scope(case)
    rules = [
        (rule, _outcomes(rule, scope, bound)) for rule in bound.policy.rules if _is_plain(rule)
    ]
    plain = [pair for pair in rules if pair[0].name not in bound.names.judgements]
    surely = [rule for rule, may in plain if rule.effect is Effect.DENY and False not in may]
    certain = [rule for rule, may in plain if rule.effect is not Effect.DENY and True in may]
    if any(all(deny.priority < rule.priority for deny in surely) for rule in certain):
        return True
    return not surely and not _denies_by_default(bound.policy)


def _is_plain(rule: syntax.Rule) -> bool:
    return rule.phase == "call" and not rule.shadow


def _denies_by_default(policy: syntax.Policy) -> bool:
    if policy.is_overlay:
        return False
    return policy.default is None or policy.default.effect is Effect.DENY


def _never_valid(bound: Bound, call: ToolCall) -> bool:
    """Tell whether no call of the tool fits the tools file."""
    if bound.tools is None:
        return False
    undeclared = bound.tools.find(call) is None and not bound.policy.is_overlay
    return undeclared or bound.tools.why_hidden(call) is not None


def _outcomes(rule: syntax.Rule, scope: Scope, bound: Bound) -> Truths:
    """Return how a rule may apply: true, by unknown, or, as false, not at all."""
    if choosing.passes_over(rule, scope.call):
        return frozenset({False})
    scope = scope.judging(rule.effect, Purse())
    tests = (rule.selector.where, rule.condition)
    if bound.published and not any(_is_open(test, bound.names) for test in tests):
        found = choosing.applies(rule, scope, bound.tools)
        return frozenset({False if found is None else _plain(found)})
    if not choosing.in_force(rule.valid, scope):
        return frozenset({False})
    chosen, held = _chosen(rule, scope, bound), _ANY
    held = frozenset({True}) if rule.condition is None else _possible(rule.condition, scope)
    joined = _joined((chosen, held), _all)
    # An allow never applies by unknown.
    return joined if rule.effect is not Effect.ALLOW else frozenset(one or False for one in joined)


def _chosen(rule: syntax.Rule, scope: Scope, bound: Bound) -> Truths:
    """Return whether a rule may speak of the tool."""
    where = rule.selector.where
    if where is None:
        return frozenset({_plain(choosing.chooses(rule, scope, bound.tools))})
    if _is_open(where, bound.names):
        return _ANY
    return _UNKNOWN | {_plain(choosing.chooses(rule, scope, bound.tools))}


def _possible(condition: syntax.Condition, scope: Scope) -> Truths:
    """Return what a condition may come to.

    It may always be unknown: what stands beside it may be so much that no steps are left for it.
    """
    match condition:
        case syntax.And(parts):
            found = _joined((_possible(part, scope) for part in parts), _all)
        case syntax.Or(parts):
            found = _joined((_possible(part, scope) for part in parts), _any)
        case syntax.Not(inner):
            found = frozenset(None if one is None else not one for one in _possible(inner, scope))
        case syntax.Holds(syntax.Path(root, (), optional)) if root in scope.names.lets:
            found = _named(scope.names.lets[root].value, scope, optional=optional)
        case _ if _is_open(condition, scope.names):
            found = _ANY
        case _:
            found = frozenset({_plain(conditions.evaluate(condition, _afresh(scope)))})
    return found | _UNKNOWN


def _named(value: syntax.Expression, scope: Scope, *, optional: bool) -> Truths:
    """Return what a named condition may come to; a `?` turns one that is absent into false."""
    if not isinstance(value, syntax.And | syntax.Or | syntax.Not | syntax.Test):
        return _ANY
    found = _possible(value, scope)
    return found | {False} if optional else found


def _afresh(scope: Scope) -> Scope:
    return scope.judging(scope.effect, Purse())


def _plain(truth: Truth) -> bool | None:
    return None if isinstance(truth, Unknown) else truth


def _joined(
    parts: Iterable[Truths], join: Callable[[Iterable[bool | None]], bool | None]
) -> Truths:
    """Return what parts may come to together, each by itself."""
    found: Truths | None = None
    for part in parts:
        found = part if found is None else frozenset(map(join, product(found, part)))
    return _ANY if found is None else found


def _all(parts: Iterable[bool | None]) -> bool | None:
    known = set(parts)
    return False if False in known else None if None in known else True


def _any(parts: Iterable[bool | None]) -> bool | None:
    known = set(parts)
    return True if True in known else None if None in known else False


def _is_open(tree: syntax.Condition | syntax.Expression | None, names: Names) -> bool:
    """Tell whether something rests on what is not known, itself or through a name."""
    if tree is None:
        return False
    todo: list[object] = [tree]
    seen: set[str] = set()
    while todo:
        here = todo.pop()
        for node in walk.nodes(here, syntax.Node):
            if isinstance(node, _OPEN_NODES) or _asks(node, names.tables):
                return True
            if isinstance(node, syntax.Path):
                if node.root in _OPEN_ROOTS:
                    return True
                if node.root in names.lets and node.root not in seen:
                    seen.add(node.root)
                    todo.append(names.lets[node.root].value)
    return False


def _asks(node: syntax.Node, tables: Mapping[str, syntax.Table]) -> bool:
    """Tell whether a function is answered by what a session knows."""
    return (
        isinstance(node, syntax.CallOf)
        and node.name not in tables
        and node.name in origin.QUESTIONS
    )
