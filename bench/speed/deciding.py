"""What decides in Drawbar, at one place: a bench measures what a gateway decides by."""

from collections.abc import Callable
from datetime import datetime

from dsl import interpret, parse
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.model import ToolCall, Verdict

Decide = Callable[[ToolCall, datetime], Verdict]
ENGINE = "interpreter"


def compiled(text: str) -> Decide:
    """Read a policy and return what decides by it."""
    return interpreted(text)


def interpreted(text: str) -> Decide:
    """Return what the reference says, which every engine must say too."""
    bound = (Bound(parse.parse(Source("bench.bar", text))),)

    def decide(call: ToolCall, now: datetime) -> Verdict:
        return interpret.evaluate(bound, call, now)

    return decide
