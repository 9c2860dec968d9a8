"""All mutators by name, and the mutants they make: distinct, and in one order for a seed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from bench.tau2 import illegal, legal
from bench.tau2.cases import Case, Part, distinct
from bench.tau2.stock import Stock, stock_of

SEED: Final = 1

Change = Callable[[Case, Stock, Random], Iterator[Case]]


@dataclass(frozen=True, slots=True)
class Mutator:
    """One kind of change; `wanted` are the handbook's lines that it breaks, none if it is legal.

    It is made of `base`: no gold call sends a certificate, so compensation starts from what was
    recorded and is clean.
    """

    change: Change
    wanted: str = ""
    base: Part = "gold"

    @property
    def name(self) -> str:
        """Return the name of the function that makes the change."""
        return str(getattr(self.change, "__name__", ""))

    @property
    def words(self) -> str:
        """Return what it does, in a sentence."""
        return (self.change.__doc__ or "").splitlines()[0]


MUTATORS: Final = (
    Mutator(illegal.sixth_passenger, "73"),
    Mutator(illegal.foreign_payment_in_booking, "80"),
    Mutator(illegal.foreign_payment_in_change, "131"),
    Mutator(illegal.second_certificate, "78"),
    Mutator(illegal.second_credit_card, "78"),
    Mutator(illegal.certificate_in_change, "131"),
    Mutator(illegal.fewer_bags, "123"),
    Mutator(illegal.bag_not_charged, "82-94"),
    Mutator(illegal.free_bag_charged, "82-94"),
    Mutator(illegal.lower_level, "82-94"),
    Mutator(illegal.basic_economy_found, "110"),
    Mutator(illegal.basic_economy_moved, "110"),
    Mutator(illegal.cabin_after_flown, "116"),
    Mutator(illegal.cancelled_after_flown, "141"),
    Mutator(illegal.other_origin, "111"),
    Mutator(illegal.other_destination, "111"),
    Mutator(illegal.compensation_off, "163/165", "clean"),
    Mutator(illegal.passenger_off, "163/165", "clean"),
    Mutator(legal.passengers_permuted),
    Mutator(legal.payments_permuted),
    Mutator(legal.fifth_passenger),
    Mutator(legal.other_own_card),
    Mutator(legal.other_own_credit_card),
    Mutator(legal.bags_within_allowance),
)


def mutants(cases: Sequence[Case], seed: int = SEED) -> list[Case]:
    """Make every mutant of a data set; calls that are equal in equal states count once."""
    stock = stock_of(cases)
    made = (one for mutator in MUTATORS for one in _of(mutator, cases, stock, seed))
    known = {case.digest for case in cases}
    return [one for one in distinct(made) if one.digest not in known]


def _of(mutator: Mutator, cases: Iterable[Case], stock: Stock, seed: int) -> Iterator[Case]:
    for case in distinct(one for one in cases if one.part == mutator.base):
        dice = Random(f"{seed}/{mutator.name}/{case.id}")  # noqa: S311 - no secret hangs on it
        for at, changed in enumerate(mutator.change(case, stock, dice)):
            yield _named(changed, mutator, f"{case.id}:{mutator.name}:{at}")


def _named(changed: Case, mutator: Mutator, name: str) -> Case:
    part: Part = "mutant" if mutator.wanted else "legal"
    wanted = (mutator.wanted,) if mutator.wanted else ()
    return replace(changed, id=name, part=part, wanted=wanted, mutator=mutator.name)
