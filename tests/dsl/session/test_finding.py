"""Where the session finds a value: in words, and in images that nobody can read."""

from typing import Any

import pytest

from dsl.model import Cause
from dsl.types import Unreadable
from tests.dsl.session.story import IBAN, OTHER, Story


@pytest.mark.parametrize(
    ("words", "value", "kind", "expected"),
    [
        ("Pay gb29 nwbk 6016 1331 9268 19 please", OTHER, "iban", True),
        ("Pay gb29 nwbk 6016 1331 9268 19 please", OTHER, None, True),
        ("Mail to (Bob@X.com), thanks", "bob@x.com", "email", True),
        ("see https://x.com/a.", "HTTPS://X.COM/a", "url", True),
        ("the 2026-01-31 is fine", "31 January 2026", "date", True),
        ("open INV-7, please", "inv-7", None, True),
        ("open INV-71", "inv-7", None, False),
        ("pay 1500", 1500, None, True),
        ("pay 1500", "1500", None, True),
        ("pay 50", 50, None, Cause.WEAK_MATCH),
        ("pay 50", "50", None, Cause.WEAK_MATCH),
        ("pay 999", 999, None, Cause.WEAK_MATCH),
        ("pay 51", 50, None, False),
        ("50", 50, None, True),  # it is the entire text
        ("", "\ud800", None, Cause.UNREADABLE),
        ("x", "a\x00b", None, Cause.UNREADABLE),
        ("x", "", None, Cause.UNREADABLE),
    ],
)
def test_values_are_found_as_whole_words(words: str, value: Any, kind: Any, expected: Any) -> None:
    """However it is spelled for its kind; a short number in a text is a weak sign."""
    declared = f"kind send.v is {kind};" if kind else ""

    assert expected == Story(declared, words or "x").says("args.v from user", v=value)


def test_without_any_message_of_the_user_nobody_knows() -> None:
    """An edge that sees no user cannot say what the user said; other levels are known."""
    story = Story("source get as trusted;").ran("get", IBAN)

    assert story.says("args.v from user", v=IBAN) is Cause.NO_USER_EVENTS
    assert story.says("args.v from trusted", v=IBAN) is True
    assert story.says("args.v from [user, trusted]", v=IBAN) is True
    assert story.says("args.v from nowhere", v=OTHER) is Cause.NO_USER_EVENTS
    assert story.says("user_said(/a/)") is Cause.NO_USER_EVENTS
    assert story.says("in_turn(get)") is Cause.NO_USER_EVENTS


def test_an_image_may_show_anything() -> None:
    """What nobody can read is untrusted, and may hold the value that is asked about."""
    story = Story("source get as trusted;", "hello").ran("get", {"scan": Unreadable("image")})

    assert story.says("args.v from untrusted", v=IBAN) is Cause.UNREADABLE
    assert story.says("args.v from nowhere", v=IBAN) is Cause.UNREADABLE
    assert story.says("args.v from trusted", v=IBAN) is False


@pytest.mark.parametrize("trusted", [True, False])
def test_whoever_saw_an_image_saw_what_its_source_may_give(*, trusted: bool) -> None:
    """An image of a trusted source marks no session; of any other source the call has."""
    story = Story("source get as trusted;" if trusted else "", "hello")
    story.ran("get", {"content": [{"type": "image", "data": "QQ==", "mimeType": "image/png"}]})

    assert story.says("session saw untrusted") is not trusted
    assert story.says("args.v from untrusted", v=IBAN) is Cause.UNREADABLE


def test_a_text_around_an_image_is_read_and_the_image_is_not() -> None:
    """What stands beside base64 keeps its origin; everything else may stand in it."""
    text = f'<p>{IBAN}</p><img src="data:image/png;base64,{"iVBORw0KGgo0" * 50}">'
    story = Story("source get as trusted;", "hello").ran("get", {"html": text})

    assert story.says("args.v from trusted", v=IBAN) is True
    assert story.says("args.v from trusted", v=OTHER) is False
    assert story.says("args.v from nowhere", v=OTHER) is Cause.UNREADABLE
    assert story.says("args.body from user", body=text) is Cause.UNREADABLE
    assert story.says("all e in entities(args.body): e from user", body=text) is Cause.UNREADABLE


def test_an_image_that_was_sent_may_come_back_as_text() -> None:
    """A tool that was given an image may tell what is on it: that proves nothing."""
    story = Story("source list as trusted;", "hello")
    story.ran("save", "ok", scan="data:image/png;base64,QQ==").ran("list", [IBAN])

    assert story.says("args.v from trusted", v=IBAN) is Cause.UNREADABLE


def test_a_label_is_not_lost_in_an_image() -> None:
    """Of an argument that nobody can read, nobody can tell that it carries nothing."""
    story = Story("label get as secret;", "hello").ran("get", "C01X00T47")

    assert story.says("args.v has secret", v="A" * 99) is False
    assert story.says("args.v has secret", v="data:,C01") is Cause.UNREADABLE
    assert story.says("args.v has secret", v="see " + "aB3/" * 200) is Cause.UNREADABLE
