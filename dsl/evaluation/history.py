"""Answers questions about earlier calls: true, false, a number, its bounds, or unknown."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from dsl import selectors, syntax
from dsl.evaluation import conditions, numbers, values
from dsl.evaluation.naming import words
from dsl.evaluation.scope import Scope
from dsl.model import Cause
from dsl.state import Outcome, PastCall
from dsl.types import Interval, Truth, Unknown, all_of, any_of, is_number, negate

_STEPS: Final = 4  # what looking at one earlier call costs of a rule's budget


def evaluate(node: syntax.Past, scope: Scope) -> Any | Unknown:
    """Return the answer to a question about earlier calls."""
    calls = _window(node, scope)
    if isinstance(calls, Unknown):
        return calls
    shown = words(node)
    match node.name:
        case "since":
            return since(calls, node.tools[0], node.tools[1], shown)
        case "in_turn":
            return _in_turn(node, calls, scope)
        case "called":
            return any_of(counts for _, counts in _counting(node, calls, scope))
        case "count":
            return _count(node, calls, scope)
        case "sum":
            return _sum(node, calls, scope)
        case _:
            return _one(node, calls, scope)


def called(tool: str, scope: Scope) -> Truth:
    """Tell whether a tool was called in this session."""
    found = evaluate(syntax.Past("called", (tool,)), scope)
    return found if isinstance(found, bool | Unknown) else Unknown(Cause.WRONG_TYPE, tool)


def followed(first: str, then: str, scope: Scope) -> Truth:
    """Tell whether every call of one tool was followed by another; so also if there was none."""
    calls = _window(syntax.Past("since", (then, first)), scope)
    if isinstance(calls, Unknown):
        return calls
    shown = f"since({then}, {first})"
    none = negate(any_of(_certain(one, shown) for one in calls if _is(first, one)))
    return any_of((none, since(calls, then, first, shown)))


def _window(node: syntax.Past, scope: Scope) -> Sequence[PastCall] | Unknown:
    window = node.window
    try:
        start = None if window.within is None else scope.now - window.within
    except OverflowError:  # before the first moment there is
        start = None
    calls = scope.state.past(window.per, start)
    if isinstance(calls, Unknown):
        return calls
    if not scope.purse.spend(_STEPS * len(calls)):
        return Unknown(Cause.TOO_MUCH, words(node))
    return calls


def _is(tool: str, one: PastCall) -> bool:
    return selectors.names(tool, one.server, one.tool)


def _certain(one: PastCall, shown: str) -> Truth:
    """Tell whether a call counts: surely if it ran; one that waits or failed may not."""
    return True if one.outcome is Outcome.EXECUTED else Unknown(Cause.PENDING, shown)


def _counting(
    node: syntax.Past, calls: Sequence[PastCall], scope: Scope
) -> Iterator[tuple[PastCall, Truth]]:
    """Yield the calls that count, or may count, towards a question."""
    shown = words(node)
    for one in calls:
        if not _is(node.tools[0], one):
            continue
        passes: Truth = True
        if node.window.where is not None:
            inner = scope.bind("past", _as_value(one))
            passes = conditions.evaluate(node.window.where, inner)
        if passes is not False:
            yield one, all_of((_certain(one, shown), passes))


def _as_value(one: PastCall) -> dict[str, Any]:
    tool = f"{one.server}/{one.tool}" if one.server else one.tool
    awaited = one.result is None and one.outcome is not Outcome.EXECUTED
    result = Unknown(Cause.PENDING, "past.result") if awaited else one.result
    return {"args": one.args, "result": result, "at": one.at, "tool": tool}


def _count(node: syntax.Past, calls: Sequence[PastCall], scope: Scope) -> Any:
    counting = [counts for _, counts in _counting(node, calls, scope)]
    low = sum(1 for counts in counting if counts is True)
    return _between(low, len(counting), node)


def _sum(node: syntax.Past, calls: Sequence[PastCall], scope: Scope) -> Any | Unknown:
    low: Any = 0
    high: Any = 0
    for one, counts in _counting(node, calls, scope):
        assert node.body is not None  # noqa: S101 - the builder gives every sum a body
        value = values.evaluate(node.body, scope.bind("past", _as_value(one)))
        if isinstance(value, Unknown):  # a `?` speaks of one call, and never of the whole sum
            return Unknown(value.cause, value.path)
        if not is_number(value):
            return Unknown(Cause.WRONG_TYPE, words(node.body))
        low = numbers.calculate(low, "+", value if counts is True else min(0, value))
        high = numbers.calculate(high, "+", value if counts is True else max(0, value))
        for end in (low, high):
            if isinstance(end, Cause):
                return Unknown(end, words(node))
    return _between(low, high, node)


def _between(low: Any, high: Any, node: syntax.Past) -> Any:
    return low if low == high else Interval(low, high, words(node))


def _one(node: syntax.Past, calls: Sequence[PastCall], scope: Scope) -> Any | Unknown:
    """Return the first or last call that surely counts, if none that may count comes before it."""
    ordered = calls if node.name == "first" else list(reversed(calls))
    for one, counts in _counting(node, ordered, scope):
        if counts is True:
            return _as_value(one)
        # There is a call, so it is not absent; what it lacks itself is no absence of the call.
        doubt = counts if isinstance(counts, Unknown) else Unknown(Cause.PENDING, "")
        cause = Cause.PENDING if doubt.cause is Cause.MISSING else doubt.cause
        return Unknown(cause, words(node))
    return Unknown(Cause.MISSING, words(node))


def _in_turn(node: syntax.Past, calls: Sequence[PastCall], scope: Scope) -> Truth:
    turn = scope.state.turn()
    if isinstance(turn, Unknown):
        return turn
    now = [one for one in calls if one.turn == turn]
    return any_of(counts for _, counts in _counting(node, now, scope))


def since(calls: Sequence[PastCall], tool: str, mark: str, shown: str) -> Truth:
    """Tell whether a tool was called after the last call of another."""
    unknown = Unknown(Cause.PENDING, shown)
    ran = [at for at, one in enumerate(calls) if _is(tool, one) and _certain(one, "") is True]
    may = [at for at, one in enumerate(calls) if _is(tool, one)]
    marked = [at for at, one in enumerate(calls) if _is(mark, one) and _certain(one, "") is True]
    may_mark = [at for at, one in enumerate(calls) if _is(mark, one)]
    if max(ran, default=-1) > max(may_mark, default=-1):
        return True
    return unknown if max(may, default=-1) > max(marked, default=-1) else False
