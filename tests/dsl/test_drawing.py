"""Laws are only as good as what is drawn for them: everything must occur."""

from collections import Counter

import pytest
from hypothesis import given

from dsl import syntax, walk
from dsl.interpret import Bound, evaluate
from dsl.model import By, Effect, ToolCall
from tests.dsl import drawing
from tests.dsl.making import NOW

OPERATORS = {"==", "!=", "<", "<=", ">", ">=", "contains", "starts_with", "ends_with", "like"}
NODES = (
    syntax.Membership,
    syntax.PatternMatch,
    syntax.Present,
    syntax.Holds,
    syntax.Not,
    syntax.And,
    syntax.Or,
    syntax.ListOf,
    syntax.Range,
    syntax.Arithmetic,
    syntax.Minus,
    syntax.CallOf,
    syntax.Aggregate,
    syntax.Quantifier,
)


@pytest.mark.locked
def test_all_effects_and_all_operators_occur() -> None:
    """In 800 draws every effect and operator occurs, unknowns decide, and a fifth is allowed."""
    effects: Counter[Effect] = Counter()
    seen: set[str] = set()
    unknowns: Counter[By | None] = Counter()

    @drawing.law(800)
    @given(base=drawing.policies(), made=drawing.calls())
    def draw(base: syntax.Policy, made: ToolCall) -> None:
        verdict = evaluate([Bound(base)], made, NOW)
        effects[verdict.effect] += 1
        unknowns.update(reason.by for reason in verdict.reasons)
        for node in walk.nodes(base, syntax.Node):
            seen.update((str(getattr(node, "operator", "")), type(node).__name__))

    draw()

    assert seen >= OPERATORS | {kind.__name__ for kind in NODES}
    assert min(effects[effect] for effect in Effect) >= 15
    assert effects[Effect.ALLOW] >= 0.2 * effects.total()
    assert unknowns[By.UNKNOWN] >= 10
