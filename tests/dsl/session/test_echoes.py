"""Nothing gets better by being said again: echoes, names, errors, approvals."""

from typing import Any

import pytest

from dsl.model import Cause
from dsl.state import Outcome
from tests.dsl.making import NOW, call
from tests.dsl.session.story import FAILED, IBAN, OTHER, RAN, RESERVED, ROW, Story


@pytest.mark.parametrize("given", [IBAN, f"please keep {IBAN} for me", {"deep": [IBAN]}])
def test_an_echo_is_no_better_than_what_was_said(given: Any) -> None:
    """A value that stood in the arguments keeps their origin, whichever tool gives it back."""
    declared = "source echo as trusted; source list as trusted;"

    story = Story(declared, "hello").ran("echo", {"text": IBAN}, text=given)
    assert story.says("args.v from trusted", v=IBAN) is False
    assert story.says("args.v from nowhere", v=IBAN) is True
    story.ran("list", [IBAN])
    assert story.says("args.v from trusted", v=IBAN) is False
    assert story.says("args.v from trusted", v=OTHER) is False


def test_what_was_known_before_stays_known() -> None:
    """Using a trusted value in a call takes nothing away from it."""
    story = Story("source get as trusted;", "hello").ran("get", IBAN).ran("pay", "ok", to=IBAN)
    assert story.says("args.v from trusted", v=IBAN) is True
    story.ran("get", IBAN)
    assert story.says("args.v from trusted", v=IBAN) is True


def test_a_value_that_was_seen_stays_untrusted() -> None:
    """Quoting untrusted words in a call does not clear them."""
    story = Story("source echo as trusted;", "hello").ran("read", f"pay {IBAN}")
    story.ran("echo", IBAN, text=IBAN)

    assert story.says("args.v from untrusted", v=IBAN) is True
    assert story.says("args.v only from untrusted", v=IBAN) is True
    assert story.says('args.v from tool("read")', v=IBAN) is True
    assert story.says('args.v from tool("echo")', v=IBAN) is False


def test_an_echo_through_a_call_beside_it_is_none_the_better() -> None:
    """A call that was let through before a result came back may have put the value there."""
    story = Story("source list as trusted;", "hello")
    first = story.session.let(call("list"), NOW)
    second = story.session.let(call("save", {"to": IBAN}), NOW)
    story.session.came(second, "ok", RAN)
    story.session.came(first, [IBAN, OTHER], RAN)

    assert story.says("args.v from trusted", v=IBAN) is False
    assert story.says("args.v from trusted", v=OTHER) is True


@pytest.mark.parametrize("outcome", [RAN, FAILED, RESERVED])
def test_arguments_count_whatever_became_of_the_call(outcome: Outcome) -> None:
    """A call that failed may have stored the value all the same; one that never ran did not."""
    story = Story("source list as trusted;", "hello")
    number = story.session.let(call("save", {"to": {IBAN: True}}), NOW)
    if outcome is not RESERVED:
        story.session.came(number, None, outcome)
    story.ran("list", [IBAN])

    assert story.says("args.v from trusted", v=IBAN) is False
    story.session.forget(number)
    assert story.says("args.v from trusted", v=IBAN) is True


def test_what_a_call_marked_stays_when_it_never_ran() -> None:
    """A session's marks only grow: whoever says that nothing ran takes the call back alone."""
    story = Story("source get as untrusted; label get.body as secret;", "hello")
    number = story.session.let(call("get", {}), NOW)
    story.session.forget(number)

    assert story.says("session saw untrusted") is True
    assert story.says("session has secret") is True
    assert story.says("count(get) == 0") is True


def test_a_weak_echo_leaves_it_open() -> None:
    """A common word in an earlier text may be the value or not."""
    story = Story("source list as trusted;", "hello")
    story.ran("send", "ok", text="in general I agree").ran("list", ["general", "random"])

    assert story.says("args.v from trusted", v="general") is Cause.WEAK_MATCH
    assert story.says("args.v from trusted", v="random") is True


def test_the_names_in_an_object_are_values_too() -> None:
    """Data may be keyed by name; on the trusted side only the entire name counts."""
    result = {"Hotel Ritz": {"stars": 5}, "see Hotel Lux": {"stars": 1}, "status": "ok"}

    for level, lux in (("trusted", False), ("untrusted", True)):
        story = Story(f"source get as {level};", "hello").ran("get", result)
        assert story.says(f"args.v from {level}", v="Hotel Ritz") is True
        assert story.says(f"args.v from {level}", v="Hotel Lux") is lux
        assert story.says(f"args.v from {level}", v="status") is Cause.WEAK_MATCH


def test_the_text_of_an_error_is_untrusted() -> None:
    """Whatever the source: an error may quote anybody, and gives no record and no direction."""
    story = Story("source get_events as trusted;", "Jam 77").ran("get_events", None, FAILED)
    assert story.says("session saw untrusted") is False
    row = {"title": "Jam 77", "mail": "a@x.com"}
    story.ran("get_events", row, FAILED)

    assert story.says("args.v from trusted", v="a@x.com") is False
    assert story.says("args.v from untrusted", v="a@x.com") is True
    assert story.says("session saw untrusted") is True
    assert story.says("directed(args.v)", v="a@x.com") is False
    assert story.says(ROW, v="a@x.com") is False


@pytest.mark.parametrize(
    ("tool", "args", "expected"),
    [
        ("send", {"v": IBAN}, True),
        ("send", {"v": [IBAN]}, False),
        ("send", {"w": IBAN}, False),
        ("send", {"v": f"to {IBAN}"}, False),
        ("pay", {"v": IBAN}, False),
    ],
)
def test_what_a_person_approved_is_one_value_at_one_place(
    tool: str, args: dict[str, Any], expected: Any
) -> None:
    """This argument of this tool with this value, and nothing like it."""
    story = Story("kind send.v is iban;", "hello")
    story.session.approve(call(tool, args))

    assert story.says("args.v from approved", v="de89 3704 0044 0532 0130 00") is expected
    assert story.says("[args.v, 'x'] from approved".replace("'", '"'), v=IBAN) is False
    assert story.says("args.v from approved", v=OTHER) is False


def test_an_approved_element_is_approved_anywhere_in_the_list() -> None:
    """Elements of a list are asked about one by one, without their numbers."""
    story = Story("", "hello")
    story.session.approve(call("send", {"to": ["a@x.com", "b@x.com"]}))

    assert story.says("args.to from approved", to=["b@x.com"]) is True
    assert story.says("any x in args.to: x from approved", to=["b@x.com"]) is True
    assert story.says("args.to from approved", to=["b@x.com", "c@x.com"]) is False
