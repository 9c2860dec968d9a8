"""Laws are only as good as what is drawn for them: everything must occur."""

from collections import Counter
from collections.abc import Iterator
from typing import get_args

import pytest
from hypothesis import given

from dsl import syntax, walk
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.interpret import Bound, evaluate
from dsl.model import By, Cause, Effect, ToolCall
from dsl.types import Unknown
from guards.judgement import CAUSES as GUARD_CAUSES
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
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
    syntax.Past,
    syntax.FieldOf,
    syntax.From,
    syntax.OfTool,
    syntax.OfRecord,
    syntax.Has,
    syntax.Saw,
    syntax.UserSaid,
    syntax.Judged,
    syntax.SetTo,
    syntax.Drop,
    syntax.Redact,
    syntax.Notify,
    syntax.MustCall,
)
# What a tool server says of its tools needs a tools file: tests/dsl/evaluation/test_choosing.py
# No drawn state has a guard that fails: why one does is tested beside guards.
GUARDS = set(GUARD_CAUSES) - {Cause.NO_GUARD, Cause.TIMEOUT}
CAUSES = set(Cause) - {Cause.ANNOTATION} - GUARDS


def _causes(base: syntax.Policy, made: ToolCall, state: Drawn) -> Iterator[Cause]:
    """Yield why tests in conditions could not be evaluated."""
    names = names_of(base)
    for rule in base.rules:
        for test in walk.nodes(rule.condition, syntax.Node):
            if isinstance(test, get_args(syntax.Test)):
                found = conditions.evaluate(test, Scope(made, NOW, names, state))
                if isinstance(found, Unknown):
                    yield found.cause


@pytest.mark.heavy
@pytest.mark.locked
def test_all_effects_and_all_operators_occur() -> None:
    """In 2,600 draws every effect, operator and cause occurs, and a fifth is allowed."""
    effects: Counter[Effect] = Counter()
    seen: set[str] = set()
    unknowns: Counter[By | None] = Counter()
    causes: Counter[Cause] = Counter()

    @drawing.law(2600)
    @given(base=drawing.policies(), made=drawing.calls(), state=states)
    def draw(base: syntax.Policy, made: ToolCall, state: Drawn) -> None:
        verdict = evaluate([Bound(base)], made, NOW, state)
        effects[verdict.effect] += 1
        causes.update(_causes(base, made, state))
        unknowns.update(reason.by for reason in verdict.reasons)
        for node in walk.nodes(base, syntax.Node):
            seen.update((str(getattr(node, "operator", "")), type(node).__name__))

    draw()

    assert seen >= OPERATORS | {kind.__name__ for kind in NODES}
    assert set() == CAUSES - set(causes)
    assert min(effects[effect] for effect in Effect) >= 15
    assert effects[Effect.ALLOW] >= 0.2 * effects.total()
    assert unknowns[By.UNKNOWN] >= 10
