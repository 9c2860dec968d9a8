"""The fast evaluator: an index tells which rules must be read; the interpreter stays the law."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dsl import interpret
from dsl.engine.index import Index
from dsl.evaluation.opinion import Bound, Judged, Part, by_reading, read
from dsl.evaluation.scope import Scope
from dsl.model import Effect, ToolCall, Verdict
from dsl.state import NOTHING_KNOWN, State


def evaluate(
    policies: Sequence[Bound], call: ToolCall, now: datetime, state: State = NOTHING_KNOWN
) -> Verdict:
    """Return what the bound policies say of a call: the strictest opinion wins."""
    return interpret.evaluate(policies, call, now, state, by_index)


def evaluate_output(
    policies: Sequence[Bound],
    call: ToolCall,
    content: Mapping[str, Any],
    now: datetime,
    state: State = NOTHING_KNOWN,
) -> Verdict:
    """Return what the policies say of what came of a call."""
    return interpret.evaluate_output(policies, call, content, now, state, by_index)


def by_index(bound: Bound, part: Part, scope: Scope, above: Effect | None = None) -> list[Judged]:
    """Return which rules apply, reading only those of which the index does not know."""
    if not bound.published:  # they share one budget, so all are read in their order
        return by_reading(bound, part, scope, above)
    return read(bound, index(bound).find(part, scope), scope, above)


def index(bound: Bound) -> Index:
    """Return the index of a policy; it is made once and stays with the policy."""
    found = bound.kept.get(Index)
    if found is None:
        found = bound.kept[Index] = Index(bound)
    return found


def prepare(bound: Bound) -> None:
    """Index what would take the first calls long, where nothing waits for it."""
    if bound.published:
        nothing = ToolCall("", "", {})
        index(bound).prepare(bound.scope(Scope(nothing, datetime.now(UTC))))
