"""What each test of a condition says: true, false, or unknown with its cause."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from dsl import syntax
from dsl.evaluation import conditions
from dsl.model import Cause, Subject, ToolCall
from dsl.types import Truth, Unknown
from tests.dsl import drawing
from tests.dsl.making import call, condition, scope

MISSING, WRONG_TYPE, UNREADABLE = Cause.MISSING, Cause.WRONG_TYPE, Cause.UNREADABLE


def says(text: str, args: dict[str, Any] | None = None, **more: Any) -> Truth:
    return conditions.evaluate(condition(text), scope(call(args=args, **more)))


def cause(text: str, args: dict[str, Any] | None = None) -> Cause:
    truth = says(text, args)
    assert isinstance(truth, Unknown)
    return truth.cause


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("args.a == 1", 1),
        ("args.a == 1", Decimal("1.00")),
        ("args.a == 1.0", 1),
        ("args.a < 0.3", Decimal("0.29999999999999999999999999")),
        ("args.a != 9007199254740992", 9007199254740993),
        ("args.a == 1e2", 100),
        ('args.a < "b"', "a"),
        ('args.a == ""', ""),
        ("args.a == true", True),
        ("args.a", True),
        ("args.a in [1, 2]", Decimal("2.0")),
        ("args.a not in [1, 2]", 3),
        ("args.a in 8..17", 17),
        ("args.a not in 8..17", Decimal("17.00000001")),
        ("args.a not in []", 1),
        ('args.a in ["x", 1]', "x"),
        ('args.a contains "b"', "abc"),
        ('args.a starts_with "/srv/"', "/srv/x"),
        ('args.a ends_with "@corp.com"', "x@corp.com"),
        ('args.a like "*.corp.com"', "mail.corp.com"),
        ('args.a like "a*"', "a\n\0"),
        (r"args.a matches /.*@corp\.com/", "x@corp.com"),
        ("args.a matches /ü+/", "üü"),
        ("present(args.a)", False),
        ("present(args.a)", []),
    ],
)
def test_what_is_true(text: str, value: object) -> None:
    """Numbers compare exactly, ranges take in both ends, texts character by character."""
    assert says(text, {"a": value}) is True
    assert says(f"not ({text})", {"a": value}) is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("args.a == 1", 2),
        ("args.a in []", 1),
        ("args.a in 8..17", Decimal("17.00000001")),
        ("args.a", False),
        (r"args.a matches /.*@corp\.com/", "x@corp.com.evil.net"),
        (r"args.a matches /.*@corp\.com/", "x@corp.com\n"),
        ("args.a matches /ok/", "not ok"),
        ("args.a matches /a|b/", "ac"),
        ('args.a like "*.corp.com"', "mail.corp.com.evil.net"),
        ('args.a like "a.c"', "abc"),
        ('args.a contains "A"', "abc"),
        ('args.a == "é"', "e\u0301"),
        ("present(args.a)", None),
        ("present(args.a.b)", {"b": None}),
        ("present(args.a[1])", [1]),
    ],
)
def test_what_is_false(text: str, value: object) -> None:
    """Patterns and globs cover the whole value; null is absent; nothing folds case or accents."""
    assert says(text, {"a": value}) is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("args.a == 1", True),
        ("args.a == 1", "1"),
        ('args.a == "1"', 1),
        ('args.a != "1"', 1),
        ("args.a == true", 1),
        ("args.a > 100", "1e3"),
        ("args.a == args.a", []),
        ("args.a", "true"),
        ("args.a", 1),
        ("args.a in 0..1", True),
        ("args.a in [1]", "1"),
        ("args.a not in [1]", "1"),
        ("args.a in []", None.__class__),
        ("args.a in args.a", [1]),
        ("1 in args.a", "1"),
        ("1 in args.a", {"1": 1}),
        ('"x" in args.a', [None]),
        ('args.a contains "x"', ["x"]),
        ("args.a matches /.*/", 1),
        ('args.a like "*"', ["x"]),
        ("args.a.b == 1", "b"),
        ("args.a.b == 1", [1]),
        ("args.a[0] == 1", {"0": 1}),
        ("args.a[0] == 1", "1"),
        ("present(args.a.b)", "text"),
        ("args.a.b? == 1", "text"),
    ],
)
def test_what_does_not_fit_is_unknown(text: str, value: object) -> None:
    """A value of another type is no answer: neither true nor false, also under `not` and `?`."""
    assert WRONG_TYPE is cause(text, {"a": value})
    assert WRONG_TYPE is cause(f"not ({text})", {"a": value})


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("args.a == 1", {}),
        ("args.a != 1", {"a": None}),
        ("not args.a == 1", {}),
        ("args.a not in [1]", {}),
        ("args.a in []", {}),
        ("1 in args.a", {}),
        ("1 in [args.a]", {}),
        ("args.a.b.c == 1", {"a": {}}),
        ("args.a[3] == 1", {"a": [1]}),
        ("args.a", {}),
        ('args.b == "x" and args.a == 1', {"b": "x"}),
        ('args.b == "y" or args.a == 1', {"b": "x"}),
    ],
)
def test_what_is_missing_is_unknown(text: str, args: dict[str, Any]) -> None:
    """An absent value, JSON null among them, is unknown, whatever asks for it."""
    assert MISSING is cause(text, args)


@pytest.mark.parametrize(
    ("text", "args", "expected"),
    [
        ("args.a? == 1", {}, False),
        ("args.a? == 1", {"a": None}, False),
        ("args.a? != 1", {}, False),
        ("not args.a? == 1", {}, True),
        ("args.a? not in [1]", {}, False),
        ("args.a?", {}, False),
        ("not args.a?", {}, True),
        ("args.b == args.a?", {"b": 1}, False),
        ("args.b in [args.a?, 2]", {"b": 2}, True),
        ("args.b in [args.a?, 2]", {"b": 1}, False),
        ("args.b in args.a?", {"b": 1}, False),
        ("args.a.b? == 1", {}, False),
        ("args.a? == 1", {"a": 1}, True),
    ],
)
def test_a_question_mark_makes_absence_false(
    text: str, args: dict[str, Any], expected: object
) -> None:
    """`?` turns a test on an absent value into false, before any `not` in front of it."""
    assert expected is says(text, args)


def test_a_settled_condition_needs_no_unknown() -> None:
    """`false and unknown` is false, `true or unknown` is true."""
    args = {"b": "x"}

    assert says('args.b == "y" and args.a == 1', args) is False
    assert says('args.b == "x" or args.a == 1', args) is True


def test_half_a_surrogate_is_unreadable() -> None:
    """Text that is no Unicode is unknown rather than an error."""
    assert UNREADABLE is cause("args.a matches /.*/", {"a": "\ud800"})
    assert UNREADABLE is cause('args.a like "*"', {"a": "\ud800"})
    assert UNREADABLE is cause("args.b like args.a", {"a": "a" * 5000, "b": "a"})


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("args.a.b == 1", "args.a"),
        ("args.c[0]? == 1", "args.c"),
        ('"x" in [args.a, args.b]', "args.a"),
        ("1 == args.b", "args.b"),
    ],
)
def test_an_unknown_names_what_it_read(text: str, path: str) -> None:
    """The path in the reason is one that stands in the policy."""
    truth = says(text, {"a": 1, "b": "b", "c": {}})

    assert isinstance(truth, Unknown)
    assert truth.path.startswith(path)
    assert "(" not in truth.path


def test_the_call_itself_can_be_asked() -> None:
    """The tool, the agent, the subject, the session and the context are values too."""
    made = ToolCall(
        "c", "pay", {}, "bank", Subject("ada", ("clerk",)), "bot", "s1", {"edge": {"n": 1}}
    )

    for text in (
        'tool == "bank/pay"',
        'agent.id == "bot"',
        'subject.id == "ada"',
        '"clerk" in subject.roles',
        'session.id == "s1"',
        "context.edge.n == 1",
    ):
        assert conditions.evaluate(condition(text), scope(made, drawing.LETS)) is True
    assert MISSING is cause('agent.id == "bot"')
    assert says('"clerk" in subject.roles') is False


@pytest.mark.parametrize("length", [26, 20_000])
def test_no_pattern_takes_long(length: int) -> None:
    """A pattern that would take others for ever is decided at once, and rightly."""
    assert says("args.a matches /(a+)+b/", {"a": "a" * length}) is False
    assert says("args.a matches /(a+)+b/", {"a": "a" * length + "b"}) is True


@drawing.law(200)
@given(test=drawing.tests, made=drawing.calls())
def test_not_turns_and_keeps_unknown(test: syntax.Test, made: ToolCall) -> None:
    """`not` turns true into false and back, and leaves an unknown as it is."""
    plain = conditions.evaluate(test, scope(made, drawing.LETS))
    turned = conditions.evaluate(syntax.Not(test), scope(made, drawing.LETS))

    assert turned == (plain if isinstance(plain, Unknown) else not plain)
