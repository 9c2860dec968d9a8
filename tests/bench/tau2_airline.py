"""A small airline of our own, with one right call of each tool: what the mutators are tried on."""

from dataclasses import replace
from typing import Any

from bench.tau2.cases import Case
from bench.tau2.stock import BAGS, BOOK, CANCEL, CHANGE, COMPENSATE, PASSENGERS

PASSENGER = {"first_name": "Kai", "last_name": "Mori", "dob": "1990-02-03"}
SECOND = {"first_name": "Lea", "last_name": "Mori", "dob": "1991-04-05"}


def method(kind: str, number: str, amount: int | None = None) -> dict[str, dict[str, Any]]:
    name = f"{kind}_{number}"
    more = {} if amount is None else {"amount": amount}
    return {name: {"source": kind, "id": name, **more}}


def user(name: str = "kai_1", level: str = "silver") -> dict[str, Any]:
    last = name[-1]
    payment_methods = {
        **method("certificate", f"10{last}", 200),
        **method("certificate", f"20{last}", 100),
        **method("credit_card", f"30{last}"),
        **method("credit_card", f"40{last}"),
        **method("gift_card", f"50{last}", 300),
    }
    return {
        "user_id": name,
        "membership": level,
        "payment_methods": payment_methods,
        "reservations": ["RES1"],
    }


def leg(number: str, origin: str, destination: str, day: str) -> dict[str, str]:
    return {"flight_number": number, "date": day, "origin": origin, "destination": destination}


OUT = leg("F1", "AAA", "BBB", "2024-06-01")
BACK = leg("F2", "BBB", "AAA", "2024-06-08")
NEAR_OUT = leg("F3", "CCC", "BBB", "2024-06-01")
NEAR_BACK = leg("F4", "BBB", "CCC", "2024-06-08")


def asked(*legs: dict[str, str]) -> list[dict[str, str]]:
    return [{key: one[key] for key in ("flight_number", "date")} for one in legs]


def reservation(**other: Any) -> dict[str, Any]:
    return {
        "reservation_id": "RES1",
        "user_id": "kai_1",
        "origin": "AAA",
        "destination": "BBB",
        "flight_type": "round_trip",
        "cabin": "economy",
        "flights": [OUT, BACK],
        "passengers": [PASSENGER, SECOND],
        "total_baggages": 1,
        "nonfree_baggages": 0,
        **other,
    }


def known(**other: Any) -> dict[str, Any]:
    one = reservation(**other)
    return {"reservation": one, "segment_status": ["available", "available"], "user": user()}


def requested(*legs: dict[str, str]) -> list[dict[str, str]]:
    return [{**one, "status": "available"} for one in legs]


def booking() -> Case:
    payments = [
        {"payment_id": "certificate_101", "amount": 150},
        {"payment_id": "credit_card_301", "amount": 90},
    ]
    args = {
        "user_id": "kai_1",
        "origin": "AAA",
        "destination": "BBB",
        "flight_type": "round_trip",
        "cabin": "economy",
        "flights": asked(OUT, BACK),
        "passengers": [PASSENGER, SECOND],
        "payment_methods": payments,
        "total_baggages": 3,
        "nonfree_baggages": 0,
        "insurance": "no",
    }
    context = {"user": user(), "requested_segments": requested(OUT, BACK)}
    return Case("gold/1/0", "gold", BOOK, args, context)


def change(to: str = "business", **other: Any) -> Case:
    args = {
        "reservation_id": "RES1",
        "cabin": to,
        "flights": asked(OUT, BACK),
        "payment_id": "credit_card_301",
    }
    context = {**known(**other), "requested_segments": requested(OUT, BACK)}
    return Case("gold/2/0", "gold", CHANGE, args, context)


def bags() -> Case:
    args = {
        "reservation_id": "RES1",
        "total_baggages": 3,
        "nonfree_baggages": 0,
        "payment_id": "gift_card_501",
    }
    return Case("gold/3/0", "gold", BAGS, args, known())


def compensation() -> Case:
    trip = {**reservation(), "segment_status": ["delayed", "available"]}
    context = {"user": user(), "user_reservations": [trip]}
    args = {"user_id": "kai_1", "amount": 100}
    return Case("recorded/4/0/0", "clean", COMPENSATE, args, context)


def cases() -> list[Case]:
    """Return right calls from which every mutator can make something."""
    moved = change("economy", flights=[{**OUT, "date": "2024-06-02"}, BACK])
    basic = change("economy", cabin="basic_economy")
    of_two = {"reservation_id": "RES1", "passengers": [PASSENGER, SECOND]}
    stranger = {"user": user("lea_2"), "requested_segments": requested(NEAR_OUT, NEAR_BACK)}
    return [
        booking(),
        change(),
        replace(moved, id="gold/2/1"),
        replace(basic, id="gold/2/2"),
        bags(),
        Case("gold/5/0", "gold", PASSENGERS, of_two, known()),
        Case("gold/6/0", "gold", CANCEL, {"reservation_id": "RES1"}, known()),
        compensation(),
        Case("recorded/9/0/0", "clean_error", BOOK, booking().args, stranger),
    ]
