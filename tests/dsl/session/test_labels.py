"""Labels over a whole session: what carries one out, and when it is lifted for a call."""

from typing import Any

import pytest

from dsl.model import Cause, Effect
from dsl.session.destinations import is_destination
from dsl.session.labels import carries
from dsl.session.session import Session
from dsl.state import Outcome
from dsl.types import Unknown, Unreadable
from tests.dsl.making import NOW, call, decide, policy

DECLARED = "policy p version 1; label get.pin, get.note as secret;"
RULES = 'default allow because "x"; rule r: deny send when args has secret;'
NOTE = "The new plant opens in Porto on Monday"


def refused(said: str, declared: str = "", **args: Any) -> bool:
    """Tell whether a call is refused after a secret was shown."""
    text = DECLARED + declared + RULES
    session = Session((policy(text),), [said])
    session.ran(call("get"), NOW, {"pin": "C01X00T47", "note": NOTE}, Outcome.EXECUTED)
    return decide(text, args=args, state=session).effect is Effect.DENY


@pytest.mark.parametrize(
    ("said", "args", "expected"),
    [
        ("Mail C01X00T47 to a@x.com", {"to": "a@x.com", "body": "It is C01X00T47"}, False),
        ("Mail C01X00T47 to a@x.com", {"to": "A@X.com", "body": "It is c01-x00-t47"}, False),
        ("Mail C01X00T47 to a@x.com", {"to": "b@x.com", "body": "It is C01X00T47"}, True),
        ("Mail C01X00T47 to a@x.com", {"to": ["a@x.com", "b@x.com"], "body": "C01X00T47"}, True),
        (
            "Mail C01X00T47 to a@x.com",
            {"to": "a@x.com", "cc": "b@x.com", "body": "C01X00T47"},
            True,
        ),
        ("Mail C01X00T47 to a@x.com", {"to": "a@x.com", "x": "b@x.com", "body": "C01X00T47"}, True),
        ("Mail C01X00T47 to a@x.com", {"body": "C01X00T47"}, True),  # where to is not in the call
        ("Mail the pin to a@x.com", {"to": "a@x.com", "body": "It is C01X00T47"}, True),
        ("Mail C01X00T471 to a@x.com", {"to": "a@x.com", "body": "It is C01X00T47"}, True),
        ("Mail C01X00T47 to a@x.com", {"to": "a@x.com", "body": "the new plant opens"}, True),
        ("Mail C01X00T47 to a@x.com", {"to": "a@x.com", "body": f"C01X00T47, {NOTE}"}, True),
        (
            "Tell a@x.com: the new plant opens",
            {"to": "a@x.com", "body": "The new plant opens!"},
            False,
        ),
        (
            "Tell a@x.com: the new plant opens",
            {"to": "a@x.com", "body": "new plant opens in"},
            True,
        ),
        ("Post C01X00T47 in 13", {"channel": 13, "text": "C01X00T47"}, True),  # a weak sign
        ("Post C01X00T47 in channel 13", {"channel": 13, "text": "C01X00T47"}, False),
        ("Mail C01X00T47 to a@x.com", {"to": "a@x.com", "body": Unreadable("image")}, True),
        ("hello", {"to": "a@x.com", "body": "nothing of it"}, False),
    ],
)
def test_a_label_is_lifted_if_the_user_named_the_value_and_where_it_goes(
    said: str,
    args: dict[str, Any],
    expected: bool,  # noqa: FBT001 - both answers
) -> None:
    """Both, surely, and every destination of the call; else the label stands."""
    assert expected is refused(said, **args)


def test_an_address_by_kind_is_a_destination_whatever_its_name() -> None:
    """A declared kind tells a destination, and how it is compared."""
    said, kind = "Send C01X00T47 to DE89 3704 0044 0532 0130 00", "kind send.zz is iban;"

    assert refused(said, kind, zz="DE89370400440532013000", body="C01X00T47") is False
    assert refused(said, kind, zz="GB29NWBK60161331926819", body="C01X00T47") is True


def test_the_label_of_the_session_is_never_lifted() -> None:
    """What the agent has seen it knows, whatever the user says."""
    text = DECLARED + 'default allow because "x"; rule r: deny send when session has secret;'
    session = Session((policy(text),), ["Mail C01X00T47 to a@x.com"])
    session.let(call("get"), NOW)

    assert decide(text, args={"to": "a@x.com"}, state=session).effect is Effect.DENY


@pytest.mark.parametrize(
    ("value", "kind", "steps", "expected"),
    [
        ("bob", None, ("to",), True),
        ("bob", None, ("recipient_names", "*"), True),
        ("bob", None, ("newChannel",), True),
        ("bob", None, ("message", "receiverId"), True),
        ("bob", None, ("body",), False),
        ("bob", None, ("subject",), False),
        ("bob", None, ("total",), False),
        ("bob@x.com", None, ("body",), True),
        ("https://x.com/a", None, ("q",), True),
        ("x.com", None, ("q",), True),
        ("bob", "email", ("q",), True),
        ("bob", "name", ("q",), False),
        (13, None, ("q",), False),
        (13, None, ("to",), True),
    ],
)
def test_a_destination_is_told_by_kind_value_or_name(
    value: Any,
    kind: str | None,
    steps: tuple[str, ...],
    expected: bool,  # noqa: FBT001 - both answers
) -> None:
    """Rather one too many: each must be named by the user."""
    assert expected is is_destination(value, kind, steps)


@pytest.mark.parametrize(
    ("value", "leaf", "expected"),
    [
        ("C01 X00-T47", "C01X00T47", True),
        ("pin:C01X00T47", "C01X00T47", True),
        ("xC01X00T47", "C01X00T47", False),
        ("C01X00T47x", "C01X00T47", False),
        ("C01 X00 T47x", "C01X00T47", False),
        ("4 7 1 1", 4711, False),  # too short to be found in any spacing
        ("471 123", 471123, True),
        ("4,711.00", 4711, True),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000", True),
        ("on May 5th, 2026 ", "2026-05-05", True),
        ("the new, plant (opens)", NOTE, True),
        ("the\\nnew\\nplant\\nopens", NOTE, True),
        ("\uff54\uff48\uff45 new plant opens", NOTE, True),
        ("the new", NOTE, False),
        ("room 13", 13, Cause.WEAK_MATCH),
        (13, 13, True),
        ("x", True, False),
        ("anything", Unreadable("image"), Cause.UNREADABLE),
        (Unreadable("image"), "C01X00T47", Cause.UNREADABLE),
    ],
)
def test_the_secret_side_looks_widely(value: Any, leaf: Any, expected: Any) -> None:
    """Other spacing and other signs between the words do not take a label away."""
    found = carries(value, leaf)

    assert expected is (found.cause if isinstance(found, Unknown) else found)
