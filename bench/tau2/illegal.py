"""Mutators that break one sentence of the handbook each, by one change of the call or its state."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from bench.tau2 import stock as st
from bench.tau2.cases import Case
from bench.tau2.stock import BAGS, BOOK, CANCEL, CHANGE, COMPENSATE, Stock, with_args, with_state

MOST_PASSENGERS: Final = 5
PICKS: Final = 3  # flights that are tried in the place of one
_NAMES: Final = ("Ada", "Bela", "Cleo", "Dov", "Enno", "Fay", "Gus", "Hedy", "Ines", "Jo")


def strangers(dice: Random, count: int) -> list[dict[str, str]]:
    """Make passengers up."""
    return [
        {
            "first_name": first,
            "last_name": dice.choice(_NAMES) + "son",
            "dob": date(dice.randint(1950, 2005), dice.randint(1, 12), 1).isoformat(),
        }
        for first in dice.sample(_NAMES, count)
    ]


def sixth_passenger(case: Case, _: Stock, dice: Random) -> Iterator[Case]:
    """Fill a booking up to six passengers."""
    if case.tool == BOOK:
        there = case.args["passengers"]
        more = strangers(dice, MOST_PASSENGERS + 1 - len(there))
        yield with_args(case, passengers=[*there, *more])


def foreign_payment_in_booking(case: Case, stock: Stock, dice: Random) -> Iterator[Case]:
    """Pay a part of a booking with a method of the same kind that is not the user's."""
    if case.tool == BOOK:
        for at, payment in enumerate(case.args["payment_methods"]):
            kind = st.kind_of(case, payment["payment_id"])
            for foreign in _foreign(case, stock, dice, payment["payment_id"], kind):
                yield _paid(case, at, {**payment, "payment_id": foreign})


def foreign_payment_in_change(case: Case, stock: Stock, dice: Random) -> Iterator[Case]:
    """Pay a change of flights with a card that is not the user's."""
    if case.tool == CHANGE:
        for kind in st.CARDS:
            for foreign in _foreign(case, stock, dice, case.args["payment_id"], kind):
                yield with_args(case, payment_id=foreign)


def _foreign(case: Case, stock: Stock, dice: Random, payment: str, kind: str) -> Iterator[str]:
    """Yield another user's method of a kind, and the method at hand with one digit wrong."""
    mine = case.context["user"]["payment_methods"]
    yield dice.choice([one for one in stock.payments[kind] if one not in mine])
    if kind == st.kind_of(case, payment):
        wrong = [payment[:-1] + digit for digit in "0123456789"]
        yield dice.choice([one for one in wrong if one not in mine])


def second_certificate(case: Case, _: Stock, dice: Random) -> Iterator[Case]:
    """Pay a part of what one certificate, or a gift card, pays with a second certificate."""
    yield from _second(case, dice, "certificate", also_for=("certificate", "gift_card"))


def second_credit_card(case: Case, _: Stock, dice: Random) -> Iterator[Case]:
    """Pay a part of what one credit card, or a gift card, pays with a second credit card."""
    yield from _second(case, dice, "credit_card", also_for=("credit_card", "gift_card"))


def _second(case: Case, dice: Random, kind: str, also_for: tuple[str, ...]) -> Iterator[Case]:
    """Split a payment, so that two methods of a kind pay and the sum stays."""
    payments = case.args.get("payment_methods", ())
    used = {one["payment_id"] for one in payments}
    if not any(st.kind_of(case, one) == kind for one in used):
        return
    for at, payment in enumerate(payments):
        if st.kind_of(case, payment["payment_id"]) not in also_for or payment["amount"] < 2:  # noqa: PLR2004 - one for each
            continue
        for second in st.own(case, kind):
            most = min(_balance(case, second), payment["amount"] - 1)
            if second not in used:
                part = dice.randint(1, most)
                yield _split(case, at, second, part)


def _balance(case: Case, payment: str) -> int:
    return int(case.context["user"]["payment_methods"][payment].get("amount", 1 << 20))


def _split(case: Case, at: int, second: str, part: int) -> Case:
    payments = list(case.args["payment_methods"])
    payments[at] = {**payments[at], "amount": payments[at]["amount"] - part}
    payments.insert(at + 1, {"payment_id": second, "amount": part})
    return with_args(case, payment_methods=payments)


def _paid(case: Case, at: int, payment: Any) -> Case:
    payments = list(case.args["payment_methods"])
    payments[at] = payment
    return with_args(case, payment_methods=payments)


def certificate_in_change(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Pay a change of flights with a certificate of the user's."""
    if case.tool == CHANGE:
        for certificate in st.own(case, "certificate"):
            yield with_args(case, payment_id=certificate)


def fewer_bags(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Ask for fewer bags than are reserved, or find more reserved than are asked for."""
    if case.tool == BAGS:
        reserved, asked = case.context["reservation"]["total_baggages"], case.args["total_baggages"]
        for fewer in range(reserved):
            yield with_args(case, total_baggages=fewer)
        for more in range(asked + 1, st.allowance(case) + 1):
            yield with_state(case, ("reservation", "total_baggages"), more)


def bag_not_charged(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Ask for one bag more than flies free, and charge none for it."""
    if case.tool in {BOOK, BAGS} and case.args["nonfree_baggages"] == 0:
        yield with_args(case, total_baggages=st.allowance(case) + 1)


def free_bag_charged(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Charge one bag of those that fly free."""
    if case.tool in {BOOK, BAGS} and 0 < case.args["total_baggages"] <= st.allowance(case):
        yield with_args(case, nonfree_baggages=1)


def lower_level(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Find the user at a lower level, at which one of the bags is not free."""
    if case.tool in {BOOK, BAGS}:
        for level in st.LEVELS[: st.LEVELS.index(case.context["user"]["membership"])]:
            lower = with_state(case, ("user", "membership"), level)
            if case.args["total_baggages"] - st.allowance(lower) == 1:
                yield lower


def basic_economy_found(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Find a reservation whose flights are changed in basic economy."""
    if case.tool == CHANGE and st.changes_flights(case):
        yield with_state(case, ("reservation", "cabin"), "basic_economy")


def basic_economy_moved(case: Case, stock: Stock, _: Random) -> Iterator[Case]:
    """Move one flight of a basic economy reservation by a day."""
    if case.tool == CHANGE and case.context["reservation"]["cabin"] == "basic_economy":
        for at, flight in enumerate(case.args["flights"]):
            for days in (-1, 1):
                day = date.fromisoformat(flight["date"]) + timedelta(days=days)
                yield _replaced(case, at, {**flight, "date": day.isoformat()}, stock)


def _replaced(case: Case, at: int, flight: Any, stock: Stock) -> Case:
    flights = list(case.args["flights"])
    flights[at] = flight
    return st.with_flights(case, flights, stock)


def cabin_after_flown(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Find a segment flown of a reservation whose cabin is changed."""
    if case.tool == CHANGE and st.changes_cabin(case):
        for at in range(len(case.context["segment_status"])):
            yield st.with_status(case, at, "landed")


def cancelled_after_flown(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Find a segment flown, or in the air, of a reservation that is cancelled."""
    if case.tool == CANCEL:
        for at in range(len(case.context["segment_status"])):
            for status in ("landed", "flying"):
                yield st.with_status(case, at, status)


def other_origin(case: Case, stock: Stock, dice: Random) -> Iterator[Case]:
    """Begin the changed trip elsewhere: another first flight to the same airport."""
    if case.tool == CHANGE and case.context["reservation"]["cabin"] != "basic_economy":
        first = case.context["requested_segments"][0]
        fitting = [
            number
            for number, (origin, destination) in stock.flights.items()
            if destination == first["destination"] and origin != first["origin"]
        ]
        for number in dice.sample(fitting, min(PICKS, len(fitting))):
            yield _replaced(case, 0, {**case.args["flights"][0], "flight_number": number}, stock)


def other_destination(case: Case, stock: Stock, dice: Random) -> Iterator[Case]:
    """End the changed trip elsewhere: another last flight from the same airport."""
    if case.tool == CHANGE and case.context["reservation"]["cabin"] != "basic_economy":
        last, at = case.context["requested_segments"][-1], len(case.args["flights"]) - 1
        fitting = [
            number
            for number, (origin, destination) in stock.flights.items()
            if origin == last["origin"] and destination != last["destination"]
        ]
        for number in dice.sample(fitting, min(PICKS, len(fitting))):
            yield _replaced(case, at, {**case.args["flights"][at], "flight_number": number}, stock)


def compensation_off(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Offer one dollar, or the share of one passenger, more or less than is due."""
    if case.tool == COMPENSATE:
        for off in (-50, -1, 1, 50):
            changed = with_args(case, amount=case.args["amount"] + off)
            if changed.args["amount"] not in due(case):
                yield changed


def passenger_off(case: Case, _: Stock, dice: Random) -> Iterator[Case]:
    """Find one passenger more or less in the reservation that the compensation is for."""
    if case.tool == COMPENSATE:
        for at, trip in enumerate(case.context["user_reservations"]):
            there = trip["passengers"]
            for travelling in (there[:-1], [*there, *strangers(dice, 1)]):
                changed = with_state(case, ("user_reservations", at, "passengers"), travelling)
                if case.args["amount"] not in due(changed):
                    yield changed


def due(case: Case) -> set[int]:
    """Return the amounts that the handbook's lines 163 and 165 could give for any reservation."""
    found = set()
    for trip in case.context["user_reservations"]:
        for status, each in (("cancelled", 100), ("delayed", 50)):
            if status in trip["segment_status"]:
                found.add(each * len(trip["passengers"]))
    return found
