"""The engine tells what the interpreter tells, of whatever policies and calls are drawn."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsl import interpret, syntax
from dsl.engine import evaluating
from dsl.engine.index import Index
from dsl.evaluation.opinion import Bound
from dsl.model import By, Cause, Effect, ToolCall, Verdict
from tests.drawn import some
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.engine.drawing import Writer
from tests.dsl.engine.tidy import writer
from tests.dsl.making import NOW

WRITTEN = 100  # stacks of policies, each for some calls
CALLS = 24


def bound(policies: Sequence[syntax.Policy]) -> list[Bound]:
    return [Bound(one) for one in policies]


@drawing.law(some(60))
@given(
    base=drawing.policies(),
    stack=st.lists(drawing.layers(), max_size=1),
    made=st.lists(drawing.calls(), min_size=1, max_size=4),
    state=states,
)
def test_it_tells_what_the_interpreter_tells(
    base: syntax.Policy, stack: list[syntax.Policy], made: list[ToolCall], state: Drawn
) -> None:
    """Equal verdicts, with equal reasons, causes, replies, changes and duties."""
    policies = bound([base, *stack])
    for call in made:
        expected = interpret.evaluate(policies, call, NOW, state)
        assert expected == evaluating.evaluate(policies, call, NOW, state)


@drawing.law(some(60))
@given(base=drawing.outputs(), made=drawing.calls(), content=drawing.json_values, state=states)
def test_so_it_does_of_what_comes_back(
    base: syntax.Policy, made: ToolCall, content: Any, state: Drawn
) -> None:
    """Results and replies are weighed by the same index."""
    policies = bound([base])
    came = {"result": content}

    expected = interpret.evaluate_output(policies, made, came, NOW, state)
    assert expected == evaluating.evaluate_output(policies, made, came, NOW, state)


def test_many_written_policies_and_calls_are_decided_alike() -> None:
    """Thousands of cases, most of them in the forms that are indexed; and they are no easy ones."""
    seen: Counter[Any] = Counter()
    for seed in range(WRITTEN):
        drawn = writer(seed)
        policies = drawn.policies()
        for _ in range(CALLS):
            call, state = drawn.call(), drawn.state()
            expected = interpret.evaluate(policies, call, NOW, state)
            assert expected == evaluating.evaluate(policies, call, NOW, state), f"seed {seed}"
            seen.update(_met(expected))
            seen["kept"] += evaluating.is_kept(policies, call, NOW)

    assert seen["kept"] >= WRITTEN * CALLS / 10
    wanted = {*Effect, By.TRUE, By.UNKNOWN, Cause.MISSING, Cause.WRONG_TYPE, Cause.UNREADABLE}
    assert not wanted - set(seen)


def _met(verdict: Verdict) -> set[Any]:
    told = {(one.by, one.cause) for one in verdict.reasons}
    return {verdict.effect, *(one for pair in told for one in pair)}


def test_policies_of_one_session_are_read_in_their_order() -> None:
    """They share one budget, which an index would spend otherwise."""
    narrowing = Writer(1).policy("s")
    call, state = Writer(2).call(), Writer(3).state()
    base = Writer(4).policy("p")

    evaluating.evaluate([base, narrowing], call, NOW, state)

    assert Index in base.kept
    assert Index not in narrowing.kept
