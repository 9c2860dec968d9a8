"""What reading a test takes of a rule's budget at most, in a call that is short.

A budget is part of what a rule means: one that uses it up is unknown, whatever its tests are. So
the index knows few operands, those whose price is plain: places in the call, some functions of
one, and constants. All else has no price here, and is left to the interpreter.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import NoneType
from typing import Any, Final

from dsl import kinds, syntax
from dsl.evaluation.scope import CHARACTERS, Scope
from dsl.model import NOTHING, ToolCall

# In a short call nothing is longer: neither a text, in characters, nor a list or an object.
LONGEST: Final = 50_000
MOST: Final = 1000
_ROOTS: Final = ("args", "context", "tool", "agent", "subject", "session", "now", "result", "reply")
# Functions that make nothing longer than three times what they are given, in one look at it.
_LIGHT: Final = (
    *("date", "domain", "host", "hour", "len", "lower", "scheme", "trim", "under", "weekday"),
)
_TEST: Final = 2 * kinds.STEPS + 10
_PLACE: Final = LONGEST // CHARACTERS + 10
_FUNCTION: Final = 4 * _PLACE
_ITEM: Final = 5
_LEAVES: Final = frozenset({int, bool, float, Decimal, NoneType})


def is_short(call: ToolCall, content: Mapping[str, Any] = NOTHING) -> bool:
    """Tell whether a call holds nothing so long that a rule's budget could come into it."""
    return _is_short(call.args) and _is_short(content) and is_short_beside(call)


def is_short_beside(call: ToolCall) -> bool:
    """Tell the same of all of a call but its arguments."""
    if call.context and not _is_short(call.context):
        return False
    who = call.subject
    if who.roles and not _is_short(who.roles):
        return False
    names = len(call.tool) + len(call.server or "") + len(call.session or "")
    return names + len(call.agent or "") + len(who.id or "") <= LONGEST


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST
    if type(value) in _LEAVES:  # told before what takes longer to tell
        return True
    if isinstance(value, Mapping):
        return len(value) <= MOST and all(map(_is_short, value.values()))
    return not isinstance(value, list | tuple) or (
        len(value) <= MOST and all(map(_is_short, value))
    )


def price(test: syntax.Condition, scope: Scope) -> int | None:
    """Return what reading a test takes at most; nothing where that is not plain."""
    match test:
        case syntax.Present(one) | syntax.Holds(one) | syntax.PatternMatch(one, _):
            sides = [_operand(one, scope)]
        case syntax.Comparison(left, _, right) | syntax.TextMatch(left, _, right):
            sides = [_operand(left, scope), _operand(right, scope)]
        case syntax.Membership(left, syntax.Range(low, high), _):
            sides = [_operand(one, scope) for one in (left, low, high)]
        case syntax.Membership(left, right, _):
            sides = [_operand(left, scope), _listed(right, scope, scope.kind(left))]
        case _:
            return None
    known = [one for one in sides if one is not None]
    return _TEST + sum(known) if len(known) == len(sides) else None


def _operand(node: object, scope: Scope) -> int | None:
    if constant(node, scope) is not None or _is_place(node, scope):
        return _PLACE
    match node:
        case syntax.CallOf(name, inner) if name in _LIGHT and name not in scope.names.tables:
            plain = all(isinstance(one, syntax.Constant) or _is_place(one, scope) for one in inner)
            return _FUNCTION if plain and len(inner) == _TAKES[name] else None
        case _:
            return None


_TAKES: Final = {name: 2 if name == "under" else 1 for name in _LIGHT}


def _is_place(node: object, scope: Scope) -> bool:
    """Tell a place in the call, which is no name of the policy."""
    match node:
        case syntax.Path(root, steps):
            return root in _ROOTS and root not in scope.names.lets and syntax.EACH not in steps
        case _:
            return False


def _listed(node: object, scope: Scope, kind: str | None) -> int | None:
    """Return the price of a list that is written in the policy, or of one in the call."""
    items = constants(node, scope)
    if items is None:
        return _given(node, scope) if kind is None else None
    reading = sum(kinds.STEPS + len(str(one)) // CHARACTERS for one in items) if kind else 0
    return _ITEM * len(items) + reading


def _given(node: object, scope: Scope) -> int | None:
    """Return the price of a list in the call; where its items have a kind, each is read as one."""
    if not isinstance(node, syntax.Path) or not _is_place(node, scope):
        return None
    each = syntax.Path(node.root, (*node.steps, syntax.EACH))
    return None if scope.kind(each) else MOST * _ITEM + _PLACE


def constants(node: object, scope: Scope) -> tuple[Any, ...] | None:
    """Return the elements of a list that is written in the policy, there or under a name."""
    if isinstance(node, syntax.Path) and _names(node, scope):
        node = scope.names.lets[node.root].value
    if not isinstance(node, syntax.ListOf):
        return None
    found = [_written(item) for item in node.items]
    return None if None in found else tuple(found)


def constant(node: object, scope: Scope) -> Any:
    """Return a text, number or truth value that is written in the policy, there or under a name."""
    if isinstance(node, syntax.Path) and _names(node, scope):
        return _written(scope.names.lets[node.root].value)
    return _written(node)


def _names(node: syntax.Path, scope: Scope) -> bool:
    return node.root in scope.names.lets and not node.steps and not node.optional


def _written(node: object) -> Any:
    match node:
        case syntax.Constant(str() as value) if len(value) <= LONGEST:
            return value
        case syntax.Constant(bool() | int() as value):
            return value
        case syntax.Constant(Decimal() as value) if value.is_finite():
            return value
        case _:
            return None
