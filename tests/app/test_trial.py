"""Policies that observe enforce nothing, and whatever enforces is never softened by them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app import engine
from app.binding.bindings import Binding
from app.policy.policies import PolicySet
from dsl import syntax
from dsl.errors import Source
from dsl.interpret import Bound, evaluate, evaluate_output
from dsl.model import Effect, ReasonCode, ToolCall, Verdict
from dsl.state import NOTHING_KNOWN, State
from dsl.toolspec import read
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW, call, policy

LATER = NOW + timedelta(days=1)
STRICTNESS = {Effect.ALLOW: 0, Effect.ASK: 1, Effect.DENY: 2}
TERMS = engine.Terms(changed_args=True, obligations=frozenset({"notification"}))


def renamed(drawn: Sequence[syntax.Policy], letter: str) -> list[Bound]:
    """Give drawn policies names of their own."""
    made = []
    for at, one in enumerate(drawn):
        header = replace(one.header, name=f"{letter}{at}")
        rest = one.statements[1:] if one.statements[:1] == (one.header,) else one.statements
        made.append(Bound(syntax.Policy(header, (header, *rest))))
    return made


def together(enforcing: Sequence[Bound], observing: Sequence[Bound]) -> PolicySet:
    bindings = tuple(Binding(one.policy.name, observe_until=LATER) for one in observing)
    return PolicySet((*enforcing, *observing), "sha256:0", bindings=bindings)


def of(
    policies: PolicySet, made: ToolCall, state: State = NOTHING_KNOWN, now: Any = NOW
) -> Verdict:
    return engine.decide(policies, made, now, TERMS, state).verdict


def done(verdict: Verdict) -> tuple[Any, ...]:
    """Return what is enforced: the effect, changes, duties, and who is asked."""
    return (
        verdict.effect,
        verdict.changed,
        verdict.changes,
        verdict.obligations,
        verdict.approval,
        None if verdict.effect is Effect.ALLOW else verdict.reasons,
    )


stacks = st.tuples(drawing.policies(), st.lists(drawing.layers(), max_size=1)).map(
    lambda both: [both[0], *both[1]]
)


@drawing.law(120)
@given(first=stacks, second=stacks, made=drawing.calls(), state=states)
def test_an_observing_policy_changes_nothing_that_others_enforce(
    first: list[syntax.Policy], second: list[syntax.Policy], made: ToolCall, state: Drawn
) -> None:
    """What is done is what the enforcing policies say alone; the rest is told as `would`."""
    enforcing, observing = renamed(first, "e"), renamed(second, "o")
    said = of(together(enforcing, observing), made, state)
    alone = of(PolicySet(tuple(enforcing), "sha256:0"), made, state)
    whole = of(PolicySet((*enforcing, *observing), "sha256:0"), made, state)

    assert done(said) == done(alone) or (
        alone.effect is Effect.ALLOW and done(said)[:5] == done(alone)[:5]
    )
    if STRICTNESS[whole.effect] > STRICTNESS[alone.effect]:
        assert (said.would, said.observe_until) == (whole.effect, LATER)
    else:
        assert said.would in (None, whole.effect)
    assert (said.code is ReasonCode.OBSERVE) == (
        said.would is not None and said.effect is Effect.ALLOW
    )


@drawing.law(60)
@given(first=stacks, second=stacks, made=drawing.calls(), state=states)
def test_without_observing_policies_nothing_changes(
    first: list[syntax.Policy], second: list[syntax.Policy], made: ToolCall, state: Drawn
) -> None:
    """No binding observes, or its time has come: the verdict is that of all policies."""
    enforcing, observing = renamed(first, "e"), renamed(second, "o")
    both = (*enforcing, *observing)
    named = tuple(Binding(one.policy.name) for one in both)
    ended = of(together(enforcing, observing), made, state, LATER)
    plain = of(PolicySet(both, "sha256:0"), made, state)

    assert of(PolicySet(both, "sha256:0", bindings=named), made, state) == plain
    assert ended == of(PolicySet(both, "sha256:0"), made, state, LATER)
    assert ended.would is None


@drawing.law(60)
@given(
    layers=st.lists(drawing.layers(), max_size=1),
    second=stacks,
    made=drawing.calls(),
    state=states,
)
def test_where_nothing_enforces_all_passes_that_no_overlay_refuses(
    layers: list[syntax.Policy], second: list[syntax.Policy], made: ToolCall, state: Drawn
) -> None:
    """A folder that only observes is open, but for overlays that enforce."""
    open_ = Bound(policy('policy open version 1; default allow because "open";'))
    enforcing, observing = renamed(layers, "e"), renamed(second, "o")
    said = of(together(enforcing, observing), made, state)
    alone = of(PolicySet((open_, *enforcing), "sha256:0"), made, state)

    assert done(said)[:5] == done(alone)[:5]


@drawing.law(60)
@given(first=drawing.outputs(), second=drawing.outputs(), made=drawing.calls(), state=states)
def test_an_observing_policy_withholds_and_changes_no_result(
    first: syntax.Policy, second: syntax.Policy, made: ToolCall, state: Drawn
) -> None:
    """What is shown of a result is what the enforcing policies show."""
    enforcing, observing = renamed([first], "e"), renamed([second], "o")
    content = {"result": {"a": "a", "b": "x@corp.com"}}
    said = engine.decide_output(together(enforcing, observing), made, content, NOW, state)
    alone = evaluate_output(enforcing, made, content, NOW, state)

    assert (said.effect, said.changed) == (alone.effect, alone.changed)


def test_the_laws_see_every_way_to_come_out() -> None:
    """The drawn policies refuse, ask and let through, and observing ones would do each too."""
    seen: set[tuple[Effect, Effect | None]] = set()

    @drawing.law(250)
    @given(first=stacks, second=stacks, made=drawing.calls(), state=states)
    def look(
        first: list[syntax.Policy], second: list[syntax.Policy], made: ToolCall, state: Drawn
    ) -> None:
        said = of(together(renamed(first, "e"), renamed(second, "o")), made, state)
        seen.add((said.effect, said.would))

    look()
    assert {effect for effect, _ in seen} == set(Effect)
    assert {would for _, would in seen} >= {None, Effect.DENY, Effect.ASK}


OPEN = 'policy open version 1; default allow because "open";'
STRICT = 'policy strict version 1; rule no: deny send because "never"; rule ask: ask read;'


def test_a_refusal_that_is_observed_names_its_rule() -> None:
    """The answer is allow, `observe`, with the rule that would have refused and until when."""
    said = of(together([], [Bound(policy(STRICT))]), call())

    assert (said.effect, said.code, said.would) == (Effect.ALLOW, ReasonCode.OBSERVE, Effect.DENY)
    assert [(one.policy, one.rule, one.effect) for one in said.reasons] == [
        ("strict", "no", Effect.DENY)
    ]
    assert said.observe_until == LATER


def test_an_observing_policy_asks_nobody() -> None:
    """What would be asked about passes without an approval."""
    said = of(together([Bound(policy(OPEN))], [Bound(policy(STRICT))]), call("read"))

    assert (said.effect, said.would, said.approval) == (Effect.ALLOW, Effect.ASK, None)


def test_what_enforces_asks_and_what_observes_would_deny() -> None:
    """The stricter opinion of an observing policy stands beside, as that of a shadow rule."""
    asking = Bound(policy("policy asking version 1; rule r: ask send;"))
    said = of(together([asking], [Bound(policy(STRICT))]), call())

    assert (said.effect, said.code, said.would) == (Effect.ASK, ReasonCode.RULE, Effect.DENY)
    assert [one.policy for one in said.reasons] == ["asking"]
    assert [(one.policy, one.rule) for one in said.shadow] == [("strict", "no")]


def test_a_call_that_is_not_valid_is_denied_all_the_same() -> None:
    """The tools file of an observing policy is checked before any rule, and is no opinion."""
    tools = read(Source("t.json", '[{"name": "send", "inputSchema": {"required": ["to"]}}]'))
    said = of(together([], [Bound(policy(STRICT), tools)]), call())
    unknown = of(together([Bound(policy(OPEN))], [Bound(policy(STRICT), tools)]), call("other"))

    assert (said.effect, said.code) == (Effect.DENY, ReasonCode.INVALID_CALL)
    assert (unknown.effect, unknown.code) == (Effect.DENY, ReasonCode.INVALID_CALL)


def test_changes_of_an_observing_policy_are_not_made() -> None:
    """Its `with` and `require` act on nothing, and are told as what would be."""
    text = 'policy o version 1; rule r: allow send with set(args.n, 1) require notify("x");'
    said = of(together([], [Bound(policy(text))]), call(args={"n": 5}))

    assert (said.effect, said.code, said.would) == (Effect.ALLOW, ReasonCode.OBSERVE, Effect.ALLOW)
    assert (said.changed, said.changes, said.obligations) == (None, (), ())


def test_overlays_alone_are_no_policy() -> None:
    """Where only overlays are in force, observed or not, nothing passes."""
    overlay = Bound(policy("overlay o version 1; rule r: deny other;"))

    assert of(together([], [overlay]), call()).code is ReasonCode.NO_POLICY
    assert of(together([overlay], []), call()).code is ReasonCode.NO_POLICY


def test_rules_of_a_session_enforce_whatever_their_name() -> None:
    """An overlay of a session that is named like an observing policy is not that policy."""
    overlay = Bound(policy("overlay strict version 1; rule r: deny send;"), published=False)
    both = together([], [Bound(policy(STRICT))]).narrowed([overlay])

    assert of(both, call()).effect is Effect.DENY
    assert evaluate([overlay], call(), NOW).code is ReasonCode.NO_POLICY
