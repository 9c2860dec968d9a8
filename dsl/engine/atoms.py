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

from dsl import kinds, patterns, syntax
from dsl.engine.prices import constant, constants, price
from dsl.evaluation import conditions
from dsl.evaluation.scope import BUDGET, Scope

MOST_CLAUSES: Final = 16  # that one rule may be written out to
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_STYLES: Final = {"contains": "part", "starts_with": "start", "ends_with": "end", "like": "whole"}

Form = Literal["same", "order", "text", "there", "holds"]
Scalar = str | int | Decimal | bool


class Field(NamedTuple):
    """What is looked at: a value of the call, by its one spelling where it has a kind."""

    operand: syntax.Operand
    kind: str | None = None


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
    """A condition taken apart.

    Where it is `open`, reading it may use up the budget, so that nothing behind it is told.
    """

    any_of: tuple[tuple[Atom, ...], ...]
    whole: bool
    steps: int = 0  # of a rule's budget, that reading it takes at most
    open: bool = False


_OPEN: Final = Clauses(((),), whole=False, open=True)
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
    steps = price(node, scope)
    if steps is None:
        return _OPEN
    found = _test(node, scope, opposite=opposite) or ((),)
    return Clauses(found, whole=found != ((),), steps=steps)


def _every(parts: Iterator[Clauses]) -> Clauses:
    """Join parts all of which must hold, up to the first that reading may not come past."""
    ways: list[tuple[tuple[Atom, ...], ...]] = []
    steps, whole = 0, True
    for part in parts:
        steps += part.steps
        whole = whole and part.whole
        is_long = math.prod(map(len, ways)) * len(part.any_of) > MOST_CLAUSES
        ways += [] if is_long else [part.any_of]
        if is_long or part.open or steps >= BUDGET:
            return Clauses(_joined(ways), whole=False, steps=steps, open=True)
    return Clauses(_joined(ways), whole, steps)


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
        if part.open or len(clauses) > MOST_CLAUSES or steps >= BUDGET:
            return _OPEN
    return Clauses(clauses, whole, steps)


_Ways = tuple[tuple[Atom, ...], ...]


def _test(node: syntax.Condition, scope: Scope, *, opposite: bool) -> _Ways | None:
    match node:
        case syntax.Present(path):
            return _one(Field(path), "there", opposite=opposite, absent=opposite)
        case syntax.Holds(inner) if constant(inner, scope) is None:
            return _one(Field(inner), "same", "", (True,), opposite=opposite, absent=opposite)
        case syntax.PatternMatch(left, pattern) if constant(left, scope) is None:
            return _one(Field(left), "text", "whole", (pattern,), opposite=opposite)
        case syntax.TextMatch(left, operator, right) if constant(left, scope) is None:
            return _text(left, operator, constant(right, scope), opposite=opposite)
        case syntax.Membership(left, right, negated):
            turned = opposite is not negated
            return _membership(left, right, scope, turned=turned, absent=opposite)
        case syntax.Comparison(left, operator, right):
            kind = scope.kind(left) or scope.kind(right)
            if (given := constant(right, scope)) is not None:
                return _comparison(left, operator, given, kind, opposite=opposite)
            if (given := constant(left, scope)) is not None:
                return _comparison(right, _TURNED[operator], given, kind, opposite=opposite)
    return None


def _one(  # noqa: PLR0913 - an atom has as many parts
    field: Field,
    form: Form,
    how: str = "",
    given: tuple[Scalar, ...] = (),
    *,
    opposite: bool,
    absent: bool | None = None,
) -> _Ways:
    """Return a single test; where its value is absent by a `?`, what was written is false."""
    return ((Atom(field, form, how, given, opposite, opposite if absent is None else absent),),)


def _text(
    left: syntax.Operand, operator: str, right: Scalar | None, *, opposite: bool
) -> _Ways | None:
    if not isinstance(right, str):
        return None
    if operator == "like":
        if patterns.glob_fault(right):
            return None
        right = patterns.from_glob(right)
    return _one(Field(left), "text", _STYLES[operator], (right,), opposite=opposite)


def _comparison(
    left: syntax.Operand, operator: str, right: Scalar, kind: str | None, *, opposite: bool
) -> _Ways | None:
    if operator in _OPPOSITE:
        if isinstance(right, str | bool):
            return None
        how = _OPPOSITE[operator] if opposite else operator
        return _one(Field(left), "order", how, (right,), opposite=False, absent=opposite)
    spelled = _spelled((right,), kind)
    if spelled is None:
        return None
    turned = opposite is not (operator == "!=")
    return _one(Field(left, kind), "same", "", spelled, opposite=turned, absent=opposite)


def _membership(
    left: syntax.Operand,
    right: syntax.Operand | syntax.Range,
    scope: Scope,
    *,
    turned: bool,
    absent: bool,
) -> _Ways | None:
    if (given := constant(left, scope)) is not None:
        return _holding(right, given, scope, turned=turned, absent=absent)
    if isinstance(right, syntax.Range):
        return _range(left, right, scope, turned=turned, absent=absent)
    items, kind = constants(right, scope), scope.kind(left)
    spelled = _spelled(items, kind) if items else None
    if spelled is None:
        return None
    return _one(Field(left, kind), "same", "", spelled, opposite=turned, absent=absent)


def _holding(right: Any, left: Scalar, scope: Scope, *, turned: bool, absent: bool) -> _Ways | None:
    """Take apart whether a list of the call holds a constant."""
    if not isinstance(right, syntax.Path) or right.root in scope.names.lets:
        return None
    return _one(Field(right), "holds", "", (left,), opposite=turned, absent=absent)


def _range(
    left: syntax.Operand, right: syntax.Range, scope: Scope, *, turned: bool, absent: bool
) -> _Ways | None:
    ends = (("<" if turned else ">=", right.low), (">" if turned else "<=", right.high))
    atoms = []
    for how, end in ends:
        limit = constant(end, scope)
        if limit is None or isinstance(limit, str | bool):
            return None
        atoms.append(Atom(Field(left), "order", how, (limit,), opposite=False, absent=absent))
    return ((atoms[0],), (atoms[1],)) if turned else (tuple(atoms),)


def _spelled(items: tuple[Scalar, ...], kind: str | None) -> tuple[Scalar, ...] | None:
    """Return constants as they are compared: all of one type, or all in the form of a kind."""
    if kind is not None:
        read = tuple(kinds.read(one, kind) for one in items)
        known = tuple(one for one in read if one is not None)
        return known if len(known) == len(read) else None
    return items if len({_type(one) for one in items}) == 1 else None


def _type(value: Scalar) -> type:
    return int if isinstance(value, Decimal) else type(value)
