"""The short ways of induction come to what the plain ones do."""

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from memory.induction import alike, beta
from memory.induction.answers import Answers
from memory.induction.evidence import Ledger, Side, planes, total
from memory.induction.field import fields
from memory.induction.gates import reached
from memory.induction.literal import Literal
from memory.induction.literals import Literals
from memory.induction.matching import Asked
from memory.induction.report import Kind, Label, Report
from memory.induction.revision import induce
from memory.induction.rows import bits, numbers_of
from memory.induction.rule import Shape, shape
from memory.induction.scales import Scales
from memory.induction.search import LITERAL_COST, LONGEST, Search, Whose
from memory.induction.sheet import Sheet
from memory.induction.weights import weigh
from tests.memory.induction import world
from tests.memory.induction.test_weights import AS_OF, said

CONFIGURATION = world.configuration()
FIELDS = fields(CONFIGURATION.tools.by_name["send"], CONFIGURATION.names)
rows = st.integers(0, (1 << 300) - 1)


@given(weighed=st.lists(st.tuples(st.integers(0, 1000), rows), max_size=9), asked=rows)
def test_weights_by_their_digits_add_up_to_the_plain_sum(
    weighed: list[tuple[int, int]], asked: int
) -> None:
    """Counting the rows of each binary digit gives the sum over rows of what each weighs."""
    apart, seen = list[tuple[int, int]](), 0
    for weight, some in weighed:  # a row has one weight
        apart.append((weight, some & ~seen))
        seen |= some
    plain = sum(weight * len(numbers_of(some & asked)) for weight, some in apart)

    assert total(planes(apart), asked) == plain


@given(some=rows | st.sets(st.integers(0, 299), max_size=9).map(bits))
def test_the_numbers_of_rows_are_those_of_their_bits(some: int) -> None:
    """Rows are listed from the lowest on, each once."""
    assert numbers_of(some) == [at for at in range(300) if some >> at & 1]


persons = st.none() | st.integers(0, 3)
report = st.tuples(
    st.sampled_from(Label), st.sampled_from(Kind), persons, st.integers(0, 400), st.booleans()
)


@given(told=st.lists(report, max_size=25), data=st.data())
def test_scales_weigh_as_the_plain_sum_does(
    told: list[tuple[Label, Kind, int | None, int, bool]], data: st.DataObject
) -> None:
    """Of every set of rows, with persons who changed groups and without."""
    wanders = data.draw(st.booleans())
    of_row: dict[int, list[Report]] = {}
    for seq, (label, kind, who, days, other) in enumerate(told):
        group = "another" if other and wanders else None
        one = said(seq, label, kind, who, days)
        of_row.setdefault(seq // 2, []).append(one if group is None else _of(one, group))
    asked = data.draw(st.sets(st.sampled_from(sorted(of_row)))) if of_row else set()
    plain = weigh((one for row in asked for one in of_row[row]), Label.OK, AS_OF)

    assert Scales(of_row, Label.OK, AS_OF).weight(sorted(asked)) == plain


def _of(one: Report, group: str) -> Report:
    return world.report(
        one.seq, _ABOUT, one.label, kind=one.kind, reporter=one.reporter, group=group
    )


_ABOUT = world.case(1, {})


@given(agreeing=st.integers(0, 600), against=st.integers(0, 3000))
def test_the_quick_bound_is_that_of_the_halvings(agreeing: int, against: int) -> None:
    """Newton's way is taken where rounding cannot tell it from thirty halvings, and only there."""
    a, b = 1 + agreeing * beta.STEP / 1000, 1 + against * beta.STEP / 1000

    assert beta.lower_bound(agreeing * beta.STEP, against * beta.STEP) == beta.bisected(a, b)


def _desk(seed: int) -> tuple[Sheet, Ledger]:
    log = world.drawn(seed)
    reports = log.counted()
    named = [one.decision_id for one in reports]
    sheet = Sheet(log.cases.values(), named, CONFIGURATION.names, FIELDS)
    return sheet, Ledger(sheet, reports, world.START + timedelta(days=2))


@settings(max_examples=4)
@given(seed=st.integers(0, 1000), side=st.sampled_from(Side))
def test_what_is_found_is_what_looking_at_everything_finds(seed: int, side: Side) -> None:
    """Looking closely only at what may be the best finds the rules of scoring every conjunction."""
    sheet, ledger = _desk(seed)
    agreeing = [sheet.cases[row] for row in numbers_of(ledger.agreeing(side))]
    literals = Literals(FIELDS, agreeing, CONFIGURATION.sides)
    search = Search(Whose("acme", "send", side), sheet, ledger, literals)
    found = search.found()
    plain = _plainly(search, sheet, ledger, side)

    assert plain
    assert found[: len(plain)] == plain  # behind them, rules of lone reports


def _plainly(search: Search, sheet: Sheet, ledger: Ledger, side: Side) -> list[Shape]:
    """Return the rules of a greedy cover that scores every conjunction of every seed."""
    agreeing = ledger.agreeing(side)
    seeds = [row for row in numbers_of(agreeing) if side is Side.DENY or sheet.cases[row].base.soft]
    shapes = {one.text: one for row in seeds for one in _shapes(search.ranked(row), side)}
    scored = [
        (LITERAL_COST * len(one.literals) - ledger.bound(side, true), len(one.literals), text)
        for text, one in shapes.items()
        if ((true := one.rows(sheet).true) & agreeing).bit_count() >= 2
    ]
    covered, kept = 0, []
    for _, _, text in sorted(scored):
        true = shapes[text].rows(sheet).true
        passes = reached(side, ledger.evidence(side, true)) is not None
        if true & agreeing & ~covered and passes:
            kept.append(shapes[text])
            covered |= true
    return kept


def _shapes(best: Sequence[Literal], side: Side) -> list[Shape]:
    return [
        shape("acme", "send", side, some)
        for many in range(1, LONGEST + 1)
        for some in combinations(best, many)
        if len({one.subject for one in some}) == many
    ]


@settings(max_examples=3)
@given(seed=st.integers(0, 1000))
def test_literals_hold_of_the_cases_that_the_engine_says(seed: int) -> None:
    """A condition asked of one of all that are alike is as if it were asked of each of them."""
    sheet, ledger = _desk(seed)
    known = [sheet.cases[row] for row in numbers_of(ledger.reported)]
    every = Literals(FIELDS, known, CONFIGURATION.sides)
    literals = {one.text: one for case in known[:10] for one in every.of(case)}
    asked = [Asked(case, CONFIGURATION.names) for case in sheet.cases]
    for one in literals.values():
        rows = sheet.where(one)
        held = [row for row, case in enumerate(asked) if case.holds(one.condition) is True]

        assert numbers_of(rows.true) == held
        assert sheet.reported(one).true == rows.true & ledger.reported


folders = st.sampled_from(["", "/", "/a/", "/a/b/", "/a/b/c/", "/a//b/", "/a/./b/"])
names = st.sampled_from(["", "a", "b", "c", ".", "..", "a.", ".x", "b.x", "c.x", "c.y", "a%2e.x"])
paths = st.builds("{}{}".format, folders, names)
uuid = "00000000-1111-2222-3333-444444444444"
words = st.sampled_from(["may ", "7", "1.5", "a@b.de", "a@b-5.de", "a1-", "/a/b1", "٣", uuid])
texts = st.lists(words | st.sampled_from(["8" * 36, "9" * 35]), max_size=3).map("".join)
EDITS = [("[0-9]", "5"), ("[0-9]$", ""), ("a", "7"), ("٣", "3")]


@settings(max_examples=1000)
@given(data=st.data(), name=st.sampled_from(["path", "note"]))
def test_no_condition_tells_what_is_alike_apart(data: st.DataObject, name: str) -> None:
    """What two values share is all that a condition knows of them, unless it names one of them."""
    some = paths if name == "path" else texts
    seen, one = data.draw(some), data.draw(some)
    edited = st.sampled_from(EDITS).map(lambda edit: re.sub(*edit, one))
    moved = st.builds("{}{}".format, folders, st.just(one.rpartition("/")[2]))
    other = data.draw(paths | moved if name == "path" else edited)
    field = next(field for field in FIELDS if field.steps == (name,))
    if alike.key(one, field) != alike.key(other, field):
        return
    both = [world.case(at, {name: value}) for at, value in enumerate((one, other), start=1)]
    about = world.case(0, {name: seen})
    first, second = (Asked(case, CONFIGURATION.names) for case in both)
    for each in Literals(FIELDS, [about], CONFIGURATION.sides).of(about):
        if not alike.named(each.condition) & {alike.itself(one), alike.itself(other)}:
            assert first.holds(each.condition) == second.holds(each.condition)


@settings(max_examples=3)
@given(first=st.integers(0, 1000), second=st.integers(0, 1000), most=st.sampled_from([1, 100_000]))
def test_what_was_asked_before_changes_no_byte(first: int, second: int, most: int) -> None:
    """Rules are the same whatever the engine was asked before, and however little of it is kept."""
    used = world.configuration()
    used.answers["send"] = Answers(most)
    induce(world.drawn(first), used)

    assert induce(world.drawn(second), used) == induce(world.drawn(second), world.configuration())
