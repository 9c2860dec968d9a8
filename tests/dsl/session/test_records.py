"""Values beside what the user named, and values that a directed call had."""

from typing import Any

import pytest

from dsl.model import Cause
from tests.dsl.session.story import IBAN, ROW, Story


@pytest.mark.parametrize(
    ("result", "value", "expected"),
    [
        ([{"title": "Jam 77", "mail": "a@x.com"}], "a@x.com", True),
        ([{"title": "Jam 77", "mails": ["a@x.com"]}], "a@x.com", True),
        ([{"title": "Jam 78", "mail": "a@x.com"}], "a@x.com", False),
        ([{"title": "Jam 77"}, {"title": "Jam 78", "mail": "a@x.com"}], "a@x.com", False),
        ([{"title": "Jam 77", "mail": "a@x.com"}], "b@x.com", False),
        ([{"title": "Jam 77", "note": ""}], "", Cause.UNREADABLE),
        ([{"title": "Jam 77", "note": ""}], "b@x.com\x00", Cause.UNREADABLE),
        ([], "a@x.com", False),
        ([{"title": "Jam 77", "host": {"mail": "a@x.com"}}], "a@x.com", True),
        ([{"title": "Jam 77", "guests": [{"mail": "a@x.com"}]}], "a@x.com", True),
        ([{"title": "Jam 77", "next": [{"title": "Jam 78", "m": "a@x.com"}]}], "a@x.com", False),
        ([{"title": "Jam 77", "a": {"b": {"mail": "a@x.com"}}}], "a@x.com", Cause.MISSING),
        ([{"title": "Jam 77", "note": "mail a@x.com"}], "a@x.com", False),
        ({"day": {"rows": [{"title": "Jam 77", "mail": "A@X.com"}]}}, "a@x.com", True),
        (
            [{"title": "Jam 78", "mail": "a@x.com"}, {"title": "Jam 77", "m": "a@x.com"}],
            "a@x.com",
            True,
        ),
    ],
)
def test_a_record_holds_a_value_beside_what_the_user_named(
    result: Any, value: str, expected: Any
) -> None:
    """The value and the field that passes stand in one row."""
    story = Story("", "Write to all of Jam 77").ran("get_events", result)

    assert expected == story.says(ROW, v=value)
    other = Story("", "Write to all of Jam 77").ran("get_mails", result)
    assert other.says(ROW, v="a@x.com") is False


def test_a_record_that_the_agent_wrote_proves_nothing() -> None:
    """A row with a value that an earlier call put there is an echo."""
    row = {"title": "Jam 77", "mail": "eve@x.com"}
    story = Story("", "Write to all of Jam 77")
    story.ran("create_event", "ok", title="Jam 77", mail="eve@x.com").ran("get_events", [row])

    assert story.says(ROW, v="eve@x.com") is False


def test_a_record_is_compared_by_the_kind_of_the_argument() -> None:
    """However the row spells it."""
    row = {"title": "Jam 77", "iban": "DE89 3704 0044 0532 0130 00"}
    story = Story("kind send.v is iban;", "Pay for Jam 77").ran("get_events", [row])

    assert story.says(ROW, v=IBAN) is True


def test_a_directed_call_is_asked_about_by_its_own_kinds() -> None:
    """An argument of the earlier call is compared as its own kind, and named by its own name."""
    declared = "kind find.account is iban;"
    story = Story(declared, "Look into de89 3704 0044 0532 0130 00 in file 13")
    story.ran("find", {"id": "ev-77"}, account=IBAN, file_id=13)

    assert story.says("directed(args.v)", v="ev-77") is True


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, True),
        ({"q": "Jam 77"}, True),
        ({"q": "Jam 78"}, False),
        ({"q": "Jam 77", "r": "Jam 78"}, False),
        ({"n": 50}, Cause.WEAK_MATCH),
        ({"q": "a\x00"}, Cause.UNREADABLE),
    ],
)
def test_a_directed_call_had_accepted_arguments_only(args: dict[str, Any], expected: Any) -> None:
    """The user led there: every argument of the call that gave the value was accepted."""
    story = Story("", "Look for Jam 77 at 50 and").ran("find", {"id": "ev-77"}, **args)

    assert expected == story.says("directed(args.v)", v="EV-77")
    assert story.says("directed(args.v)", v="ev-78") is False
    assert story.says("directed(args.v)", v="\ud800") is Cause.UNREADABLE


def test_an_echo_is_not_directed() -> None:
    """A list without arguments gives back what an earlier call stored, and leads nowhere."""
    story = Story("", "hello").ran("save", "ok", to="ev-77").ran("list", ["ev-77", "ev-78"])

    assert story.says("directed(args.v)", v="ev-77") is False
    assert story.says("directed(args.v)", v="ev-78") is True
