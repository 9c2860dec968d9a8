"""The audience of a label: to whom a labelled value may go, and where nobody can tell."""

from typing import Any

import pytest

from dsl.model import Effect
from dsl.session.audience import pattern, place_of
from dsl.session.session import Session
from dsl.show.statements import show
from dsl.state import Outcome, Place
from dsl.types import Unreadable
from tests.dsl.making import NOW, call, decide, policy
from tests.expect import findings

RULES = 'default allow because "x"; rule r: deny send when args has secret;'
BODY = "It is C01X00T47"


def refused(declared: str, rules: str = RULES, **args: Any) -> bool:
    """Tell whether a call is refused after a secret was shown."""
    text = f"policy p version 1; {declared} {rules}"
    session = Session((policy(text),), ["Hello"])
    session.ran(call("get"), NOW, {"pin": "C01X00T47", "note": "X"}, Outcome.EXECUTED)
    return decide(text, args=args, state=session).effect is Effect.DENY


@pytest.mark.parametrize(
    ("audience", "to", "expected"),
    [
        ('"corp.com"', "ada@corp.com", False),
        ('"corp.com"', "Ada@Corp.com", False),
        ('"corp.com"', "https://corp.com/form?a=1", False),
        ('"corp.com"', "corp.com/form", False),
        ('"corp.com"', "ada@eu.corp.com", True),
        ('"corp.com"', "ada@corp.com.evil.com", True),
        ('"corp.com"', "ada@evilcorp.com", True),
        ('"corp.com"', "https://corp.com@evil.com/", True),
        ('"corp.com"', "https://evil.com/corp.com", True),
        ('"*.corp.com"', "ada@eu.corp.com", False),
        ('"*.corp.com"', "ada@a.eu.corp.com", False),
        ('"*.corp.com"', "ada@corp.com", True),
        ('"*.corp.com"', "ada@xcorp.com", True),
        ('["*.corp.com", "corp.com"]', ["ada@corp.com", "bob@eu.corp.com"], False),
        ('["*.corp.com", "corp.com"]', ["ada@corp.com", "bob@evil.com"], True),
        ('"treasury@corp.com"', "Treasury@corp.com", False),
        ('"treasury@corp.com"', "ada@corp.com", True),
        ('"treasury@corp.com"', "https://corp.com", True),
        ('"*@corp.com"', "ada@corp.com", False),
        ('"*@corp.com"', "https://corp.com", True),
        ('"10.0.0.7"', "http://10.0.0.7/a", False),
        ('"10.0.0.7"', "http://10.0.0.8/a", True),
        ('"the treasury team"', "ada@corp.com", True),
        ('"hr"', "http://hr/a", True),
        ('["the treasury team", "corp.com"]', "ada@corp.com", False),
        ('"*.com"', "ada@corp.com", True),
        ('"*"', "ada@corp.com", True),
        ('"*corp.com"', "ada@corp.com", True),
        ('"corp.com"', "Ada <ada@corp.com>", True),
        ('"corp.com"', "ada@corp.com, eve@evil.com", True),
        ('"corp.com"', "general", True),
        ('"corp.com"', 13, True),
        ('"corp.com"', [], True),
        ('"corp.com"', None, True),
        ('"corp.com"', Unreadable("image"), True),
    ],
)
def test_a_label_stays_with_a_call_that_leaves_its_audience(
    audience: str,
    to: Any,
    expected: bool,  # noqa: FBT001 - both answers
) -> None:
    """Hosts, all hosts below one, and addresses; whatever is doubtful carries the label."""
    assert expected is refused(f"label get.pin as secret for {audience};", to=to, body=BODY)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"to": "ada@corp.com", "cc": "bob@corp.com"}, False),
        ({"to": "ada@corp.com", "cc": "eve@evil.com"}, True),
        ({"to": "ada@corp.com", "x": "eve@evil.com"}, True),
        ({"to": "ada@corp.com", "x": {"eve@evil.com": True}}, True),
        ({"to": "ada@corp.com", "channel": "general"}, True),
        ({"to": "ada@corp.com", "attendees": [{"email": "eve@evil.com"}]}, True),
        ({}, True),
    ],
)
def test_every_destination_must_be_in_the_audience(
    args: dict[str, Any],
    expected: bool,  # noqa: FBT001 - both answers
) -> None:
    """One that is not, one that is no address, or none at all, and the label stands."""
    assert expected is refused('label get.pin as secret for "corp.com";', **args, body=BODY)


def test_a_value_with_two_labels_goes_where_both_may() -> None:
    """Each declaration that marks the value must permit all places."""
    two = 'label get.pin as secret for "corp.com"; label get as secret for ["x.com", "corp.com"];'

    assert refused(two, to="ada@corp.com", body=BODY) is False
    assert refused(two, to="ada@x.com", body=BODY) is True
    assert refused("label get as secret; " + two, to="ada@corp.com", body=BODY) is True


def test_a_name_stands_for_an_audience() -> None:
    """A `let` of one address or several, also through another one."""
    named = 'let ours = ["corp.com", "*.corp.com"]; let us = ours; label get.pin as secret for us;'

    assert refused(named, to="ada@eu.corp.com", body=BODY) is False
    assert refused(named, to="ada@evil.com", body=BODY) is True


def test_a_kind_says_what_a_destination_is() -> None:
    """A declared kind decides: an id that looks like an address is no address."""
    label = 'label get.pin as secret for "corp.com"; kind send.at is {};'

    assert refused(label.format("host"), at="corp.com", body=BODY) is False
    assert refused(label.format("id"), at="corp.com", to="ada@corp.com", body=BODY) is False
    assert refused(label.format("id"), to="corp.com", at="x", body=BODY) is False
    assert refused("kind send.to is id;" + label.format("id"), to="corp.com", body=BODY) is True


def test_the_session_keeps_its_label_whatever_the_audience() -> None:
    """What the agent knows it knows."""
    rules = 'default allow because "x"; rule r: deny send when session has secret;'

    assert refused('label get.pin as secret for "corp.com";', rules, to="ada@corp.com") is True


@pytest.mark.parametrize(
    "asked",
    [
        "called(send where past.args.body has secret)",
        "last(send).args.body? has secret",
    ],
)
def test_where_a_call_goes_says_nothing_about_an_earlier_one(asked: str) -> None:
    """A secret that went elsewhere is not forgotten by a call to its audience."""
    text = (
        'policy p version 1; label get.pin as secret for "corp.com"; default allow because "x";'
        f"rule r: deny send when {asked};"
    )
    session = Session((policy(text),), ["Hello"])
    session.ran(call("get"), NOW, {"pin": "C01X00T47"}, Outcome.EXECUTED)
    session.ran(call("send", {"to": "eve@evil.com", "body": BODY}), NOW, "ok", Outcome.EXECUTED)

    assert decide(text, args={"to": "ada@corp.com"}, state=session).effect is Effect.DENY


def test_an_audience_lifts_labels_of_values_in_named_lists_and_functions_too() -> None:
    """A value of the call is one however the rule leads to it."""
    label = 'label get.pin as secret for "corp.com";'
    for asked in (
        "any x in args.parts: x has secret",
        "lower(args.body) has secret",
        "text has secret",
        "any x in entities(args.body): x has secret",
    ):
        rules = f'let text = args.body; default allow because "x"; rule r: deny send when {asked};'
        args = {"body": BODY, "parts": [BODY]}
        assert refused(label, rules, **args, to="eve@evil.com") is True, asked
        assert refused(label, rules, **args, to="ada@corp.com") is False, asked


@pytest.mark.parametrize(
    "label",
    [
        'label get.pin as secret for "corp.com";',
        'label get.pin as secret for ["corp.com", "*.corp.com"] when result.folder == "HR";',
        "label get.pin as secret for ours;",
    ],
)
def test_an_audience_is_printed_as_it_is_written(label: str) -> None:
    """One text, several, or a name."""
    read = policy(f'let ours = "corp.com"; {label}')

    assert show(read.labels[0]) == label


@pytest.mark.parametrize(
    ("audience", "code", "words"),
    [
        ("5", "BAR101", "expected"),
        ("[5]", "BAR101", "addresses belong here"),
        ('["a", args.x]', "BAR101", "addresses belong here"),
        ("args", "BAR107", "no `args` where addresses are written"),
        ("nobody", "BAR107", "no value named `nobody`"),
        ("number", "BAR201", "this is a number"),
        ("reads", "BAR107", "`reads` reads `args`"),
    ],
)
def test_an_audience_is_text(audience: str, code: str, words: str) -> None:
    """What stands there is known before any call."""
    text = f"let number = 5; let reads = args.x; label get as secret for {audience};"

    found = findings(f"policy p version 1; {text}")

    assert any(one.code == code and words in one.message for one in found)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("ada@Corp.com", None, Place("corp.com", "ada@corp.com")),
        (" ada@corp.com ", None, Place("corp.com", "ada@corp.com")),
        ("https://Corp.com:8443/a", "url", Place("corp.com")),
        ("corp.com", "host", Place("corp.com")),
        ("b\u00fccher.de", "host", Place("xn--bcher-kva.de")),
        ("\uff43orp.com", "host", None),
        ("mailto:ada@corp.com", None, None),
        ("file:///etc/passwd", "url", None),
        ("DE89370400440532013000", None, None),
        ("+49 30 123456", None, None),
        (7, None, None),
    ],
)
def test_a_place_is_an_address_that_everybody_reads_alike(
    value: Any, kind: str | None, expected: Place | None
) -> None:
    """Anything else is no place, and the label stands."""
    assert place_of(value, kind) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Corp.com", "corp.com"),
        ("*.Corp.com.", "*.corp.com"),
        ("*@Corp.com", "*@corp.com"),
        ("*@*.corp.com", None),
        ("a.*.com", None),
        ("*.10.0.0.1", None),
        ("https://corp.com", None),
        ("::1", "::1"),
        ("", None),
        ("*.", None),
    ],
)
def test_a_pattern_has_one_form_or_none(written: str, expected: str | None) -> None:
    """What is no pattern takes nobody in."""
    assert pattern(written) == expected
