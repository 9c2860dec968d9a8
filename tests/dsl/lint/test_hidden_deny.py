"""What BAR301 says of a deny is so: taking it out changes nothing."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import syntax
from dsl.errors import Source
from dsl.interpret import Bound, evaluate
from dsl.lint.rule import Unit
from dsl.lint.rules import hidden_deny
from dsl.model import Effect, ToolCall
from dsl.parse import parse
from dsl.show.statements import show
from tests.drawn import some
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW

RULES = st.builds(
    syntax.Rule,
    st.just("r"),
    st.sampled_from((Effect.ALLOW, Effect.ALLOW, Effect.ASK, Effect.DENY, Effect.DENY)),
    drawing.selectors,
    condition=st.none() | drawing.conditions,
    priority=st.sampled_from((0, 0, 1, 2)),
)
HEADER = syntax.Header("policy", "p", 1)


def policy(drawn: list[syntax.Rule]) -> syntax.Policy:
    rules = [replace(rule, name=f"r{at}") for at, rule in enumerate(drawn)]
    return syntax.Policy(HEADER, (HEADER, *drawing.LETS, *rules))


@pytest.mark.locked
def test_a_deny_that_never_decides_can_be_taken_out() -> None:
    """For every call and state, the policy without it decides the same."""
    hits: Counter[str] = Counter()

    @drawing.law(some(300))
    @given(drawn=st.lists(RULES, min_size=2, max_size=5), made=drawing.calls(), state=states)
    def draw(drawn: list[syntax.Rule], made: ToolCall, state: Drawn) -> None:
        source = Source("p.bar", "\n".join(map(show, policy(drawn).statements)))
        whole = parse(source)
        for finding in hidden_deny.check(Unit(source, whole, (), None)):
            name, _, says = finding.message.partition("` ")
            if says.startswith("never decides"):
                rest = tuple(
                    one
                    for one in whole.statements
                    if not isinstance(one, syntax.Rule) or one.name != name.strip("`")
                )
                less = replace(whole, statements=rest, starts=())
                before = evaluate([Bound(whole)], made, NOW, state).effect
                assert evaluate([Bound(less)], made, NOW, state).effect is before
                hits[str(before)] += 1

    draw()

    assert hits.total() >= some(15)
