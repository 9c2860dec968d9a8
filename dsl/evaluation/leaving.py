"""Answers whether a call carries out what is labelled, and to where."""

from typing import Final

from dsl import syntax
from dsl.evaluation import values
from dsl.evaluation.leaves import STEPS, Leaf, leaves_of, names
from dsl.evaluation.naming import words
from dsl.evaluation.scope import Scope
from dsl.functions import registry
from dsl.model import Cause, Effect
from dsl.session.audience import place_of
from dsl.session.destinations import is_destination
from dsl.state import Place
from dsl.types import Truth, Unknown, any_of

_CALL: Final = syntax.Path("args")


def has(operand: syntax.Operand | None, label: str, scope: Scope) -> Truth:
    """Tell whether a value, or the session, has a label."""
    by = _own(scope)
    if operand is None:
        return scope.state.session_has(label, by)
    value = values.evaluate(operand, scope)
    if isinstance(value, Unknown):
        return value
    found = leaves_of(operand, value, scope)
    if isinstance(found, Unknown):
        return found
    # The names inside an object carry words out as well as its values do.
    named = list(names(value))
    if not scope.purse.afford(*named, steps=STEPS * len(named)):
        return Unknown(Cause.TOO_MUCH, words(operand))
    carried = [*(leaf.value for leaf in found), *named]
    plain = any_of(scope.state.labelled(one, label, by) for one in carried)
    places = [] if plain is False or not _leaves_by(operand, scope) else _destinations(scope)
    lifted = bool(places) and all(_user_named(one, scope) for one in places)
    to = _leads_to(places)
    if not lifted and not to:
        return plain
    return any_of(scope.state.labelled(one, label, by, lifted=lifted, to=to) for one in carried)


def _own(scope: Scope) -> str | None:
    """Return whose labels count: in an `allow` only those of its own policy."""
    return scope.names.policy.name if scope.effect is Effect.ALLOW else None


def _leaves_by(node: object, scope: Scope) -> bool:
    """Tell whether a value is one of the call at hand: of another call, nobody asks where to."""
    match node:
        case syntax.Path("args"):
            return not scope.content
        case syntax.Path(root) if root in scope.lists:
            return _leaves_by(scope.lists[root], scope)
        case syntax.Path(root) if root in scope.names.lets and root not in scope.variables:
            return _leaves_by(scope.names.lets[root].value, scope)
        case syntax.CallOf(name, (inner, *_)) if name == "entities" or registry.find(name):
            return _leaves_by(inner, scope)
        case _:
            return False


def _destinations(scope: Scope) -> list[Leaf]:
    """Return every place that the call sends something to; none if that cannot be told."""
    found = leaves_of(_CALL, scope.call.args, scope)
    if isinstance(found, Unknown):
        return []
    named = (Leaf(name, None, None) for name in names(scope.call.args))
    return [
        one
        for one in (*found, *named)
        if is_destination(one.value, one.kind, () if one.at is None else one.at.steps)
    ]


def _user_named(leaf: Leaf, scope: Scope) -> bool:
    origins = scope.state.origins(scope.names.policy, leaf.value, leaf.kind, leaf.at)
    return not isinstance(origins, Unknown) and origins.levels.get("user", False) is True


def _leads_to(destinations: list[Leaf]) -> tuple[Place, ...]:
    """Return the addresses of all destinations; none if one of them is no address."""
    places = [place_of(one.value, one.kind) for one in destinations]
    known = tuple(one for one in places if one is not None)
    return known if len(known) == len(places) else ()
