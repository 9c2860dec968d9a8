"""Mutators that break nothing: near twins of allowed calls, which must be allowed as well."""

from collections.abc import Iterator
from itertools import permutations
from random import Random
from typing import Final

from bench.tau2 import stock as st
from bench.tau2.cases import Case
from bench.tau2.illegal import MOST_PASSENGERS, strangers
from bench.tau2.stock import BAGS, BOOK, CHANGE, PASSENGERS, Stock, with_args

ORDERS: Final = 8  # other orders that are tried of one list


def passengers_permuted(case: Case, _: Stock, dice: Random) -> Iterator[Case]:
    """Name the same passengers in another order."""
    if case.tool in {BOOK, PASSENGERS}:
        yield from _orders(case, "passengers", dice)


def payments_permuted(case: Case, _: Stock, dice: Random) -> Iterator[Case]:
    """Name the same payments in another order."""
    if case.tool == BOOK:
        yield from _orders(case, "payment_methods", dice)


def _orders(case: Case, name: str, dice: Random) -> Iterator[Case]:
    there = case.args[name]
    others = [list(one) for one in permutations(there) if list(one) != there]
    for one in dice.sample(others, min(ORDERS, len(others))):
        yield with_args(case, **{name: one})


def fifth_passenger(case: Case, _: Stock, dice: Random) -> Iterator[Case]:
    """Fill a booking up to five passengers, which is allowed."""
    if case.tool == BOOK:
        there = case.args["passengers"]
        more = strangers(dice, MOST_PASSENGERS - len(there))
        yield with_args(case, passengers=[*there, *more])


def other_own_card(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Pay a change of flights or bags with another card of the user's own."""
    if case.tool in {CHANGE, BAGS}:
        for card in st.own(case, *st.CARDS):
            if card != case.args["payment_id"]:
                yield with_args(case, payment_id=card)


def other_own_credit_card(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Pay with another credit card of the user's what one credit card pays of a booking."""
    payments = case.args.get("payment_methods", ())
    for at, payment in enumerate(payments):
        if st.kind_of(case, payment["payment_id"]) == "credit_card":
            for card in st.own(case, "credit_card"):
                if card != payment["payment_id"]:
                    other = [*payments[:at], {**payment, "payment_id": card}, *payments[at + 1 :]]
                    yield with_args(case, payment_methods=other)


def bags_within_allowance(case: Case, _: Stock, __: Random) -> Iterator[Case]:
    """Ask for another number of bags that all fly free, and are no fewer than reserved."""
    if case.tool in {BOOK, BAGS}:
        least = 0 if case.tool == BOOK else case.context["reservation"]["total_baggages"] + 1
        for total in range(least, st.allowance(case) + 1):
            if total != case.args["total_baggages"]:
                yield with_args(case, total_baggages=total)
