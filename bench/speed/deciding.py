"""What decides in Drawbar, at one place: a bench measures what a gateway decides by."""

from collections.abc import Callable
from datetime import UTC, datetime

from app import engine
from dsl import interpret, parse
from dsl.errors import Source
from dsl.evaluation.opinion import Bound
from dsl.model import ToolCall, Verdict

Decide = Callable[[ToolCall, datetime], Verdict]
EVALUATE: Callable[..., Verdict] = getattr(engine, "evaluate", interpret.evaluate)
ENGINE = "interpreter" if EVALUATE is interpret.evaluate else "index"

_SOME = datetime(2026, 3, 2, tzinfo=UTC)


def compiled(text: str) -> Decide:
    """Read a policy and return what decides by it, with all that is made only once."""
    decide = _by(EVALUATE, text)
    decide(ToolCall("c", "none", {}), _SOME)
    return decide


def interpreted(text: str) -> Decide:
    """Return what the reference says, which every engine must say too."""
    return _by(interpret.evaluate, text)


def _by(evaluate: Callable[..., Verdict], text: str) -> Decide:
    bound = (Bound(parse.parse(Source("bench.bar", text))),)

    def decide(call: ToolCall, now: datetime) -> Verdict:
        return evaluate(bound, call, now)

    return decide
