"""Changes: what they do to a call or result, and where they cannot be made nothing goes through."""

import time
from decimal import Decimal
from typing import Any

import pytest

from dsl import unreadable
from dsl.evaluation import transforms
from dsl.interpret import Bound, evaluate
from dsl.model import Change, Effect, ReasonCode, Verdict
from dsl.toolspec import Tools
from dsl.types import Unreadable
from tests import expect
from tests.dsl.making import NOW, call, decide, policy

CARD = "4111 1111 1111 1111"
GONE = "[redacted]"
BASE64 = "iVBORw0KGgoAAAANSUhEUgAA" * 30


def changed(clauses: str, args: Any, *more: str) -> Any:
    """Return the changed arguments, or why there are none."""
    verdict = decide(f"rule r: allow send with {clauses};", *more, args=args)
    return verdict.changed if verdict.effect is not Effect.DENY else verdict.code


def redacted(result: Any, path: str = "result", detector: str = "card") -> Any:
    """Return a result without what a detector finds, or what is wrong."""
    rule = policy(f'rule r on result: allow * with redact({path}, "{detector}");').rules[0]
    try:
        return transforms.apply({"result": result}, rule.transforms)["result"]
    except transforms.Unchangeable as error:
        return str(error)


UNSTABLE = ReasonCode.TRANSFORM_UNSTABLE


@pytest.mark.parametrize(
    ("clauses", "args", "expected"),
    [
        ("set(args.limit, 100)", {"limit": 500}, {"limit": 100}),
        ("set(args.limit, 100)", {}, {"limit": 100}),
        ("set(args.limit, 100)", {"limit": 100}, None),  # nothing to change
        ("set(args.limit, 1)", {"limit": True}, {"limit": 1}),
        ("set(args.limit, 1)", {"limit": Decimal("1.0")}, {"limit": 1}),
        ("set(args.a.b, 1)", {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}),
        ("set(args.a.b, 1)", {}, UNSTABLE),
        ("set(args.a.b, 1)", {"a": [1]}, UNSTABLE),
        ("set(args.a.b, 1)", {"a": None}, UNSTABLE),
        ('set(args.a, {"b": [1, null]})', {}, {"a": {"b": [1, None]}}),
        ("drop(args.cc)", {"cc": "b", "to": "a"}, {"to": "a"}),
        ("drop(args.cc)", {"to": "a"}, None),
        ("drop(args.a.b)", {"a": {"b": 1}}, {"a": {}}),
        ("drop(args.a.b)", {"to": "a"}, None),
        ("drop(args.a.b)", {"a": "text"}, UNSTABLE),
        ('redact(args.body, "card")', {"body": f"x {CARD} y"}, {"body": f"x {GONE} y"}),
        ('redact(args.body, "card")', {"body": "nothing"}, None),
        ('redact(args.body, "card")', {}, None),
        ('redact(args.body, "card")', {"body": None}, None),
        ('redact(args.body, "card")', {"body": Unreadable("image")}, {"body": GONE}),
        ('redact(args.body, "card")', {"body": 4111111111111111}, {"body": GONE}),
        ('drop(args.a), redact(args.body, "card")', {"a": 1, "body": CARD}, {"body": GONE}),
        (f'set(args.body, "{CARD}"), redact(args.body, "card")', {}, {"body": GONE}),
        ("set(args.__class__, 1)", {}, {"__class__": 1}),
    ],
)
def test_changes_are_made_or_nothing_goes_through(clauses: str, args: Any, expected: Any) -> None:
    """A value is set, dropped or cleaned in a copy; where there is no place for it, it denies."""
    before = repr(args)

    assert expected == changed(clauses, args)
    assert before == repr(args)


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ("set(args.a, 1)", "set(args.a, 1)", False),
        ("set(args.a, 1)", "set(args.a, 2)", True),
        ("set(args.a, 1)", "set(args.a, 1.0)", True),
        ("set(args.a, 1)", "set(args.a, true)", True),
        ("set(args.a, 1)", "drop(args.a)", True),
        ("drop(args.a)", "drop(args.a)", False),
        ("drop(args.a)", "set(args.a.b, 1)", True),
        ("set(args.a.b, 1)", "drop(args.a)", True),
        ('set(args.a, {"b": 1})', "set(args.a.b, 1)", True),
        ("set(args.a.b, 1)", "set(args.a.c, 2)", False),
        ("set(args.a, 1)", "drop(args.b)", False),
        ("set(args.a, 1)", 'redact(args.a, "card")', False),
        ('redact(args.b, "card")', 'redact(args.b, "email")', False),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_two_rules_that_want_different_things_of_one_place_deny(
    one: str,
    other: str,
    conflict: bool,  # noqa: FBT001 - both answers
    apart: bool,  # noqa: FBT001 - both answers
) -> None:
    """A conflict denies, in one policy and between two, in either order."""
    args = {"a": {"b": 0}, "b": "x"}
    first = f"rule r: allow send with {one};"
    second = f"rule s: allow send with {other};"
    texts = [first, f"policy q version 1; {second}"] if apart else [first + second]

    for given in (texts, texts[::-1]):
        verdict = decide(*given, args=args)
        assert conflict == (verdict.effect is Effect.DENY)
        assert not conflict or verdict.code is UNSTABLE


@pytest.mark.parametrize(
    ("rules", "effect", "code"),
    [
        # the second look asks or denies
        ("rule s: ask send when args.n == 1;", "ask", ReasonCode.RULE),
        ("rule s: deny send when args.n == 1;", "deny", ReasonCode.RULE),
        ("rule s: deny send when not present(args.n);", "allow", ReasonCode.RULE),
        # the first look asked, and the changed call need not be asked about
        ("rule s: ask send when args.n == 5 with set(args.n, 1);", "ask", ReasonCode.RULE),
        # the second look would change again
        ("rule s: allow send when args.n == 1 with set(args.m, 1);", "deny", UNSTABLE),
        ("rule s: allow send when args.n == 1 with drop(args.n);", "deny", UNSTABLE),
        ("rule s: allow send when args.n == 1 with drop(args.z);", "allow", ReasonCode.RULE),
        ("rule s: allow send when args.n == 1 with set(args.n, 1);", "allow", ReasonCode.RULE),
    ],
)
def test_the_changed_call_is_judged_once_more(rules: str, effect: str, code: ReasonCode) -> None:
    """The stricter of both looks stands, and a further change denies."""
    verdict = decide("rule r: allow send with set(args.n, 1);" + rules, args={"n": 5})

    assert (effect, code) == (verdict.effect, verdict.code)
    assert ({"n": 1} if effect != "deny" else None) == verdict.changed


def test_a_change_that_undoes_its_own_permission_denies() -> None:
    """What the changed call is not allowed is not let through."""
    text = "rule r: allow send when args.n == 5 with set(args.n, 1);"

    assert decide(text, args={"n": 5}).effect is Effect.DENY


def test_the_changed_call_must_fit_its_schema() -> None:
    """A change cannot make a call that its tool would refuse."""
    tools = expect.tools({"send": ["n"]})

    assert decide("rule r: allow send with set(args.n, 1);", args={"n": 5}, tools=tools).changed
    verdict = decide("rule r: allow send with set(args.m, 1);", args={"n": 5}, tools=tools)
    assert (verdict.effect, verdict.code) == (Effect.DENY, ReasonCode.INVALID_CALL)


def test_a_value_that_nobody_can_read_fits_no_schema() -> None:
    """An image where the schema wants JSON is an invalid call, and no fault of ours."""
    tools = _typed()

    for image in (Unreadable("image"), [Unreadable("image")]):
        verdict = decide("rule r: allow send;", args={"n": image}, tools=tools)
        assert (verdict.effect, verdict.code) == (Effect.DENY, ReasonCode.INVALID_CALL)


def _typed() -> Tools | None:
    from dsl import toolspec  # noqa: PLC0415 - only here
    from dsl.errors import Source  # noqa: PLC0415 - only here

    text = '[{"name": "send", "inputSchema": {"properties": {"n": {"type": "string"}}}}]'
    return toolspec.read(Source("tools.json", text))


def test_changes_are_named_once() -> None:
    """The verdict says what was changed, and both looks join what they require."""
    verdict = decide(
        'rule r: allow send with set(args.n, 1), redact(args.b, "card") require notify("x");',
        'policy q version 1; rule r: allow send with set(args.n, 1) require notify("x");',
        args={"b": CARD},
    )

    assert verdict.changes == (Change("args.n", "set"), Change("args.b", "redact"))
    assert [(one.to, one.policy) for one in verdict.obligations] == [("x", "p"), ("x", "q")]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (CARD, GONE),
        (f"a {CARD} b {CARD}", f"a {GONE} b {GONE}"),
        ({"a": [CARD, {"b": CARD}]}, {"a": [GONE, {"b": GONE}]}),
        ((CARD,), [GONE]),
        (4111111111111111, GONE),
        (Decimal("4111111111111111.0"), GONE),
        (Decimal("4.111111111111111E+15"), GONE),
        ([5, True, None, "x"], [5, True, None, "x"]),
        ({"{0}": "{1}", "__class__": "%s"}, {"{0}": "{1}", "__class__": "%s"}),
        (GONE, GONE),
        ("\ud800", "\ud800"),
        (Unreadable("image"), GONE),
        ([{"a": Unreadable("image")}], [{"a": GONE}]),
        ({"type": "image", "data": "QQ=="}, {"type": "text", "text": GONE}),
        ({"uri": "file:///a", "blob": "QQ=="}, {"uri": "file:///a", "blob": GONE}),
        (f"see {BASE64} and {CARD}", f"see {GONE} and {GONE}"),
    ],
)
def test_every_text_and_number_is_cleaned(result: Any, expected: Any) -> None:
    """What is found is taken out of every leaf, also of numbers; and all that cannot be read."""
    assert repr(expected) == repr(redacted(unreadable.seen(result)))


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ({CARD: 1}, "result"),
        ([{"a": {CARD: "x"}}], "result"),
        ({"a": CARD}, "result[*].a"),
        ({"a": {"b": CARD}}, "result.a[*]"),
        ({"a": {"b": {"c": CARD}}}, "result.a[*].c"),
        ({"a": CARD}, "result.a[*]"),
        ({"a": CARD}, "result.a.b"),
        ([CARD], "result.a"),
        ({"a": CARD}, "result[0]"),
        ({"a": 4111111111111111}, "result.a.b"),
    ],
)
def test_what_cannot_be_cleaned_does_not_go_through(result: Any, path: str) -> None:
    """A name that would change, another shape than expected: it is refused."""
    assert f"`{path}` cannot be redacted" in str(redacted(result, path))


@pytest.mark.parametrize(
    ("result", "path", "expected"),
    [
        ({"a": [CARD, CARD]}, "result.a[0]", {"a": [GONE, CARD]}),
        ({"a": [CARD]}, "result.a[5]", {"a": [CARD]}),
        ({"a": [{"b": CARD}, {}]}, "result.a[*].b", {"a": [{"b": GONE}, {}]}),
        ({"a": [{"b": CARD}, None]}, "result.a[*].b", {"a": [{"b": GONE}, None]}),
        ({"a": None}, "result.a[*].b", {"a": None}),
        ({}, "result.a[*].b", {}),
        ({"b": CARD}, "result.a", {"b": CARD}),
    ],
)
def test_what_is_absent_stays_absent(result: Any, path: str, expected: Any) -> None:
    """Only what stands at the path is cleaned, and what is not there needs no cleaning."""
    assert expected == redacted(result, path)


def test_a_finding_without_a_place_takes_the_whole_text() -> None:
    """A number written with other digits is found and cannot be cut out, so all of it goes."""
    fullwidth = "card " + "".join(chr(0xFF10 + int(one)) for one in "4111111111111111")

    assert "1" not in redacted(fullwidth)
    assert chr(0xFF11) not in redacted(fullwidth)


def test_cleaning_all_that_may_come_back_ends_soon() -> None:
    """The largest result that is read is cleaned in bounded time."""
    began = time.process_time()
    redacted([{"name": f"Bob {at}", "note": "hello there"} for at in range(4_000)], "result", "pii")

    assert time.process_time() - began < 3


def test_a_change_reaches_a_call_that_is_asked_about() -> None:
    """A person approves the changed call: the change of an `ask` rule is made too."""
    verdict = decide("rule r: ask send with drop(args.cc);", args={"cc": "b"})

    assert (verdict.effect, verdict.changed) == (Effect.ASK, {})


def test_rules_that_do_not_win_change_nothing() -> None:
    """Only what decided is carried out: neither a lower priority nor what a refusal hides."""
    low = "rule r: allow send with set(args.n, 1); rule s: allow send priority 1;"
    bound = [Bound(policy("rule r: allow send with set(args.n, 1); rule d: deny send;"))]

    assert decide(low, args={"n": 5}).changed is None
    assert evaluate(bound, call("send", {"n": 5}), NOW).changed is None


def verdict_of(text: str, **args: Any) -> Verdict:
    return decide(text, args=args)


def test_an_unknown_ask_keeps_the_changes_of_what_it_joins() -> None:
    """Where nobody can tell whether to ask, the call is changed as if it were allowed."""
    verdict = verdict_of(
        "rule r: allow send with drop(args.cc); rule k: ask send when args.n > 1;", cc="b"
    )

    assert (verdict.effect, verdict.changed) == (Effect.ASK, {})
