"""What values come to: names, arithmetic, times, lists, tables."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from dsl import parse
from dsl.errors import Source
from dsl.evaluation import conditions
from dsl.evaluation.scope import Purse, Scope, names_of
from dsl.interpret import Bound, evaluate
from dsl.model import Cause
from dsl.types import Truth, Unknown
from tests.dsl.making import call, policy

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday


def says(text: str, args: dict[str, Any] | None = None, before: str = "") -> Truth:
    """Evaluate a condition, with statements before its rule."""
    read = policy(f"{before} rule r: deny * when {text};")
    condition = read.rules[0].condition
    assert condition is not None
    return conditions.evaluate(condition, Scope(call(args=args), NOW, names_of(read)))


def cause(text: str, args: dict[str, Any] | None = None, before: str = "") -> tuple[Cause, str]:
    """Return why a condition is unknown, and where."""
    truth = says(text, args, before)
    assert isinstance(truth, Unknown), truth
    return truth.cause, truth.path


@pytest.mark.parametrize(
    "text",
    [
        "args.n + 1 == 3",
        "args.n - 3 == -1",
        "2 - -1 == 3",
        "-args.n == -2",
        "args.n + 2 * 3 == 8",
        "(args.n + 2) * 3 == 12",
        "7 - 2 - 1 == 4",
        "7 - (2 - 1) == 6",
        "1 / 3 * 3 == 1",
        "0.1 + 0.2 == 0.3",
        "10 / 4 == 2.5",
        "12 / 3 / 2 == 2",
        "12 / (3 / 2) == 8",
        "1e30 + 1 - 1e30 == 1",
        "args.n * 50% == 1",
        "args.n in args.n - 1..args.n + 1",
        "abs(-args.n) == 2",
        "round(2.5) == 3 and round(-2.5) == -3 and round(2.4) == 2",
        "near(95, 100, 5%) and near(95, 100, 5) and not near(94.99, 100, 5%)",
    ],
)
def test_arithmetic_is_exact_and_binds_as_written(text: str) -> None:
    """Products before sums, from left to right, without rounding."""
    assert says(text, {"n": 2}) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("args.n / 0 > 1", Cause.DIVISION_BY_ZERO),
        ("args.n / (args.n - 2) > 1", Cause.DIVISION_BY_ZERO),
        ("args.t + 1 > 1", Cause.WRONG_TYPE),
        ("-args.t == 1", Cause.WRONG_TYPE),
        ("args.missing + 1 > 1", Cause.MISSING),
        ("args.b + 1 > 1", Cause.WRONG_TYPE),
        ('lower(args.n) == "a"', Cause.WRONG_TYPE),
        ("len(args.t) > 1", Cause.WRONG_TYPE),
        ("max(args.empty) > 1", Cause.UNREADABLE),
        ("max(args.mixed) > 1", Cause.WRONG_TYPE),
        ("sum(args.mixed) > 1", Cause.WRONG_TYPE),
        ("now + args.n > now", Cause.WRONG_TYPE),
        ('parse_time("yesterday") < now', Cause.UNREADABLE),
        ('parse_time("2026-13-01") < now', Cause.UNREADABLE),
        ("any x in args.t: x == 1", Cause.WRONG_TYPE),
        ("any x in args.mixed: x == 1.5", Cause.WRONG_TYPE),
        ("args.rows[*].p == 1", Cause.MISSING),
    ],
)
def test_what_has_no_result_is_unknown(text: str, expected: Cause) -> None:
    """No fault of a value ends in an answer."""
    args = {"n": 2, "t": "ab", "b": True, "empty": [], "mixed": [1, "a"], "rows": [{"p": 1}, {}]}

    assert cause(text, args)[0] is expected


def test_numbers_that_grow_without_end_are_unknown() -> None:
    """Repeated squares overflow a bound instead of the memory."""
    squares = "let a = args.n * args.n;" + "".join(
        f"let {name} = {before} * {before};"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )

    assert cause("h > 1", {"n": 10**40}, squares)[0] is Cause.OVERFLOW


@pytest.mark.parametrize(
    "text",
    [
        'hour(now) == 9 and weekday(now) == "mon"',
        "now >= 2026-03-02 and now < 2026-03-03",
        "now == 2026-03-02T09:30",
        "date(now) == 2026-03-02",
        "now - 2026-03-02 == 570m",
        "now - 24h < 2026-03-02 and 24h == 1d and 90m > 1h and 60s == 1m",
        "now + 30m == 2026-03-02T10:00 and 30m + now == 2026-03-02T10:00",
        'parse_time("2026-03-02T10:30+01:00") == now',
        "now in 2026-03-01..2026-03-31",
    ],
)
def test_times_are_told_in_utc_unless_the_policy_says_otherwise(text: str) -> None:
    """Times compare with times, and differ by durations."""
    assert says(text) is True


def test_a_policys_zone_moves_hours_days_and_written_times() -> None:
    """09:30 in London is 18:30 in Tokyo, and a written day begins at its midnight there."""
    tokyo = 'timezone "Asia/Tokyo";'

    assert says("hour(now) == 18", before=tokyo) is True
    assert says("now == 2026-03-02T18:30", before=tokyo) is True
    assert says("now - date(now) == 18h + 30m", before=tokyo) is True
    assert says('parse_time("2026-03-02T18:30") == now', before=tokyo) is True


def test_names_stand_for_values_and_conditions() -> None:
    """`let` gives a name to a list, a number or a condition; order does not matter."""
    before = (
        "let busy = small and working; let small = args.n <= limit; let limit = 10;"
        'let working = weekday(now) in days and hour(now) in 8..17; let days = ["mon", "tue"];'
    )

    assert says("busy", {"n": 10}, before) is True
    assert says("busy", {"n": 11}, before) is False
    assert cause("busy", {}, before) == (Cause.MISSING, "args.n")


def test_a_question_mark_reaches_through_functions_and_names() -> None:
    """A test on an optional value that is absent is false, wherever the value is used."""
    before = "let cc = lower(args.cc?);"

    assert says('cc == "x"', {}, before) is False
    assert says('cc != "x"', {}, before) is False
    assert says('cc == "x"', {"cc": "X"}, before) is True
    assert says("args.a? + 1 > 0", {}) is False
    assert says("any x in args.list?: x == 1", {}) is False
    assert cause("args.a + 1 > 0", {})[0] is Cause.MISSING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any x in args.l: x > 2", True),
        ("any x in args.l: x > 3", False),
        ("all x in args.l: x > 0", True),
        ("all x in args.l: x > 1", False),
        ("none x in args.l: x > 3", True),
        ("none x in args.l: x > 2", False),
        ("all x in args.e: x > 9", True),
        ("any x in args.e: x > 9", False),
        ("any x in args.l: (x > 1 and x < 3)", True),
        ("not any x in args.l: x > 3", True),
        ('any x in args.rows: any y in x.tags: y == "b"', True),
        ("any x in args.rows[*].id: x == 2", True),
        ("2 in args.rows[*].id", True),
        ("3 not in args.rows[*].id", True),
        ("count(x in args.l: x > 1) == 2", True),
        ("sum(x in args.rows: x.id * 10) == 30", True),
        ("min(x in args.rows: x.id) == 1 and max(x in args.rows: x.id) == 2", True),
        ("sum(args.rows[*].id) == 3 and len(args.rows) == 2", True),
        ("len(unique(args.twice)) == 2", True),
        ("sum(x in args.e: x) == 0", True),
    ],
)
def test_lists(text: str, *, expected: bool) -> None:
    """Quantifiers and aggregates look at every element."""
    args = {
        "l": [1, 2, 3],
        "e": [],
        "twice": [1, 1, "a"],
        "rows": [{"id": 1, "tags": ["a"]}, {"id": 2, "tags": ["b"]}],
    }

    assert says(text, args) is expected


def test_one_unknown_element_leaves_the_certain_answer() -> None:
    """One true settles `any` and one false `all`, as with `or` and `and`; sums stay unknown."""
    args = {"l": [1, "a", 3]}

    assert says("any x in args.l: x > 2", args) is True
    assert says("all x in args.l: x > 2", args) is False
    assert cause("all x in args.l: x > 0", args)[0] is Cause.WRONG_TYPE
    assert cause("none x in args.l: x > 9", args)[0] is Cause.WRONG_TYPE
    assert cause("count(x in args.l: x > 0) == 2", args)[0] is Cause.WRONG_TYPE


def test_tables_are_looked_up_by_their_keys() -> None:
    """A row is found by all of its keys; what has no row is unknown."""
    table = (
        'table bags { ("regular", "economy"): 0; ("gold", "business"): 4; }'
        'table fee { "a": 1.50; "b": 2; }'
    )
    args = {"member": "gold", "cabin": "business", "kind": "a"}

    assert says("bags(args.member, args.cabin) == 4", args, table) is True
    assert says("fee(args.kind) * 2 == 3", args, table) is True
    assert cause('bags(args.member, "economy") == 4', args, table) == (Cause.MISSING, "args.member")
    assert cause("fee(args.none) == 1", args, table)[0] is Cause.MISSING
    assert cause("fee(args.kind) == 1", {"kind": True}, table)[0] is Cause.MISSING


def test_evaluation_takes_a_bounded_number_of_steps() -> None:
    """Nested loops over long lists end in unknown, and a deny by it, not in a long wait."""
    text = (
        "rule r: deny send when any x in args.l: any y in args.l: any z in args.l: x + y + z == 7;"
    )
    base = 'default allow because "test";'
    read = parse.parse(Source("p", "policy p version 1;" + base + text))
    numbers = list(range(10, 2010))
    few = evaluate([Bound(read)], call(args={"l": numbers[:3]}), NOW)
    many = evaluate([Bound(read)], call(args={"l": numbers}), NOW)

    assert few.effect == "allow"
    assert (many.effect, many.reasons[0].cause) == ("deny", Cause.TOO_MUCH)


@pytest.mark.parametrize(
    "text",
    [
        'any x in args.l: sql_kind(args.sql) == "drop"',
        'any x in args.l: detects(args.s, "secret")',
        "any x in args.l: args.s matches /(?s).*b.*/",
        'any x in args.l: args.s contains "b"',
        'any x in args.l: nfkc(args.s) == "b"',
        "any x in args.l: -1 in args.l",
        "any x in args.l: len(unique(args.l)) == 1",
        "any x in args.l: -1 in args.rows[*].id",
        "count(x in args.l: sum(args.l) == x) > 1",
    ],
)
def test_slow_work_in_a_loop_is_unknown_before_it_takes_long(text: str) -> None:
    """What one look costs depends on the size of what is looked at, and loops pay for each."""
    args = {
        "l": list(range(3000)),
        "s": "a" * 20_000,
        "sql": "select " + "a," * 120 + "a from b",
        "rows": [{"id": at} for at in range(3000)],
    }
    began = time.process_time()

    assert cause(text, args)[0] is Cause.TOO_MUCH
    assert time.process_time() - began < 3


def test_each_rule_has_its_own_steps() -> None:
    """A rule that runs out leaves the others as they were, in whatever order they stand."""
    purse = Purse(1)

    assert [purse.spend(), purse.spend()] == [True, False]
    greedy = (
        "rule a: deny send when any x in args.l: any y in args.l: any z in args.l: x + y + z == 7;"
    )
    plain = "rule b: allow send when len(args.l) > 5;"
    for rules in (greedy + plain, plain + greedy):
        read = parse.parse(Source("p", "policy p version 1;" + rules))
        verdict = evaluate([Bound(read)], call(args={"l": list(range(10, 300))}), NOW)
        assert (verdict.effect, verdict.reasons[0].rule) == ("deny", "a")
