"""The session kept in memory: what tests of policies are decided by follows the law of sessions."""

from datetime import timedelta
from typing import Any

import pytest

from dsl import unreadable
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import Cause, Subject
from dsl.session.session import Session
from dsl.state import Outcome
from dsl.types import Unknown, Unreadable
from tests.dsl.making import NOW, call, policy

RAN, FAILED, RESERVED = Outcome.EXECUTED, Outcome.FAILED, Outcome.RESERVED
IBAN = "DE89370400440532013000"
OTHER = "GB29NWBK60161331926819"


class Story:
    """A session and the policy that judges it; each step is one thing that happened."""

    def __init__(self, declared: str = "", *texts: str) -> None:
        self.declared = declared
        self.session = Session((policy(declared),), list(texts))

    def ran(
        self, tool: str, result: Any, outcome: Outcome = RAN, server: str | None = None, **args: Any
    ) -> "Story":
        self.session.ran(call(tool, args, server=server), NOW, result, outcome)
        return self

    def says(self, text: str, **args: Any) -> Any:
        """Return true, false, or the cause of an unknown."""
        made = policy(f"{self.declared} rule r: deny * when {text};")
        told = call(args=unreadable.seen(args))
        scope = Scope(told, NOW, names_of(made), self.session)
        assert made.rules[0].condition is not None
        found = conditions.evaluate(made.rules[0].condition, scope)
        return found.cause if isinstance(found, Unknown) else found


# Levels


@pytest.mark.parametrize(
    ("declared", "level"),
    [
        ("", "untrusted"),
        ("source get as trusted;", "trusted"),
        ("source get.row.to as trusted;", "trusted"),
        ("source get.row as internal;", "internal"),
        ("source get.other as trusted;", "untrusted"),
        ("source get as untrusted; source get.row.to as trusted;", "trusted"),
        ("source get as trusted; source get.row as untrusted;", "untrusted"),
        ("source get as trusted; source get as internal;", "internal"),
        ("source g* as trusted; source get as untrusted;", "untrusted"),
        ('source "hub/get" as trusted;', "trusted"),
        ('source "other/get" as trusted;', "untrusted"),
    ],
)
def test_each_field_has_the_level_of_its_nearest_declaration(declared: str, level: str) -> None:
    """What is not declared is untrusted; of two that are as near, the less trusted counts."""
    story = Story(declared, "hello").ran("get", {"row": {"to": IBAN}}, server="hub")

    for one in ("trusted", "internal", "untrusted"):
        assert story.says(f"args.to from {one}", to=IBAN) is (one == level)
    assert story.says("args.to from nowhere", to=OTHER) is True
    assert story.says("args.to from nowhere", to=IBAN) is False


def test_a_field_of_every_element_is_named_with_a_star() -> None:
    """`[*]` is every element, an index one of them, and a name no place in a list."""
    rows = [{"to": IBAN}, {"to": OTHER}]

    for field, one, other in (
        ("[*].to", True, True),
        ("[0].to", True, False),
        (".to", False, False),
    ):
        story = Story(f'source "get"{field} as trusted;', "hello").ran("get", rows)
        assert (one, other) == (
            story.says("args.to from trusted", to=IBAN),
            story.says("args.to from trusted", to=OTHER),
        )


def test_each_policy_judges_by_its_own_sources() -> None:
    """What was seen is one thing, how far it is trusted another."""
    story = Story("source get as trusted;", "hello").ran("get", IBAN)
    assert story.says("args.to from trusted", to=IBAN) is True
    story.declared = ""
    assert story.says("args.to from trusted", to=IBAN) is False


@pytest.mark.parametrize(
    ("result", "whole", "inside"),
    [(IBAN, True, True), (f"Pay {IBAN} now", False, True), (f"x{IBAN}", False, False)],
)
def test_what_a_stranger_may_name_counts_only_as_the_entire_leaf(
    result: str,
    whole: bool,  # noqa: FBT001 - both answers
    inside: bool,  # noqa: FBT001 - both answers
) -> None:
    """`whole` takes no value out of a longer text; without it, whole words are found."""
    for clause, expected in ((" whole", whole), ("", inside)):
        story = Story(f"source get as trusted{clause};", "hello").ran("get", {"name": result})
        assert expected is story.says("args.to from trusted", to=IBAN)


# Matching


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


# No laundering


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


# Names of members, failed calls, approvals


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


# Records and directed calls

ROW = "args.v from record(get_events) where record.title from user"


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


# What the session saw and carries


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


# Whose history, and the rest


def test_history_is_of_the_session_the_subject_or_the_agent() -> None:
    """Calls of others count where the session or the tenant is asked about."""
    session = Session()
    for subject, agent in (("ann", "x"), ("ann", "y"), ("bob", "x")):
        session.ran(call("pay", subject=Subject(subject), agent=agent), NOW, {}, RAN)
    session.call = call("pay", subject=Subject("ann"), agent="x")

    found = {per: session.past(per, None) for per in ("session", "tenant", "subject", "agent")}
    counted = {per: len(calls) for per, calls in found.items() if not isinstance(calls, Unknown)}
    assert counted == {"session": 3, "tenant": 3, "subject": 2, "agent": 2}


def test_history_starts_where_it_is_asked_to() -> None:
    """An instant is in its own window."""
    session = Session()
    session.ran(call("pay"), NOW, {}, RAN)

    later = session.past("session", NOW + timedelta(microseconds=1))
    assert (len(session._past), later) == (1, [])
    assert session.past("session", NOW) == session.past("session", None) != []


def test_entities_are_the_values_inside_a_text() -> None:
    """The session asks for them with the same words that it finds them by."""
    session = Session()

    assert session.entities("Mail (bob@x.com) about INV-7") == ["bob@x.com", "INV-7"]
    unread = session.entities("e" + "\u0301\u0300" * 80)
    assert isinstance(unread, Unknown)
    assert unread.cause is Cause.UNREADABLE


def test_the_user_hands_the_choice_over_in_so_many_words() -> None:
    """Without any words of the user nobody knows."""
    assert Story("", "you decide").says("user_delegated()") is True
    assert Story("", "pay Bob", "thanks").says("user_delegated()") is False
    assert Story("").says("user_delegated()") is Cause.NO_USER_EVENTS
