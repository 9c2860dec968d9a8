"""Answers questions about where values come from, and learned scores."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from dsl import patterns, selectors, syntax, unreadable
from dsl.evaluation import conditions, leaving, values
from dsl.evaluation.leaves import STEPS, Leaf, leaves_of
from dsl.evaluation.naming import words
from dsl.evaluation.scope import Scope
from dsl.model import Cause
from dsl.session.leaves import rows as rows_in
from dsl.state import Decided, Origins
from dsl.types import Interval, Truth, Type, Unknown, all_of, any_of, is_number, negate

# Functions that the state answers: what they take and give.
QUESTIONS: Final[Mapping[str, tuple[tuple[Type, ...], Type]]] = {
    "entities": ((Type.TEXT,), Type.LIST),
    "directed": ((Type.ANY,), Type.TRUTH),
    "user_delegated": ((), Type.TRUTH),
}
LEVELS: Final = ("user", "approved", "trusted", "internal", "untrusted")
_SUSPECT: Final = ("untrusted", "nowhere")


def evaluate(test: syntax.Test, scope: Scope) -> Truth:
    """Return whether a test on origin, labels, words or scores holds."""
    match test:
        case syntax.From():
            return _from(test, scope)
        case syntax.Has(value, label):
            return leaving.has(value, label, scope)
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
    if not scope.purse.afford(*given, steps=STEPS):
        return Unknown(Cause.TOO_MUCH, words(node))
    match node.name:
        case "entities" if isinstance(given[0], str):
            if unreadable.holds_some(given[0]):
                return Unknown(Cause.UNREADABLE, words(node))
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


def _decided(test: syntax.Judged, scope: Scope) -> Decided | None:
    """Return what the rule that a declared sentence means says of the call."""
    names = scope.names
    meant = names.meant.get((test.text, test.kind, test.polarity)) if names.meant else None
    if meant is None:
        return None
    broken = conditions.evaluate(meant, scope.outside())
    return Decided(broken, names.policy.name, names.rule)


def _judged(test: syntax.Judged, scope: Scope) -> Truth:
    value = None if test.value is None else values.evaluate(test.value, scope)
    if isinstance(value, Interval):
        return Unknown(Cause.PENDING, value.path)
    if isinstance(value, Unknown):
        return value
    if not scope.purse.afford(value, steps=STEPS):
        return Unknown(Cause.TOO_MUCH, test.name)
    score = scope.state.score(test, value, scope.call, _decided(test, scope))
    if isinstance(score, Unknown):
        return score
    finite = not isinstance(score, Decimal) or score.is_finite()
    if not is_number(score) or not finite or not 0 <= score <= 1:
        return Unknown(Cause.UNREADABLE, test.name)
    return score > test.threshold if test.operator == ">" else score >= test.threshold
