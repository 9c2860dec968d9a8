"""What decides in Drawbar, at one place: a bench measures what a gateway decides by."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from dsl import interpret, parse
from dsl.engine import evaluating
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.model import ToolCall, Verdict

ENGINE: Final = "index/3"  # another number where deciding costs otherwise than it did
Decide = Callable[[ToolCall, datetime], Verdict]


def compiled(text: str) -> Decide:
    """Read a policy and return what decides by it, with all that a gateway makes beforehand."""
    bound = _bound(text)
    evaluating.prepare(bound)

    def decide(call: ToolCall, now: datetime) -> Verdict:
        return evaluating.evaluate((bound,), call, now)

    return decide


def interpreted(text: str) -> Decide:
    """Return what the reference says, which every engine must say too."""
    bound = _bound(text)

    def decide(call: ToolCall, now: datetime) -> Verdict:
        return interpret.evaluate((bound,), call, now)

    return decide


def _bound(text: str) -> Bound:
    return Bound(parse.parse(Source("bench.bar", text)))
