"""Takes conditions apart into tests that can be indexed: one value of the call, and constants.

A condition becomes clauses, of which one must hold; a clause is atoms, all of which must. What
cannot be indexed is left out, and the condition is then not `whole`: it may be told to be false,
and never to be true.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any, Final, Literal, NamedTuple

from dsl import kinds, patterns, syntax, walk
from dsl.evaluation import conditions, origin
from dsl.evaluation.scope import BUDGET, CHARACTERS, Scope
from dsl.functions import registry

MOST_CLAUSES: Final = 16  # that one rule may be written out to
# Of a rule's budget: what one value may cost to work out, and what a test of it may cost then.
VALUE_STEPS: Final = 1000
LONGEST: Final = 20_000  # characters of such a value
TEST_STEPS: Final = VALUE_STEPS + 1000
_ITEM_STEPS: Final = 4
_NODE_STEPS: Final = 2  # of a part of a test, and of its value where it is in a list
# In a call of short texts and lists, a function costs no more than this and what it says itself:
# one may make a text many times as long, and another an element of each of its characters.
SHORT: Final = 2000  # characters of a text
FEW: Final = 100  # elements of a list
_FUNCTION_STEPS: Final = 2100
_CALL: Final = ("args", "context", "tool", "agent", "subject", "session", "now", "result", "reply")
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_STYLES: Final = {"contains": "part", "starts_with": "start", "ends_with": "end", "like": "whole"}

Form = Literal["same", "order", "text", "there", "holds"]
Scalar = str | int | Decimal | bool


class Field(NamedTuple):
    """What is looked at: a value of the call, by its one spelling where it has a kind."""

    operand: syntax.Operand
    kind: str | None = None
    types: tuple[type, ...] = ()  # of the constants in it: `1` and `true` are equal to Python


def _field(operand: syntax.Operand, kind: str | None = None) -> Field:
    types = tuple(type(one.value) for one in walk.nodes(operand, syntax.Constant))
    return Field(operand, kind, types)


@dataclass(frozen=True, slots=True)
class Atom:
    """One test of one field against constants; `opposite` where it must not hold.

    `absent` is what it comes to where the field is absent and has a `?`.
    """

    field: Field
    form: Form
    how: str  # the operator of `order`, the style of `text`
    constants: tuple[Scalar, ...]
    opposite: bool
    absent: bool


class Clauses(NamedTuple):
    """A condition taken apart."""

    any_of: tuple[tuple[Atom, ...], ...]
    whole: bool
    steps: int = 0  # of a rule's budget, that the tests may take at most


_OPEN: Final = Clauses(((),), whole=False)
_ALWAYS: Final = Clauses(((),), whole=True)


def apart(rule: syntax.Rule, scope: Scope) -> Clauses:
    """Take a rule's condition apart for the tool of the scope's call."""
    if rule.selector.where is not None:  # that is tested first, by what a file says
        return _OPEN
    found = _ALWAYS if rule.condition is None else _apart(rule.condition, scope, opposite=False)
    if found.steps >= BUDGET:  # the interpreter might give up on it half way
        return _OPEN
    return found._replace(whole=found.whole and rule.valid is None)


def _apart(node: syntax.Condition, scope: Scope, *, opposite: bool) -> Clauses:
    match node:
        case syntax.Not(inner):
            return _apart(inner, scope, opposite=not opposite)
        case syntax.And(parts) | syntax.Or(parts):
            ordered = conditions.in_order(parts, scope)
            taken = (_apart(part, scope, opposite=opposite) for part in ordered)
            return _every(taken) if isinstance(node, syntax.And) is not opposite else _some(taken)
        case syntax.Holds(syntax.Path(root, (), False)) if root in scope.names.lets:
            named = scope.names.lets[root].value
            if isinstance(named, syntax.Condition):
                return _apart(named, scope, opposite=opposite)
    costs = _costs(node, scope)
    found = _test(node, scope, opposite=opposite) if costs < BUDGET else None
    return _OPEN if found is None else found._replace(steps=found.steps + costs)


def _every(parts: Iterator[Clauses]) -> Clauses:
    """Join parts all of which must hold, up to the first that is not whole.

    Those behind it may never be looked at: it might use up all that the rule may spend.
    """
    ways: list[tuple[tuple[Atom, ...], ...]] = []
    steps = 0
    for part in parts:
        if math.prod(map(len, ways)) * len(part.any_of) > MOST_CLAUSES:
            return Clauses(_joined(ways), whole=False, steps=steps)
        ways.append(part.any_of)
        steps += part.steps
        if not part.whole or steps >= BUDGET:
            return Clauses(_joined(ways), whole=False, steps=steps)
    return Clauses(_joined(ways), whole=True, steps=steps)


def _joined(ways: list[tuple[tuple[Atom, ...], ...]]) -> tuple[tuple[Atom, ...], ...]:
    return tuple(tuple(atom for clause in way for atom in clause) for way in product(*ways))


def _some(parts: Iterator[Clauses]) -> Clauses:
    """Join parts one of which must hold."""
    clauses: tuple[tuple[Atom, ...], ...] = ()
    steps, whole = 0, True
    for part in parts:
        clauses += part.any_of
        steps += part.steps
        whole = whole and part.whole
        if () in part.any_of or len(clauses) > MOST_CLAUSES or steps >= BUDGET:
            return _OPEN
    return Clauses(clauses, whole, steps)


def _test(node: syntax.Condition, scope: Scope, *, opposite: bool) -> Clauses | None:
    match node:
        case syntax.Present(path) if _is_of_call(path, scope):
            return _one(_field(path), "there", opposite=opposite, absent=opposite)
        case syntax.Holds(inner) if _is_of_call(inner, scope):
            return _one(_field(inner), "same", constants=(True,), opposite=opposite)
        case syntax.PatternMatch(left, pattern) if _is_of_call(left, scope):
            return _one(_field(left), "text", "whole", (pattern,), opposite=opposite)
        case syntax.TextMatch(left, operator, right) if _is_of_call(left, scope):
            return _text(left, operator, _constant(right, scope), opposite=opposite)
        case syntax.Membership(left, right, negated) if _is_of_call(left, scope):
            return _membership(left, right, scope, negated=negated, opposite=opposite)
        case syntax.Membership(left, syntax.Path() as right, negated) if _is_of_call(right, scope):
            given, turned = _constant(left, scope), opposite is not negated
            return _holding(right, given, scope, turned=turned, absent=opposite)
        case syntax.Comparison(left, operator, right):
            kind = scope.kind(left) or scope.kind(right)
            if _is_of_call(left, scope):
                return _comparison(left, operator, _constant(right, scope), kind, opposite=opposite)
            if _is_of_call(right, scope):
                given = _constant(left, scope)
                return _comparison(right, _TURNED[operator], given, kind, opposite=opposite)
    return None


def _one(  # noqa: PLR0913 - an atom has as many parts
    field: Field,
    form: Form,
    how: str = "",
    constants: tuple[Scalar, ...] = (),
    *,
    opposite: bool,
    absent: bool | None = None,
    steps: int = TEST_STEPS,
) -> Clauses:
    """Return a single test; where its value is absent by a `?`, what was written is false."""
    atom = Atom(field, form, how, constants, opposite, opposite if absent is None else absent)
    return Clauses(((atom,),), whole=True, steps=steps)


def _text(
    left: syntax.Operand, operator: str, right: Scalar | None, *, opposite: bool
) -> Clauses | None:
    if not isinstance(right, str) or len(right) > LONGEST:
        return None
    if operator == "like":
        if patterns.glob_fault(right):
            return None
        right = patterns.from_glob(right)
    return _one(_field(left), "text", _STYLES[operator], (right,), opposite=opposite)


def _comparison(
    left: syntax.Operand, operator: str, right: Scalar | None, kind: str | None, *, opposite: bool
) -> Clauses | None:
    if right is None or (isinstance(right, str) and len(right) > LONGEST):
        return None
    if operator in _OPPOSITE:
        if isinstance(right, str | bool):
            return None
        how = _OPPOSITE[operator] if opposite else operator
        return _one(_field(left), "order", how, (right,), opposite=False, absent=opposite)
    constants = _spelled((right,), kind)
    if constants is None:
        return None
    turned = opposite is not (operator == "!=")
    return _one(_field(left, kind), "same", "", constants, opposite=turned, absent=opposite)


def _membership(
    left: syntax.Operand,
    right: syntax.Operand | syntax.Range,
    scope: Scope,
    *,
    negated: bool,
    opposite: bool,
) -> Clauses | None:
    turned = opposite is not negated
    if isinstance(right, syntax.Range):
        return _range(left, right, scope, turned=turned, absent=opposite)
    items = _constants(right, scope)
    if not items or any(isinstance(one, str) and len(one) > LONGEST for one in items):
        return None
    kind = scope.kind(left)
    constants = _spelled(items, kind)
    if constants is None:
        return None
    reading = sum(kinds.STEPS + len(str(one)) // CHARACTERS for one in items) if kind else 0
    steps = TEST_STEPS + len(items) * _ITEM_STEPS + reading
    return _one(
        _field(left, kind), "same", "", constants, opposite=turned, absent=opposite, steps=steps
    )


def _holding(
    right: syntax.Path, left: Scalar | None, scope: Scope, *, turned: bool, absent: bool
) -> Clauses | None:
    """Take apart whether a list of the call holds a constant."""
    each = syntax.Path(right.root, (*right.steps, syntax.EACH))
    if left is None or (isinstance(left, str) and len(left) > LONGEST) or scope.kind(each):
        return None
    return _one(_field(right), "holds", "", (left,), opposite=turned, absent=absent)


def _range(
    left: syntax.Operand, right: syntax.Range, scope: Scope, *, turned: bool, absent: bool
) -> Clauses | None:
    low, high = _constant(right.low, scope), _constant(right.high, scope)
    if low is None or high is None or isinstance(low, str | bool) or isinstance(high, str | bool):
        return None
    field = _field(left)
    ends = ((">=", low), ("<=", high))
    found = [
        _one(
            field,
            "order",
            _OPPOSITE[how] if turned else how,
            (end,),
            opposite=False,
            absent=absent,
        )
        for how, end in ends
    ]
    return _some(iter(found)) if turned else _every(iter(found))


def _spelled(items: tuple[Scalar, ...], kind: str | None) -> tuple[Scalar, ...] | None:
    """Return constants as they are compared: all of one type, or all in the form of a kind."""
    if kind is not None:
        read = tuple(kinds.read(one, kind) for one in items)
        known = tuple(one for one in read if one is not None)
        return known if len(known) == len(read) else None
    return items if len({_type(one) for one in items}) == 1 else None


def _type(value: Scalar) -> type:
    return int if isinstance(value, Decimal) else type(value)


def _constants(node: syntax.Operand, scope: Scope) -> tuple[Scalar, ...] | None:
    """Return the elements of a list that is written in the policy."""
    if isinstance(node, syntax.Path) and _names_let(node, scope):
        return _constants_of(scope.names.lets[node.root].value, scope)
    return _constants_of(node, scope)


def _constants_of(node: object, scope: Scope) -> tuple[Scalar, ...] | None:
    if not isinstance(node, syntax.ListOf):
        return None
    found = tuple(_constant(item, scope) for item in node.items)
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def _constant(node: object, scope: Scope) -> Scalar | None:
    """Return a text, number or truth value that is written in the policy."""
    match node:
        case syntax.Constant(bool() | int() | str() as value):
            return value
        case syntax.Constant(Decimal() as value) if value.is_finite():
            return value
        case syntax.Minus(syntax.Constant(int() as value)) if not isinstance(value, bool):
            return -value
        case syntax.Path() if _names_let(node, scope):
            return _constant(scope.names.lets[node.root].value, scope)
        case _:
            return None


def _names_let(node: syntax.Path, scope: Scope) -> bool:
    return node.root in scope.names.lets and not node.steps and not node.optional


def _costs(node: object, scope: Scope) -> int:
    """Return what the parts of a test may cost in a call that is short, with all that they name."""
    names, known = scope.names, dict[str, int]()

    def costs(tree: object) -> int:
        found = 0
        for one in walk.nodes(tree, syntax.Node):
            found += _NODE_STEPS
            if isinstance(one, syntax.CallOf):
                found += _FUNCTION_STEPS + _own(one.name, scope)
            elif isinstance(one, syntax.Path) and one.root in names.lets:
                if one.root not in known:
                    known[one.root] = costs(names.lets[one.root].value)
                found += known[one.root]
        return found

    return costs(node)


def _own(name: str, scope: Scope) -> int:
    """Return what a function or table costs whatever it is given."""
    if name in scope.names.tables:
        return len(scope.names.tables[name].rows)
    known = registry.find(name)
    return known[0].steps if known else BUDGET


def _is_of_call(node: Any, scope: Scope) -> bool:
    """Tell whether a value is worked out of the call and the policy alone, and is no constant."""
    return _reads(node, scope) is True


def _reads(node: Any, scope: Scope) -> bool | None:
    """Tell whether the call is read for a value; None where something else is too."""
    match node:
        case syntax.Constant():
            return False
        case syntax.Path(_, steps) if syntax.EACH in steps:
            return None
        case syntax.Path(root):
            if root in scope.names.lets:
                return _reads(scope.names.lets[root].value, scope)
            return True if root in _CALL else None
        case syntax.ListOf(inner) | syntax.CallOf(_, inner):
            if isinstance(node, syntax.CallOf) and not _is_plain(node.name, scope):
                return None
            return _reads_any(inner, scope)
        case syntax.Arithmetic(left, _, right):
            return _reads_any((left, right), scope)
        case syntax.Minus(inner):
            return _reads(inner, scope)
        case _:
            return None


def _is_plain(name: str, scope: Scope) -> bool:
    """Tell a table or function from a question about the session."""
    if name in scope.names.tables:
        return True
    return name not in origin.QUESTIONS and name in registry.NAMES


def _reads_any(nodes: tuple[Any, ...], scope: Scope) -> bool | None:
    found = [_reads(one, scope) for one in nodes]
    return None if None in found else any(found)
