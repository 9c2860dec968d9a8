"""Answers questions about where values come from, their labels, and learned scores."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from dsl import patterns, selectors, syntax
from dsl.evaluation import conditions, values
from dsl.evaluation.naming import words
from dsl.evaluation.scope import Scope
from dsl.model import Cause, Effect
from dsl.session.destinations import is_destination
from dsl.session.leaves import rows as rows_in
from dsl.state import Argument, Origins
from dsl.types import Interval, Truth, Type, Unknown, Unreadable, all_of, any_of, is_number, negate

# Functions that the state answers: what they take and give.
QUESTIONS: Final[Mapping[str, tuple[tuple[Type, ...], Type]]] = {
    "entities": ((Type.TEXT,), Type.LIST),
    "directed": ((Type.ANY,), Type.TRUTH),
    "user_delegated": ((), Type.TRUTH),
}
LEVELS: Final = ("user", "approved", "trusted", "internal", "untrusted")
_SUSPECT: Final = ("untrusted", "nowhere")
_STEPS: Final = 40  # what asking for one value's origin costs of a rule's budget


def evaluate(test: syntax.Test, scope: Scope) -> Truth:
    """Return whether a test on origin, labels, words or scores holds."""
    match test:
        case syntax.From():
            return _from(test, scope)
        case syntax.Has(value, label):
            return _has(value, label, scope)
        case syntax.Saw(level):
            return scope.state.saw(scope.names.policy, level)
        case syntax.UserSaid(pattern):
            return _said(pattern, scope)
        case syntax.Judged():
            return _judged(test, scope)
        case _:
            return Unknown(Cause.UNREADABLE, words(test))


def ask(node: syntax.CallOf, given: list[Any], scope: Scope) -> Any | Unknown:
    """Answer a function that the state knows the answer to."""
    wanted = QUESTIONS[node.name][0]
    if len(given) != len(wanted):
        return Unknown(Cause.WRONG_TYPE, words(node))
    if not scope.purse.afford(*given, steps=_STEPS):
        return Unknown(Cause.TOO_MUCH, words(node))
    match node.name:
        case "entities" if isinstance(given[0], str):
            return scope.state.entities(given[0])
        case "directed":
            return _directed(node, given[0], scope)
        case "user_delegated":
            return scope.state.delegated()
        case _:
            return Unknown(Cause.WRONG_TYPE, words(node))


def _directed(node: syntax.CallOf, value: Any, scope: Scope) -> Truth:
    policy = scope.names.policy
    found = leaves_of(node.arguments[0], value, scope)
    if isinstance(found, Unknown):
        return found
    return bool(found) and all_of(
        scope.state.directed(policy, one.value, one.kind) for one in found
    )


_Steps = tuple[str | int, ...]


def leaves(value: Any, place: _Steps = ()) -> Iterator[tuple[Any, _Steps]]:
    """Yield the texts, numbers and times inside a value; truth values come from nowhere."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, (*place, name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, (*place, syntax.EACH))
    elif value is not None and not isinstance(value, bool):
        yield value, place


class Leaf(NamedTuple):
    """A value without others in it, with its kind and the argument it stands in."""

    value: Any
    kind: str | None
    at: Argument | None


def leaves_of(node: syntax.Operand, value: Any, scope: Scope) -> list[Leaf] | Unknown:
    """Return the leaves of a value, each with its kind: of an empty list or object, none."""
    found = list(leaves(value))
    if not found and not isinstance(value, list | tuple | Mapping):
        return Unknown(Cause.WRONG_TYPE, words(node))
    for leaf, _ in found:
        if isinstance(leaf, Unreadable | Interval):
            cause = Cause.PENDING if isinstance(leaf, Interval) else Cause.UNREADABLE
            return Unknown(cause, words(node))
    if not scope.purse.afford(*(leaf for leaf, _ in found), steps=_STEPS * len(found)):
        return Unknown(Cause.TOO_MUCH, words(node))
    return [
        Leaf(leaf, _kind_at(node, place, scope), scope.argument(_below(node, place)))
        for leaf, place in found
    ]


def _kind_at(node: syntax.Operand, place: _Steps, scope: Scope) -> str | None:
    """Return the kind that is declared where a leaf stands, else nearest around it.

    A value that is put one level deeper than it belongs is still one of its kind. Where none is
    declared, the format that the tool's schema gives it counts.
    """
    around = [_below(node, place[:end]) for end in range(len(place), -1, -1)]
    told = (ask(one) for ask in (scope.kind, scope.format) for one in around)
    return next((kind for kind in told if kind), None)


def _below(node: syntax.Operand, place: _Steps) -> syntax.Operand | None:
    """Return the path to a leaf inside the value of another one."""
    if isinstance(node, syntax.Path):
        return syntax.Path(node.root, (*node.steps, *place))
    if isinstance(node, syntax.FieldOf):
        return syntax.FieldOf(node.whole, (*node.steps, *place))
    return None


def _from(test: syntax.From, scope: Scope) -> Truth:
    value = values.evaluate(test.value, scope)
    if isinstance(value, Unknown):
        return value
    found = leaves_of(test.value, value, scope)
    if isinstance(found, Unknown):
        return found
    asked = (_leaf_from(leaf, test, scope) for leaf in found)
    # One suspect leaf makes the value suspect; to be accepted, all leaves must be.
    if all(isinstance(one, syntax.Level) and one.name in _SUSPECT for one in test.origins):
        return any_of(asked)
    return bool(found) and all_of(asked)


def _leaf_from(leaf: Leaf, test: syntax.From, scope: Scope) -> Truth:
    origins = scope.state.origins(scope.names.policy, leaf.value, leaf.kind, leaf.at)
    accepted = any_of(_one_origin(leaf, one, origins, scope) for one in test.origins)
    if not test.only:
        return accepted
    if isinstance(origins, Unknown):
        return origins
    named = {one.name for one in test.origins if isinstance(one, syntax.Level)}
    others = any_of(_level(origins, level) for level in LEVELS if level not in named)
    return all_of((accepted, negate(others)))


def _level(origins: Origins, level: str) -> Truth:
    return origins.levels.get(level, False)


def _one_origin(leaf: Leaf, one: syntax.Origin, origins: Origins | Unknown, scope: Scope) -> Truth:
    if isinstance(one, syntax.OfRecord):
        return _record(leaf, one, scope)
    if isinstance(origins, Unknown):
        return origins
    if isinstance(one, syntax.OfTool):
        return any_of(seen for tool, seen in origins.tools.items() if _names(one.pattern, tool))
    if one.name == "nowhere":
        return negate(any_of(_level(origins, level) for level in LEVELS))
    return _level(origins, one.name)


def _names(pattern: str, qualified: str) -> bool:
    server, _, tool = qualified.rpartition("/")
    return selectors.names(pattern, server or None, tool)


def _record(leaf: Leaf, one: syntax.OfRecord, scope: Scope) -> Truth:
    """Tell whether a value stands in a row that passes the test."""
    rows = scope.state.records(scope.names.policy, leaf.value, one.tool, leaf.kind)
    if isinstance(rows, Unknown):
        return rows
    found = [
        row
        if isinstance(row, Unknown)
        else conditions.evaluate(one.where, scope.bind("record", row))
        for row in rows
    ]
    # A value in a row stands in what is around that row as well: of these the row decides.
    telling = {id(row) for row, truth in zip(rows, found, strict=True) if not _lacks(truth)}
    return any_of(
        truth
        for row, truth in zip(rows, found, strict=True)
        if not (_lacks(truth) and _is_around(row, telling))
    )


def _lacks(truth: Truth) -> bool:
    return isinstance(truth, Unknown) and truth.cause is Cause.MISSING


def _is_around(row: Any, others: set[int]) -> bool:
    """Tell whether one of some rows stands inside a row."""
    return any(id(inner) in others for inner in rows_in(row))


def _own(scope: Scope) -> str | None:
    """Return whose labels count: in an `allow` only those of its own policy."""
    return scope.names.policy.name if scope.effect is Effect.ALLOW else None


def _has(operand: syntax.Operand | None, label: str, scope: Scope) -> Truth:
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
    named = list(_names_in(value))
    if not scope.purse.afford(*named, steps=_STEPS * len(named)):
        return Unknown(Cause.TOO_MUCH, words(operand))
    carried = [*(leaf.value for leaf in found), *named]
    plain = any_of(scope.state.labelled(one, label, by) for one in carried)
    if plain is False or not _is_lifted(scope):
        return plain
    return any_of(scope.state.labelled(one, label, by, lifted=True) for one in carried)


_CALL: Final = syntax.Path("args")


def _is_lifted(scope: Scope) -> bool:
    """Tell whether the user surely named every place where the call sends something."""
    if scope.content:
        return False
    found = leaves_of(_CALL, scope.call.args, scope)
    if isinstance(found, Unknown):
        return False
    places = [one for one in found if one.at and is_destination(one.value, one.kind, one.at.steps)]
    return bool(places) and all(_user_named(one, scope) for one in places)


def _user_named(leaf: Leaf, scope: Scope) -> bool:
    origins = scope.state.origins(scope.names.policy, leaf.value, leaf.kind, leaf.at)
    return not isinstance(origins, Unknown) and _level(origins, "user") is True


def _names_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
    inner = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list | tuple):
        for one in inner:
            yield from _names_in(one)


def _said(pattern: str, scope: Scope) -> Truth:
    texts = scope.state.user_texts()
    if isinstance(texts, Unknown):
        return texts
    if not scope.purse.afford(*texts):
        return Unknown(Cause.TOO_MUCH, "user_said")
    either_case = patterns.EITHER_CASE + pattern
    if patterns.fault(either_case):  # not one that was read from a text
        return Unknown(Cause.TOO_MUCH, "user_said")
    anywhere = patterns.compiled(either_case)
    return any(anywhere.search(text.encode("utf-8", "replace")) is not None for text in texts)


def _judged(test: syntax.Judged, scope: Scope) -> Truth:
    value = None if test.value is None else values.evaluate(test.value, scope)
    if isinstance(value, Interval):
        return Unknown(Cause.PENDING, value.path)
    if isinstance(value, Unknown):
        return value
    if not scope.purse.afford(value, steps=_STEPS):
        return Unknown(Cause.TOO_MUCH, test.name)
    score = scope.state.score(test, value, scope.call)
    if isinstance(score, Unknown):
        return score
    finite = not isinstance(score, Decimal) or score.is_finite()
    if not is_number(score) or not finite or not 0 <= score <= 1:
        return Unknown(Cause.UNREADABLE, test.name)
    return score > test.threshold if test.operator == ">" else score >= test.threshold
