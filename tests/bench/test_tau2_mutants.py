"""Mutators make one change each, of the sort that they say."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from bench.tau2 import cases as data
from bench.tau2.cases import Case
from bench.tau2.illegal import due
from bench.tau2.mutants import MUTATORS, mutants
from bench.tau2.stock import BOOK, allowance, own, with_args
from tests.bench import tau2_airline as airline

Place = tuple[str | int, ...]

# What must be true of a mutant for its line to be broken, and for no more than that to be changed.
BROKEN: Final[dict[str, Callable[[Case], bool]]] = {
    "sixth_passenger": lambda case: len(case.args["passengers"]) == 6,
    "foreign_payment_in_booking": lambda case: len(_foreign(case)) == 1,
    "foreign_payment_in_change": lambda case: len(_foreign(case)) == 1,
    "second_certificate": lambda case: len(_paid_by(case, "certificate")) == 2,
    "second_credit_card": lambda case: len(_paid_by(case, "credit_card")) == 2,
    "certificate_in_change": lambda case: len(_paid_by(case, "certificate")) == 1,
    "fewer_bags": lambda case: (
        case.args["total_baggages"] < case.context["reservation"]["total_baggages"]
    ),
    "bag_not_charged": lambda case: _uncharged(case) == 1,
    "free_bag_charged": lambda case: _uncharged(case) == -1,
    "lower_level": lambda case: _uncharged(case) == 1,
    "basic_economy_found": lambda case: _in_basic_economy(case) and _flights_change(case),
    "basic_economy_moved": lambda case: _in_basic_economy(case) and _flights_change(case),
    "cabin_after_flown": lambda case: (
        case.context["segment_status"].count("landed") == 1
        and case.args["cabin"] != case.context["reservation"]["cabin"]
    ),
    "cancelled_after_flown": lambda case: (
        len([one for one in case.context["segment_status"] if one in {"landed", "flying"}]) == 1
    ),
    "other_origin": lambda case: _ends(case)[0] != case.context["reservation"]["origin"],
    "other_destination": lambda case: _ends(case)[1] != _goal(case),
    "compensation_off": lambda case: case.args["amount"] not in due(case),
    "passenger_off": lambda case: case.args["amount"] not in due(case),
}


def _payments(case: Case) -> list[str]:
    if "payment_id" in case.args:
        return [case.args["payment_id"]]
    return [one["payment_id"] for one in case.args["payment_methods"]]


def _foreign(case: Case) -> list[str]:
    return [one for one in _payments(case) if one not in case.context["user"]["payment_methods"]]


def _paid_by(case: Case, kind: str) -> set[str]:
    return set(_payments(case)) & set(own(case, kind))


def _uncharged(case: Case) -> int:
    """Return how many bags are charged too few."""
    total, charged = int(case.args["total_baggages"]), int(case.args["nonfree_baggages"])
    return max(0, total - allowance(case)) - charged


def _in_basic_economy(case: Case) -> bool:
    return bool(case.context["reservation"]["cabin"] == "basic_economy")


def _flights_change(case: Case) -> bool:
    flights = case.context["reservation"]["flights"]
    return airline.asked(*flights) != list(case.args["flights"])


def _ends(case: Case) -> tuple[str, str]:
    legs = case.context["requested_segments"]
    return legs[0]["origin"], legs[-1]["destination"]


def _goal(case: Case) -> str:
    trip = case.context["reservation"]
    return str(trip["origin" if trip["flight_type"] == "round_trip" else "destination"])


def differing(before: Any, after: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the places at which two values differ, as deep as both have the same form."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for key in before:
            yield from differing(before[key], after[key], (*at, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differing(one, other, (*at, place))
    elif before != after:
        yield at


def changed(before: Case, after: Case) -> set[Place]:
    """Return what was changed; what is known of the flights asked for follows from other places."""
    whole, other = ({"args": one.args, "context": one.context} for one in (before, after))
    follows = ("context", "requested_segments")
    return {place for place in differing(whole, other) if place[:2] != follows}


def is_one(places: set[Place], name: str) -> bool:
    """Tell whether one place was changed; an order of a list is one thing, wherever it differs."""
    if name.endswith("_permuted"):
        return len({place[:2] for place in places}) == 1
    return len(places) == 1


def more_than_one_change(cases: list[Case]) -> list[str]:
    """Return the mutants that differ from the call that they are made of at another number."""
    bases = {case.id: case for case in cases}
    return [
        one.id
        for one in mutants(cases)
        if not is_one(changed(bases[one.id.partition(":")[0]], one), one.mutator or "")
    ]


def test_every_mutator_makes_something() -> None:
    """Each mutator finds something to change here, or the laws below would hold of nothing."""
    assert {one.mutator for one in mutants(airline.cases())} == {one.name for one in MUTATORS}


def test_a_mutator_makes_one_change_of_a_right_call() -> None:
    """Each mutant of our own airline differs from its call at one place."""
    assert more_than_one_change(airline.cases()) == []


@pytest.mark.evaldata
def test_mutants_of_the_data_are_one_change_each(eval_data: Path) -> None:
    """In the data set too, each mutant differs from its call at one place."""
    assert more_than_one_change(list(data.load(eval_data))) == []


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"cabin": "economy"}, {("args", "cabin")}),
        ({"cabin": "economy", "payment_id": "x"}, {("args", "cabin"), ("args", "payment_id")}),
        ({}, set()),
    ],
)
def test_two_changes_would_be_seen(changes: dict[str, str], places: set[Place]) -> None:
    """The law above can fail: it counts every place that differs."""
    before = airline.change()

    assert changed(before, with_args(before, **changes)) == places


def test_every_illegal_mutator_has_its_law() -> None:
    """The table above says of each illegal mutator what its mutants break."""
    assert set(BROKEN) == {one.name for one in MUTATORS if one.wanted}


def wrongly_made(cases: list[Case]) -> list[str]:
    """Return the mutants that do not break what they should, or that break bags as well."""
    found = []
    for one in mutants(cases):
        law = BROKEN.get(one.mutator or "", _breaks_nothing)
        if not law(one):
            found.append(one.id)
    return found


def _breaks_nothing(case: Case) -> bool:
    """Tell whether a legal mutant keeps to what the mutators know of the handbook."""
    booked = case.tool == BOOK
    few = not booked or len(case.args["passengers"]) <= 5
    own_methods = not ("payment_id" in case.args or booked) or not _foreign(case)
    bags_right = "total_baggages" not in case.args or _uncharged(case) == 0
    once = all(len(_paid_by(case, kind)) <= 1 for kind in ("certificate", "credit_card") if booked)
    return few and own_methods and bags_right and once


def test_a_mutant_is_what_its_name_says() -> None:
    """Illegal mutants break their line, legal ones none."""
    assert wrongly_made(airline.cases()) == []


@pytest.mark.evaldata
def test_mutants_of_the_data_are_what_their_names_say(eval_data: Path) -> None:
    """In the data set too, illegal mutants break their line and legal ones none."""
    assert wrongly_made(list(data.load(eval_data))) == []


def test_mutants_are_distinct_and_new() -> None:
    """No mutant equals another, or a call of the data set, in call and state."""
    cases = airline.cases()
    digests = [one.digest for one in mutants(cases)]

    assert len(set(digests)) == len(digests)
    assert set(digests) & {case.digest for case in cases} == set()


def test_equal_calls_make_each_mutant_once() -> None:
    """A call that stands twice in the data set gives no more mutants than once."""
    cases = airline.cases()
    twice = [*cases, Case("gold/7/0", "gold", *_same(cases[0]))]

    assert [one.id for one in mutants(twice)] == [one.id for one in mutants(cases)]


def _same(case: Case) -> tuple[Any, Any, Any]:
    return case.tool, case.args, case.context


def test_a_seed_makes_the_same_mutants() -> None:
    """Mutants are the same for the same seed, and other ones for another."""
    cases = airline.cases()

    assert mutants(cases, seed=5) == mutants(cases, seed=5)
    assert mutants(cases, seed=5) != mutants(cases, seed=6)


@pytest.mark.parametrize(
    ("label", "lines"),
    [("141", {141}), ("82-94", set(range(82, 95))), ("163/165", {163, 165})],
)
def test_a_label_stands_for_lines(label: str, lines: set[int]) -> None:
    """A label is a line, a range of lines, or two lines."""
    assert data.lines(label) == lines


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({"source": "gold", "task": "7", "step": 2}, "gold"),
        ({"violations": ["L78 counts"]}, "violating"),
        ({"violations": ["L78 counts"], "env_error": "no"}, "refused_too"),
        ({}, "clean"),
        ({"env_error": "no"}, "clean_error"),
    ],
)
def test_a_row_belongs_to_one_part(row: dict[str, Any], part: str) -> None:
    """Label and answer of the tools decide in which part of the table a row counts."""
    whole = {
        "source": "gpt-4o",
        "task": 1,
        "trial": 0,
        "step": 3,
        "tool": "t",
        "args": {},
        "context": {},
        "violations": [],
        "env_error": None,
        **row,
    }

    assert data.case_of(whole).part == part


def test_a_label_without_a_line_is_refused() -> None:
    """A label that names no line cannot be met, so it is no label."""
    with pytest.raises(ValueError, match="names no line"):
        data._line("free bags")
