"""The fast evaluator: an index tells which rules must be read; the interpreter stays the law."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dsl import interpret, unreadable
from dsl.engine.index import Index
from dsl.engine.prices import is_short, is_short_beside
from dsl.engine.shard import Found
from dsl.evaluation.opinion import Bound, Judged, Part, by_reading, read
from dsl.evaluation.scope import Scope
from dsl.model import Effect, ToolCall, Verdict
from dsl.state import NOTHING_KNOWN, State

_KEPT: Final = 4096  # verdicts


def evaluate(
    policies: Sequence[Bound], call: ToolCall, now: datetime, state: State = NOTHING_KNOWN
) -> Verdict:
    """Return what the bound policies say of a call: the strictest opinion wins.

    Calls to which the same rules surely apply get the same verdict, where nothing else counts.
    """
    alike = _alike(policies, call, now)
    if alike is None:
        return interpret.evaluate(policies, call, now, state, by_index)
    kept = index(policies[0]).verdicts
    known = kept.get(alike)
    if known is None:
        known = interpret.evaluate(policies, call, now, state, by_index)
        if len(kept) >= _KEPT:
            kept.clear()
        kept[alike] = known
    return known


def is_kept(policies: Sequence[Bound], call: ToolCall, now: datetime) -> bool:
    """Tell whether the verdict on a call is one that is kept for all calls that are alike."""
    return _alike(policies, call, now) is not None


def evaluate_output(
    policies: Sequence[Bound],
    call: ToolCall,
    content: Mapping[str, Any],
    now: datetime,
    state: State = NOTHING_KNOWN,
) -> Verdict:
    """Return what the policies say of what came of a call."""
    return interpret.evaluate_output(policies, call, content, now, state, by_index)


def _alike(policies: Sequence[Bound], call: ToolCall, now: datetime) -> tuple[Found, ...] | None:
    """Return what the verdict on a call hangs on alone; nothing where it hangs on more."""
    if not policies or not _is_clear(call):
        return None
    found: list[Found] = []
    for one in policies:
        if not one.published:
            return None
        for each in index(one).find_all(Scope(call, now, one.names)):
            if not each.is_plain:
                return None
            found.append(each)
    return None if interpret.schema_fault(policies, call) is not None else tuple(found)


def _is_clear(call: ToolCall) -> bool:
    """Tell whether a call is short, and everything in it can be read."""
    args = call.args
    if unreadable.is_plain(args):
        return is_short_beside(call)
    return unreadable.seen(args) is args and is_short(call)


def by_index(bound: Bound, part: Part, scope: Scope, above: Effect | None = None) -> list[Judged]:
    """Return which rules apply, reading only those of which the index does not know."""
    if not bound.published:  # they share one budget, so all are read in their order
        return by_reading(bound, part, scope, above)
    return read(bound, index(bound).find(part, scope).rules, scope, above)


def index(bound: Bound) -> Index:
    """Return the index of a policy; it is made once and stays with the policy."""
    found = bound.kept.get(Index)
    if found is None:
        found = bound.kept[Index] = Index(bound)
    return found


def prepare(bound: Bound, before: Bound | None = None) -> None:
    """Index what would take the first calls long, where nothing waits for it.

    `before` is what decides until then in its place: what is asked of that is asked of this one.
    """
    if bound.published:
        scope = bound.scope(Scope(ToolCall("", "", {}), datetime.now(UTC)))
        index(bound).prepare(scope)
        if before is not None and (known := before.kept.get(Index)) is not None:
            index(bound).prepare_as(known, scope)
