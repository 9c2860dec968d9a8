"""Law of parity: one corpus through every seat gives equal effect, reason, rule and record."""

import inspect
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from tests.parity.call import Call
from tests.parity.conftest import Seats
from tests.parity.corpus import CORE, CORPUS, Case
from tests.parity.every import CANNOT, SEATS, VARIANTS
from tests.parity.notes import noted
from tests.parity.outcome import Outcome, decided_by, different, phases, ran, sent
from tests.parity.seat import ToolFailed

_AT_HTTP: dict[tuple[int, str], Outcome] = {}


def at_http(seats: Seats, case: Case) -> Outcome:
    """Return what comes of a call over plain HTTP; each is sent once."""
    name = id(seats), case.name
    if name not in _AT_HTTP:
        _AT_HTTP[name] = sent(seats["http"], case)
    return _AT_HTTP[name]


def pairs() -> Iterator[Any]:
    """Yield each seat with each case that it can be handed."""
    for seat, made in SEATS.items():
        for case in CORPUS:
            if case.call.needs <= made.can:
                rare = seat in VARIANTS and case.name not in CORE
                marks = (pytest.mark.heavy,) if rare else ()
                yield pytest.param(seat, case, id=f"{seat}: {case.name}", marks=marks)


@pytest.mark.parametrize(("seat", "case"), list(pairs()))
def test_every_seat_decides_alike(seats: Seats, seat: str, case: Case) -> None:
    """Effect, reason, rule, what ran, what is shown and what is recorded are the same."""
    plain, found = at_http(seats, case), sent(seats[seat], case)
    last = found.told

    assert found.ran == ran(case)
    if case.withheld:
        assert (last.effect, last.reason, last.value) == ("deny", "rule", None)
    else:
        assert (last.effect, last.reason or case.reason) == (case.effect, case.reason)
    if last.effect != "allow" and plain.records:  # else each seat says by itself what is wrong
        assert last.message.startswith(plain.told.message)
    elif case.runs is not None and not case.withheld:
        assert last.value == case.gives
    assert case.rule in (None, decided_by(found.records))
    assert phases(found.records) == phases(plain.records)
    assert different(found.records, plain.records) == {}


@pytest.mark.parametrize("seat", SEATS)
def test_a_yes_is_for_one_run_of_one_call(seats: Seats, seat: str) -> None:
    """What was approved runs once: the same call again, or another one, is asked about anew."""
    session, place = f"s{uuid4().hex}", seats[seat]
    place.ran()
    asked = place.send(Call("publish", '{"n": 1}'), session)
    place.decides.answer(asked.approval, "anybody", "approve")
    other = place.send(Call("publish", '{"n": 2}'), session)
    before = place.ran()
    done = asked.again()
    again = place.send(Call("publish", '{"n": 1}'), session)

    assert [one.effect for one in (asked, other, done, again)] == ["ask", "ask", "allow", "ask"]
    assert len({one.approval for one in (asked, other, again)}) == 3
    assert (before, place.ran()) == ([], [noted("publish", {"n": 1})])


@pytest.mark.parametrize("seat", SEATS)
def test_a_call_that_failed_has_not_happened(seats: Seats, seat: str) -> None:
    """What needs a call before it is denied after one that failed, and allowed after a good one."""
    session, place = f"s{uuid4().hex}", seats[seat]
    place.ran()
    effects = []
    for tool, args in (
        ("verify", '{"fails": true}'),
        ("act", "{}"),
        ("verify", "{}"),
        ("act", "{}"),
    ):
        with suppress(ToolFailed):  # a guarded function raises what it raised
            effects.append((tool, place.send(Call(tool, args), session).effect))

    assert [one for one in effects if one[0] == "act"] == [("act", "deny"), ("act", "allow")]
    assert [tool for tool, _ in place.ran()] == ["verify", "verify", "act"]


def test_what_a_seat_cannot_be_handed_is_listed_with_the_reason() -> None:
    """A case that is left out at a seat stands in the table, and the table holds nothing else."""
    needs = {need for case in CORPUS for need in case.call.needs}
    left_out = {(seat, one) for seat, made in SEATS.items() for one in needs - made.can}

    assert left_out == set(CANNOT)
    assert all(CANNOT.values())
    assert len(CANNOT) == 34


def test_every_case_goes_through_a_seat_of_each_kind() -> None:
    """No case is for plain HTTP alone, and none of the core is left out anywhere."""
    core = [case for case in CORPUS if case.name in CORE]

    assert len(core) == len(CORE)
    assert all(not case.call.needs for case in core)
    for case in CORPUS:
        assert sum(case.call.needs <= made.can for made in SEATS.values()) >= 4, case.name


def test_the_names_of_cases_and_seats_are_their_own() -> None:
    """Two cases of one name would be compared with each other's decision."""
    names = [case.name for case in CORPUS]

    assert len(set(names)) == len(names)
    assert len(SEATS) == len({inspect.getsource(made) for made in SEATS.values()})
