"""A tool is hidden only where every call of it would be denied."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import syntax
from dsl.errors import Source
from dsl.interpret import Bound, evaluate
from dsl.model import Effect, Subject, ToolCall
from dsl.toolspec import read
from dsl.visible import visible
from tests.drawn import some
from tests.dsl import drawing
from tests.dsl.drawing_state import Drawn, states
from tests.dsl.making import NOW, call, policy

# Conditions that are certain beside those that are not: else little would ever be hidden.
_subjects = st.sampled_from(drawing.TEXTS).map(
    lambda text: syntax.Comparison(syntax.Path("subject", ("id",)), "==", syntax.Constant(text))
)
_roles = st.just(
    syntax.Membership(syntax.Constant("a"), syntax.Path("subject", ("roles",)), negated=False)
)
_mixed = st.one_of(
    _subjects,
    _roles,
    st.builds(syntax.Not, _roles),
    st.tuples(_subjects | _roles, drawing.conditions).map(syntax.And),
    st.tuples(drawing.conditions, _subjects | _roles).map(syntax.Or),
)


@st.composite
def narrowing(draw: Any) -> syntax.Policy:
    """Draw a policy some of whose rules rest on who calls."""
    base: syntax.Policy = draw(drawing.policies() | drawing.overlays())
    changed = [
        replace(one, condition=draw(_mixed | st.none()))
        if isinstance(one, syntax.Rule) and draw(st.booleans())
        else one
        for one in base.statements
    ]
    return replace(base, statements=tuple(changed))


def hides(bound: Sequence[Bound], made: ToolCall) -> bool:
    return not visible(bound, replace(made, args={"a": "anything"}, context={}), NOW)


def named(policies: Sequence[syntax.Policy]) -> list[Bound]:
    """Give each a name of its own; what stands for one session comes last, as in a gateway."""
    return [
        Bound(replace(one, header=replace(one.header, name=f"p{at}")), published=at < 2)
        for at, one in enumerate(policies)
    ]


def test_what_is_hidden_is_never_let_through_nor_asked_about() -> None:
    """Whatever the arguments, the context, the session and the facts are; and both occur often."""
    seen: Counter[bool] = Counter()

    @drawing.law(some(400))
    @given(
        policies=st.lists(narrowing(), min_size=1, max_size=3),
        made=drawing.calls(),
        other=drawing.calls(),
        state=states,
    )
    def draw(policies: list[syntax.Policy], made: ToolCall, other: ToolCall, state: Drawn) -> None:
        bound = named(policies)
        hidden = hides(bound, made)
        seen[hidden] += 1
        again = replace(made, args=other.args, context=other.context, session="s1", call_id="c9")
        for one in (made, again) if hidden else ():
            assert evaluate(bound, one, NOW, state).effect is Effect.DENY

    draw()
    assert min(seen[True], seen[False]) >= some(80)


OPEN = 'default allow because "open"; '
CASES = {
    "rule r: deny send;": False,
    "rule r: allow send;": True,
    "rule r: ask send;": True,
    "rule r: allow other;": False,
    "default ask;": True,
    OPEN + "rule r: deny send;": False,
    OPEN + "rule r: deny send when args.a == 1;": True,
    "rule r: allow send when args.a == 1;": True,
    'rule r: allow send when "boss" in subject.roles;': False,
    'rule r: allow send when "clerk" in subject.roles;': True,
    'rule r: allow send when "boss" in subject.roles and args.a == 1;': False,
    'rule r: allow send when "boss" in subject.roles or args.a == 1;': True,
    OPEN + 'rule r: deny send when not "boss" in subject.roles;': False,
    OPEN + 'rule r: deny send when args.a == 1 or "clerk" in subject.roles;': False,
    'rule r: ask send when args.a == 1 and "boss" in subject.roles;': False,
    'let boss = "boss" in subject.roles; rule r: allow send when boss and args.a == 1;': False,
    "let far = args.a == 1; rule r: allow send when far;": True,
    "rule r: allow send; rule s: deny send priority 1;": False,
    "rule r: allow send priority 1; rule s: deny send;": True,
    'rule r: allow send when "boss" in subject.roles priority 1; rule s: deny send;': False,
    "rule r: allow send when count(send) < 3;": True,
    "rule r: allow send when user_delegated();": True,
    "fact limit = given; rule r: allow send when fact.limit == 1;": True,
    "rule r: allow send when context.a == 1;": True,
    "rule r: allow send when now < 2025-01-01T00:00:00;": False,
    "rule r: allow send valid until 2025-12-31;": False,
    "rule r: allow send when subject.id == agent.id;": False,
}


@pytest.mark.parametrize(("text", "shown"), CASES.items())
def test_what_is_shown_to_a_clerk(text: str, *, shown: bool) -> None:
    """Known are the tool, the subject, the agent and the time, and nothing else."""
    clerk = call("send", subject=Subject("ada", ("clerk",)), agent="a1")

    assert visible([Bound(policy(text))], clerk, NOW) is shown


def test_one_policy_that_denies_is_enough() -> None:
    """The strictest of several policies decides; without a policy nothing is shown."""
    texts = ("rule r: allow send;", "overlay o version 1; rule r: deny send;")
    both = [Bound(policy(text)) for text in texts]

    assert visible(both[:1], call("send"), NOW)
    assert not visible(both, call("send"), NOW)
    assert not visible([], call("send"), NOW)
    assert not visible([Bound(policy("overlay o version 1; rule r: ask send;"))], call(), NOW)


def test_what_no_tools_file_has_is_hidden() -> None:
    """No call of it is valid; nor is one of a tool whose schema cannot be used."""
    tools = read(
        Source(
            "t.json",
            '[{"name": "send", "inputSchema": {}},'
            ' {"name": "bad", "inputSchema": {"$ref": "http://far"}}]',
        )
    )
    bound = [Bound(policy(OPEN), tools)]

    assert [visible(bound, call(name), NOW) for name in ("send", "bad", "none")] == [
        True,
        False,
        False,
    ]


def test_what_a_tool_server_says_of_a_tool_hides_nothing() -> None:
    """What the tools file says may hide it; the server's annotations are never certain."""
    tools = read(
        Source(
            "t.json",
            '[{"name": "send", "risk": "high", "annotations": {"safe": true}, "inputSchema": {}}]',
        )
    )

    def shown(text: str) -> bool:
        return visible([Bound(policy(text), tools)], call("send"), NOW)

    assert not shown(OPEN + 'rule r: deny tools where risk == "high";')
    assert shown(OPEN + 'rule r: deny tools where risk == "low";')
    assert shown('rule r: allow tools where risk == "high";')
    assert not shown(OPEN + "rule r: deny tools where not annotations.safe;")
    assert not shown("rule r: ask tools where not annotations.safe;")
