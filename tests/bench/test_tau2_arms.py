"""Facts given with the call, fetched by look-up, or missing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.policy import policies
from bench.tau2 import arms
from bench.tau2.arms import Airline
from bench.tau2.cases import Case
from bench.tau2.judge import judge
from dsl.types import Unknown
from tests.bench import tau2_airline as airline

POLICY = """
policy small version 1;
timezone "Etc/GMT+5";
fact reservation = lookup get_reservation_details(reservation_id: args.reservation_id) within 2s;
fact owner = lookup get_user_details(user_id: fact.reservation.user_id) within 2s;
fact segments = given;
fact requested = given;
fact reservations = given;
rule writing: allow *;
rule flown:
  deny cancel_reservation when any s in fact.segments: s == "landed"
  source "policy.md" line 141;
rule paying:
  deny update_reservation_flights
  when none m in values(fact.owner.payment_methods): m.id == args.payment_id
  source "policy.md" line 131;
rule there:
  deny update_reservation_flights when any leg in fact.requested: leg.destination == "CCC"
  source "policy.md" line 111;
rule due:
  deny send_certificate
  when none trip in fact.reservations: "delayed" in trip.segment_status
  source "policy.md" line 165;
"""


@pytest.fixture
def small(tmp_path: Path) -> policies.PolicySet:
    file = tmp_path / "small.bar"
    file.write_text(POLICY, "utf-8")
    return policies.load([file])


def test_reading_tools_answer_as_the_airline_would() -> None:
    """What is known is given back as it stands; a tool, id or day that is not known is unknown."""
    there = Airline.of(airline.change())

    assert there.answer("get_user_details", {"user_id": "kai_1"}) == airline.user()
    assert there.answer("get_reservation_details", {"reservation_id": "RES1"}) == (
        airline.reservation()
    )
    on = {"flight_number": "F1", "date": "2024-06-01"}
    assert there.answer("get_flight_status", on) == "available"
    for tool, args in (
        ("get_user_details", {"user_id": "lea_2"}),
        ("get_reservation_details", {"reservation_id": "RES2"}),
        ("get_flight_status", {**on, "date": "2024-06-02"}),
        ("get_weather", {}),
    ):
        assert isinstance(there.answer(tool, args), Unknown)


CASES = (airline.change(), airline.bags(), airline.compensation(), airline.booking())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tool)
def test_what_is_gathered_is_what_would_be_given(case: Case) -> None:
    """Several answers of tools put together are the fact that comes with the call otherwise."""
    for name in ("segments", "requested", "reservations"):
        given: Any = case.context.get(arms.FACTS[name])
        assert arms.gather(name, case, Airline.of(case)) == given


def test_nothing_is_gathered_of_what_is_not_known() -> None:
    """A reservation, flight or user that the airline does not know gives no fact."""
    unknown = {"reservation_id": "RES2", "user_id": "lea_2"}
    flights = [{"flight_number": "F9", "date": "2024-06-01"}]
    for case in CASES:
        other = replace(case, args={**case.args, **unknown, "flights": flights})
        for name in ("segments", "requested", "reservations"):
            assert arms.gather(name, other, Airline.of(case)) is None


CANCEL = airline.cases()[6]
FLOWN = replace(CANCEL, context={**airline.known(), "segment_status": ["landed", "available"]})


@pytest.mark.parametrize(
    ("case", "effect"),
    [
        (CANCEL, "allow"),
        (FLOWN, "deny"),
        (airline.change(), "allow"),
        (replace(airline.change(), args={**airline.change().args, "payment_id": "x"}), "deny"),
        (airline.compensation(), "allow"),
    ],
)
def test_arms_agree_and_no_fact_allows_nothing(
    small: policies.PolicySet, case: Case, effect: str
) -> None:
    """Given and fetched facts decide alike; without them, what needs one is not allowed."""
    record = judge(small, case)

    assert record.arms["given"] == record.arms["fetched"]
    assert record.arms["given"].effect == effect
    assert record.arms["missing"].effect == "deny"


def test_a_missing_fact_is_told_from_a_broken_line(small: policies.PolicySet) -> None:
    """What is denied for want of a fact is written down as unknown, with its line."""
    record = judge(small, FLOWN)

    assert record.arms["given"].by == (("flown", 141, "true"),)
    assert record.arms["missing"].by == (("flown", 141, "unknown"),)
    assert record.without["segments"] == "deny"
