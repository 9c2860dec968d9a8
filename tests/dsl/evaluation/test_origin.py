"""Where values come from: which leaves are asked about, and what their origins come to."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from dsl import syntax
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import Cause
from dsl.session.session import Session
from dsl.state import Argument, Origins
from dsl.types import Truth, Unknown, Unreadable
from tests.dsl.making import NOW, call, effect, policy, scope

OPEN = Unknown(Cause.WEAK_MATCH, "origin")
SAID, NOT_SAID = {"title": "u"}, {"title": "x"}


@dataclass
class Told(Session):
    """A session that is told the levels of each value."""

    levels: Mapping[Any, Mapping[str, Truth]] = field(default_factory=dict)
    asked: list[tuple[Any, str | None]] = field(default_factory=list)
    tools: Mapping[str, Truth] = field(default_factory=dict)
    rows: Sequence[Any] | Unknown = ()

    def origins(
        self, policy: syntax.Policy, value: Any, kind: str | None, at: Argument | None = None
    ) -> Origins | Unknown:
        self.asked.append((value, kind))
        return Origins(self.levels.get(value, {}), self.tools)

    def records(
        self, policy: syntax.Policy, value: Any, tool: str, kind: str | None = None
    ) -> Sequence[Any] | Unknown:
        return self.rows

    def directed(self, policy: syntax.Policy, value: Any, kind: str | None) -> Truth:
        self.asked.append((value, kind))
        return self.levels.get(value, {}).get("directed", False)


def says(text: str, state: Any, declared: str = "", **args: Any) -> Any:
    """Return true, false, or the cause of an unknown."""
    made = policy(f"{declared} rule r: deny * when {text};")
    scope = Scope(call(args=args), NOW, names_of(made), state)
    assert made.rules[0].condition is not None
    found = conditions.evaluate(made.rules[0].condition, scope)
    return found.cause if isinstance(found, Unknown) else found


STATE = Told(
    levels={
        "u": {"user": True},
        "t": {"trusted": True, "untrusted": False},
        "b": {"user": True, "untrusted": True},
        "x": {"untrusted": True},
        "w": {"user": OPEN},
        "v": {"trusted": True, "untrusted": OPEN},
        7: {"user": True},
    }
)


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("u", "args.v from user", True),
        ("x", "args.v from user", False),
        ("b", "args.v from user", True),  # an attacker may quote the user's friends
        ("w", "args.v from user", Cause.WEAK_MATCH),
        ("w", "not args.v from user", Cause.WEAK_MATCH),
        ("w", "args.v from nowhere", Cause.WEAK_MATCH),
        ("w", "args.v from [user, nowhere]", Cause.WEAK_MATCH),
        ("t", "args.v from [user, trusted]", True),
        ("x", "args.v from [user, trusted]", False),
        ("none", "args.v from nowhere", True),
        ("none", "args.v from untrusted", False),
        ("none", "args.v from [user, trusted, internal, approved]", False),
        ("none", "args.v only from user", False),  # no origin at all is no accepted one
        ("u", "args.v only from user", True),
        ("b", "args.v only from user", False),
        ("b", "args.v only from [user, untrusted]", True),
        ("v", "args.v only from trusted", Cause.WEAK_MATCH),
        ("v", "args.v only from [trusted, untrusted]", True),
        ("w", "args.v only from user", Cause.WEAK_MATCH),
        (7, "args.v from user", True),
        (True, "args.v from user", Cause.WRONG_TYPE),
        (None, "args.v from user", Cause.MISSING),
        (None, "args.v? from user", False),
        (None, "args.v? from nowhere", False),
        (Unreadable("image"), "args.v from user", Cause.UNREADABLE),
        (Unreadable("image"), "args.v from untrusted", Cause.UNREADABLE),
        ({"a": Unreadable("image")}, "args.v from user", Cause.UNREADABLE),
        ([Unreadable("image"), "x"], "args.v from untrusted", Cause.UNREADABLE),
    ],
)
def test_origin_is_a_set(value: Any, text: str, expected: Any) -> None:
    """`from` asks whether an origin is in the set, `only from` whether no other is."""
    assert expected == says(text, STATE, v=value)


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (["u", "b"], "args.v from user", True),
        (["u", "x"], "args.v from user", False),
        (["u", "w"], "args.v from user", Cause.WEAK_MATCH),
        (["x", "w"], "args.v from user", False),
        (["u", "x"], "args.v from untrusted", True),
        (["u", "t"], "args.v from untrusted", False),
        (["u", "v"], "args.v from untrusted", Cause.WEAK_MATCH),
        (["u", "none"], "args.v from nowhere", True),
        (["u", "x"], "args.v from nowhere", False),
        (["u", "x"], "args.v from [untrusted, nowhere]", True),
        (["x", "none"], "args.v from [user, untrusted]", False),
        (["u", "x"], "args.v from [user, untrusted]", True),
        (["u", "t"], "args.v only from [user, trusted]", True),
        (["u", "b"], "args.v only from [user, trusted]", False),
        ([], "args.v from user", False),
        ([], "args.v only from user", False),
        ([], "args.v from untrusted", False),
        ([], "args.v from nowhere", False),
        ({}, "args.v from user", False),
        ([True, None], "args.v from user", False),
        ([True, "u"], "args.v from user", True),
        ({"a": "u", "b": {"c": ["b"]}}, "args.v from user", True),
        ({"a": "u", "b": {"c": ["x"]}}, "args.v from user", False),
        ({"a": "u", "b": {"c": ["x"]}}, "args.v from untrusted", True),
        ({"a": {"b": [[["none"]]]}}, "args.v from nowhere", True),
    ],
)
def test_all_leaves_must_be_accepted_and_one_suspect_leaf_is_enough(
    value: Any, text: str, expected: Any
) -> None:
    """What is accepted must be so in every leaf, of which there must be one; suspicion spreads."""
    assert expected == says(text, STATE, v=value)


def test_a_list_of_values_is_asked_about_like_one_value() -> None:
    """Several arguments together are accepted only if each of them is."""
    assert says("[args.a, args.b] from user", STATE, a="u", b="b") is True
    assert says("[args.a, args.b] from user", STATE, a="u", b="x") is False


def test_every_leaf_has_the_kind_of_its_own_place() -> None:
    """A kind declared for a list's elements, or inside an object, holds for a question on all."""
    declared = "kind send.cc[*] is email; kind send.to.iban is iban; kind send.all is url;"
    state = Told()
    says("args.cc from user or args.to from user", state, declared, cc=["c"], to={"iban": "i"})
    says("args.all from user or args.all[0] from user", state, declared, all=["a"])
    says("directed(args.cc)", state, declared, cc=["d"])

    expected = [("c", "email"), ("i", "iban"), ("a", "url"), ("a", "url"), ("d", "email")]
    assert expected == state.asked


@pytest.mark.parametrize("value", [{"x": "i"}, [["i"]], {"x": [{"y": "i"}]}])
def test_a_leaf_has_the_kind_that_is_declared_around_it(value: Any) -> None:
    """An account one level deeper than it belongs is compared as an account all the same."""
    state = Told()
    says("args.to from user", state, "kind send.to is iban;", to=value)

    assert state.asked == [("i", "iban")]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("read_*", True), ("hub/read_file", True), ("read_file", True), ("other/*", False)],
)
def test_a_tool_is_named_as_in_selectors(pattern: str, expected: Any) -> None:
    """`from tool(...)` knows the tool on every server, or on the one that is named."""
    state = Told(tools={"hub/read_file": True, "send": False})

    assert expected is says(f'args.v from tool("{pattern}")', state, v="a")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"title": "u"}], True),
        ([{"title": "x"}], False),
        ([{"title": "x"}, {"title": "u"}], True),
        ([{"title": "x"}, {"title": "w"}], Cause.WEAK_MATCH),
        ([{}], Cause.MISSING),
        ([{"title": None}], Cause.MISSING),
        ([{"rows": [NOT_SAID]}, NOT_SAID], False),  # what is around a row, and the row
        ([{"rows": [SAID]}, SAID], True),
        ([{"rows": [NOT_SAID]}, NOT_SAID, {"id": "1"}], Cause.MISSING),  # and one that lacks it
        ([{"id": "1"}, {"title": "x"}], Cause.MISSING),
        (["u"], Cause.WRONG_TYPE),
        ([], False),
        (Unknown(Cause.SESSION_OVERFLOW, "session"), Cause.SESSION_OVERFLOW),
    ],
)
def test_a_record_must_pass_the_test(rows: Any, expected: Any) -> None:
    """A value is from a record if one passes; what one lacks is unknown, but around another."""
    state = Told(levels=STATE.levels, rows=rows)
    text = "args.v from record(get_events) where record.title from user"

    assert expected == says(text, state, v="a")


@pytest.mark.parametrize(
    ("told", "value", "expected"),
    [
        ({"a": {"directed": True}}, "a", True),
        ({"a": {"directed": True}}, ["a", "b"], False),
        ({"a": {"directed": OPEN}}, "a", Cause.WEAK_MATCH),
        ({}, [], False),
        ({}, True, Cause.WRONG_TYPE),
        ({}, Unreadable("image"), Cause.UNREADABLE),
    ],
)
def test_directed_is_asked_of_every_leaf(told: Any, value: Any, expected: Any) -> None:
    """A list was given by a directed call only if all of it was."""
    assert expected == says("directed(args.v)", Told(levels=told), v=value)


@pytest.mark.parametrize(
    ("texts", "pattern", "expected"),
    [
        (["Please PAY Bob"], "pay", True),
        (["hello", "pay"], "pay|send", True),
        (["hello"], "pay", False),
        (["hello"], "^ello", False),
        (["p\ud800ay"], "pay", False),
        ([], "pay", Cause.NO_USER_EVENTS),
        (["pay" * 3_000_000], "nothing", Cause.TOO_MUCH),
    ],
)
def test_the_users_words_are_searched_in_either_case(
    texts: list[str], pattern: str, expected: Any
) -> None:
    """A pattern may stand anywhere in what the user wrote; without any words nobody knows."""
    assert expected == says(f"user_said(/{pattern}/)", Session(texts=texts))


def test_a_pattern_that_grows_too_large_by_either_case_is_unknown() -> None:
    """Evaluation never raises, also for the largest pattern that may be written."""
    made = syntax.UserSaid(r"(?:ksksksksksks\pL){441}")  # refused where it is read
    found = conditions.evaluate(made, scope(call(), state=Session(texts=["pay"])))

    assert isinstance(found, Unknown)
    assert found.cause is Cause.TOO_MUCH


@pytest.mark.parametrize(
    "text",
    [
        "args.v from user",
        "args.v from nowhere",
        "args.v only from trusted",
        'args.v from tool("x")',
        "args.v from record(get) where record.a from user",
        "directed(args.v)",
        "user_said(/a/)",
        "user_delegated()",
        "session saw untrusted",
        "all e in entities(args.v): e from user",
    ],
)
def test_without_a_session_origin_never_helps(text: str) -> None:
    """Where nobody keeps a session, every question about origin is unknown, both ways round."""
    assert effect(f"rule r: allow send when {text};", v="a") == "deny"
    assert effect(f"rule r: allow send when not ({text});", v="a") == "deny"
    assert effect(f'default allow because "x"; rule r: deny * when {text};', v="a") == "deny"
    assert effect(f'default allow because "x"; rule r: deny * when not ({text});', v="a") == "deny"


def test_a_value_the_user_named_passes_and_any_other_does_not() -> None:
    """The construct that stops an injection: the account must come from the user."""
    state = Session(texts=["Pay 50 to GB29NWBK60161331926819"])
    text = "args.to from [user, trusted]"

    assert says(text, state, "kind send.to is iban;", to="gb29 nwbk 6016 1331 9268 19") is True
    assert says(text, state, "kind send.to is iban;", to="DE89370400440532013000") is False
    assert says(text, state, "kind send.to is iban;", to="no account") is Cause.UNREADABLE


@pytest.mark.parametrize(
    "value",
    [["a"] * 9_000, {"a": [{"b": "c" * 200_000}] * 40}],
    ids=["many", "large"],
)
def test_very_many_leaves_end_in_unknown_soon(value: Any) -> None:
    """Asking for origins costs more than one rule may take."""
    began = time.process_time()

    for text in ("args.v from user", "args.v from untrusted", "args.v has secret"):
        assert says(text, STATE, v=value) is Cause.TOO_MUCH
    assert time.process_time() - began < 1
