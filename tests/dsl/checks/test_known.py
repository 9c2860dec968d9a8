"""What was read before is read again the same."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import parse, syntax
from dsl.checks import typecheck
from dsl.checks.environment import Among
from dsl.checks.known import Known, Store
from dsl.errors import Finding, Source
from dsl.place import placed
from tests.dsl import drawing
from tests.dsl.test_place import spans
from tests.expect import HEADER


def read(text: str) -> tuple[syntax.Policy | None, list[Any], list[Finding]]:
    """Read a text; return the policy, every place in it, and the findings."""
    policy, findings = parse.read(Source("p.bar", text))
    return policy, list(spans(placed(policy))) if policy else [], findings


def messages(text: str) -> list[str]:
    return [finding.message for finding in read(HEADER + text)[2]]


def forget(patch: pytest.MonkeyPatch) -> None:
    """Do as if nothing had been read before."""
    patch.setattr(parse, "_STORE", Store(parse._read, most=parse.MAX_TEXT))


_LINES = st.sampled_from(
    (
        *("rule a: deny x when limit > 1;", "rule a:  deny x when limit > 1;", "rule b: allow y;"),
        *("rule c: deny x when sizes(1) > wide;", "rule c: alow x;", "rule d: deny x when any"),
        *("let limit = 1;", 'let limit = "a";', "let limit = wide;", "let wide = limit + 1;"),
        *("table sizes { 1: 2; }", "table sizes { (1, 2): 3; }", "table sizes { }"),
        *("default deny;", "default allow;", 'test "t" { call x(); expect deny by a; }'),
        *('test "t" {', "}", '"', "# c", "", "rule a: deny x when any limit in args.l: limit > 1;"),
        *(
            "overlay o version 1;",
            'rule e: deny x when detects(args.a, "x") and limit contains "a";',
        ),
    )
)
_EDITS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.lists(_LINES, max_size=3)))


@drawing.law(200)
@given(first=st.lists(_LINES, max_size=8), edits=_EDITS)
def test_reading_again_is_reading_for_the_first_time(
    first: list[str], edits: list[tuple[int, int, list[str]]]
) -> None:
    """After any edits, the policy, its places and the findings are those of a fresh process."""
    lines = first
    for at, gone, new in [(0, 0, []), *edits]:
        lines = [*lines[:at], *new, *lines[at + gone :]]
        text = HEADER + "\n".join(lines)
        warm = read(text)
        with pytest.MonkeyPatch.context() as patch:
            forget(patch)
            assert read(text) == warm


def test_the_same_text_is_found_at_fault_wherever_it_stands() -> None:
    """Two statements of one broken text are two findings, each in its own place."""
    text = HEADER + "rule a: alow x;\nrule a: alow x;\nrule b: deny x when args.a < true;\n"
    faults = [finding.span.start for finding in read(text)[2]]

    assert [text.index("alow"), text.rindex("alow")] == faults


def test_a_let_that_changes_changes_what_is_wrong_with_the_rules() -> None:
    """What was found of a rule holds only among the same values and tables."""
    rule = "rule r: deny x when limit > 1 or size(1) > 1;"
    table = "table size { 1: 2; }"

    assert messages(f"let limit = 1; {table} {rule}") == []
    assert messages(f'let limit = "a"; {table} {rule}') == [
        "a text and a number cannot be compared"
    ]
    assert messages(f"let other = 1; {table} {rule}") == ["there is no value named `limit`"]
    assert messages(f"let limit = 1; {table.replace('1:', '(1, 2):')} {rule}") == [
        "`size` takes 2 values"
    ]
    assert messages(f"let limit = 1; {table} {rule}") == []


def test_a_let_behind_a_let_counts_too() -> None:
    """A rule is looked at again when the value of its value gets another type."""
    rest = "let b = c; let a = b; rule r: deny x when a > 1;"

    assert messages("let c = 1;" + rest) == []
    assert messages('let c = "one";' + rest) == ["a text and a number cannot be compared"]


def test_only_what_asked_for_a_changed_name_is_checked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new type of one value has the rules looked at that use it, and no other statement."""
    text = (
        HEADER + "let a = 1;\nlet b = 1;\nrule r: deny x when a > 1;\nrule s: deny x when b > 1;\n"
    )
    read(text)
    seen: list[str] = []
    faults = typecheck.faults

    def seeing(statement: syntax.Statement, among: Among) -> Iterator[Finding]:
        seen.append(getattr(statement, "name", ""))
        return faults(statement, among)

    monkeypatch.setattr(typecheck, "faults", seeing)
    read(text.replace("let a = 1", "let a = 2m"))

    assert seen == ["a", "r"]


def test_a_value_added_is_offered_where_a_name_is_wrong() -> None:
    """What was found wrong is looked at again when there are other names to offer."""
    rule = "rule r: deny x when limt > 1;"
    helps = [read(HEADER + more + rule)[2][0].help for more in ("", "let limit = 1;")]

    assert [offer for offer in helps if offer == "did you mean `limit`?"] == helps[1:]


def test_a_repaired_statement_is_clean() -> None:
    """Nothing of a mistake is left once it is mended, and a mistake made anew is found anew."""
    right, wrong = HEADER + "rule r: deny x;\n", HEADER + "rule r: denny x;\n"

    assert [
        [finding.code for finding in read(text)[2]] for text in (right, wrong, right, wrong)
    ] == [[], ["BAR101"], [], ["BAR101"]]


def test_equal_trees_of_different_texts_keep_their_own_places() -> None:
    """Space between words makes no other rule, yet moves what is wrong with it."""
    near, far = (f"rule r: deny x when{space}arg.a;" for space in (" ", "   "))

    assert [read(HEADER + one)[2][0].span.start - len(HEADER) for one in (near, far)] == [20, 22]


def test_a_statement_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit has the edited statement read, and no other."""
    forget(monkeypatch)
    seen: list[str] = []
    parsed = parse._parsed

    def seeing(text: str) -> syntax.Statement | Finding:
        seen.append(text)
        return parsed(text)

    monkeypatch.setattr(parse, "_parsed", seeing)
    rules = "".join(f"rule r{at}: deny x;\n" for at in range(20))
    read(HEADER + rules)
    seen.clear()
    read("# moved\n" + HEADER + rules.replace("r7: deny", "r7: ask"))

    assert seen == ["rule r7: ask x;"]


def test_the_store_is_bounded_and_keeps_what_is_in_use() -> None:
    """What is read again and again stays; of the rest, no more than thrice the bound is held."""
    made: list[str] = []

    def make(text: str) -> Known:
        made.append(text)
        return Known(Finding("B", text, syntax.NOWHERE))

    store = Store(make, most=100)
    for at in range(1000):
        store.get(f"{at:09}")
        store.get("in use")

    assert made.count("in use") == 1
    assert sum(map(len, [*store._new, *store._old, *store._leaving])) <= 300


def test_what_leaves_the_store_is_let_go_of_bit_by_bit() -> None:
    """Freeing thousands of trees at once would hold up whoever asks meanwhile."""
    store = Store(lambda text: Known(Finding("B", text, syntax.NOWHERE)), most=1_000)
    left, steps = 0, []
    for at in range(1_000):
        store.get(f"{at:09}")
        if 0 < len(store._leaving) < left:
            steps.append(left - len(store._leaving))
        left = len(store._leaving)

    assert steps
    assert max(steps) <= 4


def test_the_store_has_room_for_the_longest_text_twice() -> None:
    """What is edited stands beside what it was before, however long it is."""
    made: list[str] = []

    def make(text: str) -> Known:
        made.append(text)
        return Known(Finding("B", text, syntax.NOWHERE))

    store = Store(make, most=10)
    store.make_room(2_000)
    store.make_room(20)
    for _ in range(2):
        for at in range(100):
            store.get(f"{at:09}")

    assert len(made) == 100


def test_room_for_a_long_text_is_not_kept_for_good() -> None:
    """Once others are read, and nobody asks for as much again, the store holds what it held."""
    store = Store(lambda text: Known(Finding("B", text, syntax.NOWHERE)), most=100)
    store.make_room(10_000)
    for at in range(10_000):
        store.get(f"{at:09}")

    assert 9 * (len(store._new) + len(store._old) + len(store._leaving)) <= 300
