"""What is told at once, or asked once, is what the long way tells."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsl import syntax
from dsl.evaluation import choosing, leaves, lookup
from dsl.evaluation.scope import Scope, kind_of, names_of
from dsl.model import ToolCall
from dsl.recording import Recording
from dsl.session.session import Session
from dsl.types import Unknown
from tests.dsl import drawing
from tests.dsl.making import NOW, call, policy, scope


@drawing.law(300)
@given(base=drawing.policies(), made=drawing.calls())
def test_a_rule_that_is_passed_over_speaks_of_other_tools(
    base: syntax.Policy, made: ToolCall
) -> None:
    """Whatever else it asks; and a rule that speaks of this one is not passed over."""
    for rule in base.rules:
        passed = choosing.passes_over(rule, made)
        other = choosing.chooses(rule, scope(made), None) is False

        assert passed is (other and rule.selector.where is None)


NAMES = names_of(
    policy(
        "kind pay.to is iban; kind pay.to.x is email; kind pay.args is name; let mine = args.to;"
        " rule r: allow pay when count(pay within 1h) == 0;"
    ),
    ((syntax.ToolField("pay", ("x",)), "url"), (syntax.ToolField("srv/pay", ("y",)), "host")),
)
STEPS = ("to", "x", "y", "args", syntax.EACH)
ELEMENT = {"past": {"tool": "srv/pay"}, "e": "v", "bound": "v"}
IN: Scope = replace(
    Scope(call("pay"), NOW, NAMES), variables=ELEMENT, lists={"e": syntax.Path("args", ("to",))}
)
PLACES = st.lists(st.sampled_from(STEPS), max_size=3).map(tuple)
NODES = st.builds(
    syntax.Path, st.sampled_from(("args", "past", "e", "mine", "bound", "fact")), PLACES
)


@drawing.law(1_000)
@given(node=NODES, place=PLACES)
def test_the_kind_around_a_leaf_is_that_of_the_paths_around_it(node: Any, place: Any) -> None:
    """Each path from the leaf out to the value is asked, first for kinds and then for formats."""
    around = [leaves._below(node, place[:end]) for end in range(len(place), -1, -1)]
    places = [at for one in around if (at := IN.argument(one)) is not None]
    told = [kind_of(some, at) for some in (NAMES.kinds, NAMES.formats) for at in places]

    found = leaves._kind_at(IN.argument(around[0]), len(place), IN)

    assert found == next((kind for kind in told if kind), None)


@given(st.text() | st.text("a\ud800\u00e9"))
def test_a_text_with_half_of_a_character_is_unreadable(text: str) -> None:
    """And none that is ASCII has one."""
    half = any("\ud800" <= one <= "\udfff" for one in text)

    assert isinstance(lookup.readable(text, "x"), Unknown) is half


@given(st.lists(st.sampled_from((1, "1", "'1'", 1.5, "1.5", "(1,)", "", None)), max_size=8))
def test_every_value_is_written_down_as_a_question_of_its_own(asked: list[Any]) -> None:
    """A text is told from what is no text, and is written down once."""
    recording = Recording(Session())
    for one in asked:
        recording.directed(policy("rule r: allow x;"), one, None)

    assert [repr(one.value) for one in recording.atoms] == list(dict.fromkeys(map(repr, asked)))
