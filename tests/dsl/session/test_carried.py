"""What the session saw, and what carries the label of what it saw."""

from typing import Any

import pytest

from dsl.model import Cause
from dsl.session.session import Session
from dsl.state import Outcome
from tests.dsl.making import NOW, call, policy
from tests.dsl.session.story import FAILED, RAN, RESERVED, Story


@pytest.mark.parametrize("outcome", [RAN, FAILED, RESERVED])
@pytest.mark.parametrize(
    ("declared", "levels"),
    [
        ("", {"untrusted"}),
        ("source get as trusted;", {"trusted"}),
        ("source get as internal;", {"internal"}),
        ("source get as trusted; source get.body as untrusted;", {"trusted", "untrusted"}),
        ("source get.body as trusted;", {"trusted", "untrusted"}),
        ("source other as trusted;", {"untrusted"}),
    ],
)
def test_a_call_to_a_source_marks_the_session_at_once(
    declared: str, levels: set[str], outcome: Outcome
) -> None:
    """Before any result is there, the session saw what the source may give."""
    story = Story(declared, "hello")
    assert story.says("session saw untrusted") is False
    story.ran("get", {} if outcome is RAN else None, outcome)

    for level in ("trusted", "internal", "untrusted"):
        assert story.says(f"session saw {level}") is (level in levels)


@pytest.mark.parametrize("outcome", [RAN, FAILED, RESERVED])
def test_a_label_marks_the_session_at_once(outcome: Outcome) -> None:
    """A call to a tool with labelled fields labels the session, whatever came back."""
    story = Story("label get.passport as secret;", "hello").ran("other", {"passport": "C01X"})
    assert story.says("session has secret") is False
    story.ran("get", None, outcome)
    assert story.says("session has secret") is True
    assert story.says("session has pii") is False


SECRET = "The new plant opens in Porto on Monday"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SECRET, True),
        (f"FYI: {SECRET.upper()}!", True),
        ("so the NEW plant\nopens in spring", True),  # four words in a row
        ("the new plant is open", False),  # three
        ("plant opens Porto Monday", False),
        ("None of this is known", False),
        ("x " * 15_000 + "the new plant opens", True),  # however long the text around it
        (["nothing", {"a": "new plant opens in"}], True),
        ({"the new plant opens": 1}, True),
    ],
)
def test_four_words_of_a_labelled_text_carry_its_label(value: Any, expected: bool) -> None:  # noqa: FBT001 - both answers
    """The words may stand anywhere in a leaf, in either case, with any white space."""
    story = Story("label read.body as secret;").ran("read", {"body": SECRET, "title": "Plans"})

    assert expected is story.says("args.v has secret", v=value)


def test_a_long_labelled_text_is_labelled_to_its_end() -> None:
    """The length of a document hides none of its words."""
    body = "a b c " * 5_000 + SECRET
    story = Story("label read.body as secret;").ran("read", {"body": body})

    assert story.says("args.v has secret", v="the new plant opens today") is True
    assert story.says("args.v has secret", v="something else in here") is False


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("C01X00T47", True),
        ("c01x00t47", True),
        ("My passport is C01X00T47.", True),
        ("C01X00T471", False),
        ("Ann", False),
        (4711, True),
        ("4711", True),
        ("room 4711", True),
        (4712, False),
    ],
)
def test_a_labelled_value_carries_its_label(value: Any, expected: bool) -> None:  # noqa: FBT001 - both answers
    """A value, alone or inside a text; its neighbours have no label."""
    result = {"passport": "C01X00T47", "pin": 4711, "name": "Ann"}
    story = Story("label get.passport, get.pin as secret;").ran("get", result)

    assert expected is story.says("args.v has secret", v=value)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"folder": "HR", "body": "C01X00T47"}, True),
        ({"folder": "IT", "body": "C01X00T47"}, False),
        ({"body": "C01X00T47"}, Cause.MISSING),
    ],
)
def test_a_label_may_have_a_condition(result: Any, expected: Any) -> None:
    """Where it does not hold there is no label, and where nobody can tell nobody can tell."""
    declared = 'label read.body as secret when result.folder == "HR";'
    story = Story(declared).ran("read", result)

    assert expected == story.says("args.v has secret", v="C01X00T47")
    assert expected == story.says("session has secret")
    assert story.says("args.v has secret", v="nothing") is False


def test_labels_are_those_of_all_policies_or_of_one() -> None:
    """`by` asks for the labels that one policy declares."""
    one = policy("policy one version 1; label get.a as secret;")
    two = policy("policy two version 1; label get.b as secret;")
    session = Session((one, two))
    session.ran(call("get"), NOW, {"a": "C01X00T47", "b": "D01X00T47"}, RAN)

    asked = [session.labelled("D01X00T47", "secret", by) for by in (None, "one", "two")]
    assert asked == [True, False, True]
    assert [session.session_has("secret", by) for by in (None, "one", "x")] == [True, True, False]
