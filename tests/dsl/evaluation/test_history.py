"""Questions about earlier calls: what counts surely, what may count, and where nobody can tell."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope, names_of
from dsl.model import Cause, Subject
from dsl.session.session import Session
from dsl.state import Outcome
from dsl.types import Unknown
from tests.dsl.making import NOW, call, effect, policy

RAN, FAILED, RESERVED = Outcome.EXECUTED, Outcome.FAILED, Outcome.RESERVED


def session(*calls: tuple[Any, ...]) -> Session:
    """Remember calls: a tool, what became of it, its arguments, its result."""
    made = Session(texts=["hello"])
    for tool, outcome, *rest in calls:
        args: Any = rest[0] if rest else {}
        result: Any = rest[1] if len(rest) > 1 else {}
        given = None if outcome is RESERVED else result
        made.ran(call(tool, args), NOW - timedelta(minutes=1), given, outcome)
    return made


def says(
    text: str,
    state: Session,
    args: Mapping[str, Any] | None = None,
    now: datetime = NOW,
    declared: str = "",
) -> Any:
    """Return true, false, or the cause of an unknown."""
    made = policy(f"{declared} rule r: deny * when {text};")
    scope = Scope(call(args=args), now, names_of(made), state)
    assert made.rules[0].condition is not None
    found = conditions.evaluate(made.rules[0].condition, scope)
    return found.cause if isinstance(found, Unknown) else found


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(RAN, True), (FAILED, Cause.PENDING), (RESERVED, Cause.PENDING)],
)
def test_a_call_counts_surely_only_if_it_ran(outcome: Outcome, expected: Any) -> None:
    """A call that waits for its result, or failed, may have taken effect: nobody can tell."""
    state = session(("pay", outcome))

    assert expected == says("called(pay)", state)
    assert says("called(refund)", state) is False
    expected_not = False if expected is True else expected
    assert expected_not == says("not called(pay)", state)


def test_one_call_that_ran_settles_what_others_leave_open() -> None:
    """Among many calls, one that surely counts is enough."""
    state = session(("pay", RESERVED), ("pay", RAN), ("pay", FAILED))

    assert says("called(pay)", state) is True


# Between two and four calls of `pay`: two ran, one waits, one failed.
SOME = (("pay", RAN), ("pay", RAN), ("pay", RESERVED), ("pay", FAILED))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(pay) >= 2", True),
        ("count(pay) >= 3", Cause.PENDING),
        ("count(pay) >= 5", False),
        ("count(pay) > 1", True),
        ("count(pay) > 2", Cause.PENDING),
        ("count(pay) > 4", False),
        ("count(pay) < 5", True),
        ("count(pay) < 4", Cause.PENDING),
        ("count(pay) < 2", False),
        ("count(pay) <= 4", True),
        ("count(pay) <= 3", Cause.PENDING),
        ("count(pay) <= 1", False),
        ("count(pay) == 1", False),
        ("count(pay) == 3", Cause.PENDING),
        ("count(pay) != 1", True),
        ("count(pay) != 3", Cause.PENDING),
        ("2 <= count(pay)", True),
        ("3 <= count(pay)", Cause.PENDING),
        ("5 <= count(pay)", False),
        ("1 < count(pay)", True),
        ("4 < count(pay)", False),
        ("5 > count(pay)", True),
        ("2 > count(pay)", False),
        ("4 >= count(pay)", True),
        ("1 >= count(pay)", False),
        ("1 == count(pay)", False),
        ("count(pay) == count(pay)", Cause.PENDING),
        ("count(pay) == count(refund)", False),
        ("count(pay) > count(refund)", True),
        ("count(pay) == args.text", Cause.WRONG_TYPE),
        ("args.text > count(pay)", Cause.WRONG_TYPE),
        ("count(pay) == args.truth", Cause.WRONG_TYPE),
        ("count(pay) in 0..args.text", Cause.WRONG_TYPE),
        ("count(pay) in [args.text]", Cause.WRONG_TYPE),
        ("count(pay) in 2..4", True),
        ("count(pay) in 0..3", Cause.PENDING),
        ("count(pay) in 5..9", False),
        ("count(pay) not in 5..9", True),
        ("count(pay) not in 2..4", False),
        ("3 in count(pay)..9", Cause.PENDING),
        ("4 in count(pay)..9", True),
        ("1 in count(pay)..9", False),
        ("count(pay) in [1, 5]", False),
        ("count(pay) in [1, 3]", Cause.PENDING),
        ("count(pay) not in [1, 5]", True),
        ("3 in [count(pay), 7]", Cause.PENDING),
        ("7 in [count(pay), 7]", True),
        ("9 in [count(pay), 7]", False),
        ("count(pay) + 1 > 2", True),
        ("count(pay) + 1 > 3", Cause.PENDING),
        ("1 + count(pay) > 5", False),
        ("count(pay) - 1 >= 1", True),
        ("5 - count(pay) >= 1", True),
        ("5 - count(pay) >= 2", Cause.PENDING),
        ("5 - count(pay) > 3", False),
        ("count(pay) - count(pay) == 0", Cause.PENDING),
        ("count(pay) - count(pay) <= 2", True),
        ("-count(pay) <= -2", True),
        ("-count(pay) < -4", False),
        ("-count(pay) == -3", Cause.PENDING),
        ("count(pay) * 2 > 0", Cause.PENDING),
        ("count(pay) / 2 > 0", Cause.PENDING),
        ("count(pay) * 20% > 0", Cause.PENDING),
        ("count(pay) + args.text > 1", Cause.WRONG_TYPE),
        ("abs(count(pay)) > 1", Cause.PENDING),
        ("near(count(pay), 3, 50%)", Cause.PENDING),
        ("limit(count(pay)) == 1", Cause.PENDING),
        ("len([count(pay)]) == 1", True),
        ("any n in [count(pay), 0]: n >= 2", True),
        ("all n in [count(pay), 9]: n >= 2", True),
        ("none n in [count(pay)]: n >= 9", True),
        ("none n in [count(pay)]: n >= 3", Cause.PENDING),
        ("count(n in [count(pay)]: n >= 2) == 1", True),
        ("few == 3", Cause.PENDING),
        ("few < 5", True),
    ],
)
def test_bounds_are_compared_three_valued(text: str, expected: Any) -> None:
    """What holds for every number within the bounds is true, for none false, else it is unknown."""
    declared = "let few = count(pay); table limit { 2: 1; 3: 1; }"

    assert expected == says(text, session(*SOME), {"text": "2", "truth": True}, declared=declared)


@pytest.mark.parametrize(
    "text",
    [
        "max([count(pay), 1]) > 0",
        "sum([count(pay), 1]) > 0",
        "sum(n in [1]: count(pay)) > 0",
        "min(n in [1, 2]: count(pay)) > 0",
        "len(unique([count(pay)])) == 1",
        "count(pay) from user",
        "[count(pay)] from user",
        "args.a == fact.f",
    ],
)
def test_bounds_where_a_number_belongs_settle_nothing_untrue(text: str) -> None:
    """No place that takes values raises for one known only within bounds, or takes it as known."""
    declared = "fact f = lookup get(n: count(pay)) within 1s;"
    found = says(text, session(*SOME), {"a": "x"}, declared=declared)

    assert isinstance(found, bool | Cause)
    assert found in (True, Cause.PENDING, Cause.WRONG_TYPE)


@pytest.mark.parametrize(
    ("outcome", "amount", "text", "expected"),
    [
        (RAN, 50, "sum(pay: past.args.amount) == 150", True),
        (RESERVED, 50, "sum(pay: past.args.amount) >= 100", True),
        (RESERVED, 50, "sum(pay: past.args.amount) > 100", Cause.PENDING),
        (RESERVED, 50, "sum(pay: past.args.amount) > 150", False),
        (RESERVED, -50, "sum(pay: past.args.amount) < 100", Cause.PENDING),
        (RESERVED, -50, "sum(pay: past.args.amount) >= 50", True),
        (RESERVED, -50, "sum(pay: past.args.amount) > 100", False),
        (RESERVED, 0, "sum(pay: past.args.amount) == 100", True),
    ],
)
def test_a_sum_lies_between_without_and_with_what_may_count(
    outcome: Outcome, amount: int, text: str, expected: Any
) -> None:
    """What may count widens the sum to its own side: a negative amount downwards."""
    state = session(("pay", RAN, {"amount": 100}), ("pay", outcome, {"amount": amount}))

    assert expected == says(text, state)


@pytest.mark.parametrize("amount", ["50", None, True, [1], {"a": 1}])
def test_an_amount_that_cannot_be_added_hides_no_limit(amount: Any) -> None:
    """One call whose amount is no number makes the sum unknown, and a limit on it denies."""
    state = session(("pay", RAN, {"amount": 1000}), ("pay", RAN, {"amount": amount}))

    assert isinstance(says("sum(pay: past.args.amount) > 100", state), Cause)


def test_a_question_mark_in_a_sum_hides_no_limit() -> None:
    """`?` speaks of one call: a call without the argument does not turn off what all add up to."""
    state = session(("pay", RAN, {"amount": 1000}), ("pay", RAN, {}))

    assert says("sum(pay: past.args.amount?) > 100", state) is Cause.MISSING
    assert says("sum(pay: past.args.amount) > 100", session(("pay", RAN, {"amount": 101}))) is True


def test_what_is_too_large_to_add_is_unknown() -> None:
    """An overflow in a sum is unknown, as everywhere."""
    state = session(("pay", RAN, {"amount": 1 << 4000}), ("pay", RAN, {"amount": 1 << 4000}))

    assert says("sum(pay: past.args.amount * past.args.amount) > 1", state) is Cause.OVERFLOW


# Windows


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(hours=1), True),
        (timedelta(hours=1, microseconds=1), False),
        (timedelta(0), True),
    ],
)
def test_a_window_ends_exactly(ago: timedelta, expected: Any) -> None:
    """A call just as long ago as the window is still in it, and one a moment earlier is not."""
    state = Session()
    state.ran(call("pay"), NOW - ago, {}, RAN)

    assert expected is says("called(pay within 1h)", state)
    assert says("called(pay)", state) is True  # without a time, the window is the session


def test_a_window_beyond_the_first_moment_is_everything() -> None:
    """Time does not run out backwards: such a window holds all there was."""
    state = session(("pay", RAN))
    early = datetime.min.replace(tzinfo=NOW.tzinfo)

    assert says("called(pay within 9999d)", state, now=early) is True
    assert says("called(pay within 9999d)", state) is True


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("", 2),
        ("within 1h per session", 2),
        ("within 1h per subject", 1),
        ("within 1h per agent", 1),
        ("within 1h per tenant", 2),
    ],
)
def test_a_window_is_of_somebody(window: str, expected: int) -> None:
    """`per` says whose calls count."""
    state = Session()
    own = call("pay", subject=Subject("ann"), agent="x")
    state.ran(own, NOW, {}, RAN)
    state.ran(call("pay", subject=Subject("bob"), agent="y"), NOW, {}, RAN)
    state.call = own

    assert says(f"count(pay {window}) == {expected}", state) is True


@pytest.mark.parametrize(
    ("args", "called", "counted"),
    [
        ({"to": "x"}, True, True),
        ({"to": "y"}, False, False),
        ({}, Cause.MISSING, Cause.PENDING),
    ],
)
def test_a_call_of_which_nobody_knows_whether_it_counts_may_count(
    args: dict[str, Any], called: Any, counted: Any
) -> None:
    """An unknown `where` is an unknown answer, and widens a count."""
    state = session(("pay", RAN, args))

    assert called == says('called(pay where past.args.to == "x")', state)
    assert counted == says('count(pay where past.args.to == "x") == 1', state)
    assert says('count(pay where past.args.to == "x") <= 1', state) is True


@pytest.mark.parametrize("outcome", [RESERVED, FAILED])
def test_a_result_that_has_not_come_is_not_an_absent_one(outcome: Outcome) -> None:
    """While a call waits its result is unknown, so not even `?` turns a test on it into false."""
    state = Session()
    state.ran(call("lock"), NOW, None, outcome)

    assert says("called(lock where past.result.held? == true)", state) is Cause.PENDING
    assert says("called(lock where present(past.result.held))", state) is Cause.PENDING
    ran = session(("lock", RAN, {}, {"free": True}))
    assert says("called(lock where past.result.held? == true)", ran) is False


# Single calls


@pytest.mark.parametrize(
    ("calls", "name", "expected"),
    [
        ([(1, RAN), (2, RAN)], "last", 2),
        ([(1, RAN), (2, RAN)], "first", 1),
        ([(1, RAN), (2, RESERVED)], "first", 1),
        ([(1, RESERVED), (2, RAN)], "last", 2),
    ],
)
def test_last_and_first_are_calls_that_ran(calls: Any, name: str, expected: int) -> None:
    """The last call that surely counts is known while no later one may count; so for the first."""
    state = session(*(("pay", outcome, {"n": number}) for number, outcome in calls))

    assert says(f"{name}(pay).args.n == {expected}", state) is True


@pytest.mark.parametrize(
    ("calls", "name"),
    [
        ([(1, RAN), (2, RESERVED)], "last"),
        ([(1, RAN), (2, FAILED)], "last"),
        ([(1, RESERVED), (2, RAN)], "first"),
        ([(1, RESERVED)], "last"),
    ],
)
def test_one_that_may_come_before_leaves_it_open(calls: Any, name: str) -> None:
    """A later call that may count makes the last one unknown, and `?` does not help."""
    state = session(*(("pay", outcome, {"n": number}) for number, outcome in calls))

    assert says(f"{name}(pay).args.n == 1", state) is Cause.PENDING
    assert says(f"{name}(pay).args.n? == 1", state) is Cause.PENDING


def test_no_call_is_absent_and_a_doubtful_one_is_not() -> None:
    """`?` answers for what is not there; whether a call passes its `where` is another question."""
    doubtful = session(("pay", RAN, {"amount": 500}))
    text = 'last(pay where past.args.to == "x").args.amount'

    assert says(f"{text} > 100", Session()) is Cause.MISSING
    assert says(f"{text}? > 100", Session()) is False
    assert says(f"{text}? > 100", doubtful) is Cause.PENDING
    assert says("last(pay).args.tip? > 100", doubtful) is False
    declared = f"let sent = {text};"
    assert says("present(sent)", doubtful, declared=declared) is Cause.PENDING
    assert says("present(sent)", Session(), declared=declared) is False


# Orders


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([], False),
        ([("check", RAN)], True),
        ([("pay", RAN)], False),
        ([("pay", RAN), ("check", RAN)], True),
        ([("check", RAN), ("pay", RAN)], False),
        ([("check", RAN), ("pay", RAN), ("check", RAN)], True),
        ([("check", RESERVED)], Cause.PENDING),
        ([("check", FAILED)], Cause.PENDING),
        ([("check", RAN), ("pay", RESERVED)], Cause.PENDING),
        ([("check", RAN), ("pay", FAILED)], Cause.PENDING),
        ([("pay", RESERVED), ("check", RAN)], True),
        ([("pay", RAN), ("check", RESERVED)], Cause.PENDING),
        ([("check", RESERVED), ("pay", RAN)], False),
        ([("check", RAN), ("check", RESERVED), ("pay", RAN)], False),
        ([("pay", RESERVED), ("check", RESERVED)], Cause.PENDING),
    ],
)
def test_since_compares_the_last_of_both(calls: Any, expected: Any) -> None:
    """`since(check, pay)`: a check surely ran after every pay that may have run."""
    assert expected == says("since(check, pay)", session(*calls))


def test_a_call_is_not_after_itself() -> None:
    """Where both names take in one call, it is not since itself."""
    assert says('since(pay, "*")', session(("pay", RAN))) is False


def test_in_turn_looks_at_the_calls_since_the_user_spoke() -> None:
    """What ran before the user's last message does not count, and what waits may."""
    state = session(("pay", RAN))
    assert says("in_turn(pay)", state) is True
    state.texts.append("and again")
    assert says("in_turn(pay)", state) is False
    state.ran(call("pay"), NOW, None, RESERVED)
    assert says("in_turn(pay)", state) is Cause.PENDING


def test_without_the_users_words_nobody_knows_the_turn() -> None:
    """Where no message was ever seen, all calls would seem to be of one turn."""
    state = Session()
    state.ran(call("pay"), NOW, {}, RAN)

    assert says("in_turn(pay)", state) is Cause.NO_USER_EVENTS


# Names, bounds, nothing known


def test_names_are_those_of_selectors() -> None:
    """A name stands for the tool on every server, a glob for many, and a server for itself."""
    state = Session()
    state.ran(call("create", server="hub"), NOW, {}, RAN)

    for text in ("called(create)", 'called("hub/create")', 'called("hub/*")', "called(cre*)"):
        assert says(text, state) is True
    for text in ('called("other/create")', "called(creat)", 'called("other/*")'):
        assert says(text, state) is False


def test_a_literal_and_the_argument_of_an_earlier_call_are_compared_by_its_kind() -> None:
    """The declared kind of a tool's argument holds for its earlier calls too."""
    state = session(("pay", RAN, {"to": "DE89 3704 0044 0532 0130 00"}))
    declared = "kind pay.to is iban;"
    iban = '"de89370400440532013000"'

    for text in (
        f"count(pay where past.args.to == {iban}) == 1",
        f"count(pay where past.args.to in [{iban}]) == 1",
        f"last(pay).args.to == {iban}",
    ):
        assert says(text, state, declared=declared) is True
        assert says(text, state) is False


@pytest.mark.parametrize(
    "text",
    [
        "called(pay)",
        "count(pay) > 5",
        "sum(pay: past.args.n) > 5",
        "last(pay).args.n? == 1",
        "since(check, pay)",
        "in_turn(pay)",
        "count(pay within 1h per tenant) > 5",
    ],
)
def test_without_any_state_a_limit_denies_and_a_permission_is_none(text: str) -> None:
    """Where nobody keeps state, every question about it is unknown."""
    assert effect(f'default allow because "x"; rule r: deny * when {text};') == "deny"
    assert effect(f'default allow because "x"; rule r: ask * when not ({text});') == "ask"
    assert effect(f"rule r: allow * when {text};") == "deny"
    assert effect(f"rule r: allow * when not ({text});") == "deny"


@pytest.mark.parametrize(
    "text",
    [
        "count(pay where past.args.n == 1) > 5",
        "sum(pay: past.args.n) > 5",
        "since(check, pay)",
        "last(pay where past.args.n == 2).args.n? == 1",
        "any x in args.items: any y in args.items: count(pay where past.args.n == x) > y",
    ],
)
def test_a_long_history_ends_in_unknown_soon(text: str) -> None:
    """Looking at very many calls costs more than one rule may take."""
    state = session(*(("pay", RAN, {"n": 1}) for _ in range(30_000)))
    began = time.process_time()

    assert says(text, state, {"items": list(range(100))}) is Cause.TOO_MUCH
    assert time.process_time() - began < 1
