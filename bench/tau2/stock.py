"""What the mutators take from: the case's own state, and what other cases of the data set hold."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bench.tau2.cases import Case

BOOK: Final = "book_reservation"
CANCEL: Final = "cancel_reservation"
CHANGE: Final = "update_reservation_flights"
BAGS: Final = "update_reservation_baggages"
PASSENGERS: Final = "update_reservation_passengers"
COMPENSATE: Final = "send_certificate"

CARDS: Final = ("credit_card", "gift_card")
# Free bags of a passenger: what the level adds to what the cabin gives (handbook, lines 83 to 94).
_BY_CABIN: Final = {"basic_economy": 0, "economy": 1, "business": 2}
LEVELS: Final = ("regular", "silver", "gold")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stock:
    """Payment methods of all users by kind, and where each flight goes."""

    payments: Mapping[str, tuple[str, ...]]
    flights: Mapping[str, tuple[str, str]]


def stock_of(cases: Iterable[Case]) -> Stock:
    """Collect what the data set holds, in one order."""
    payments: dict[str, set[str]] = {}
    flights: dict[str, tuple[str, str]] = {}
    for case in cases:
        for name, method in case.context["user"]["payment_methods"].items():
            payments.setdefault(method["source"], set()).add(name)
        for leg in _legs(case.context):
            flights[leg["flight_number"]] = (leg["origin"], leg["destination"])
    ordered = {kind: tuple(sorted(names)) for kind, names in payments.items()}
    return Stock(ordered, dict(sorted(flights.items())))


def _legs(context: Json) -> Iterator[Json]:
    yield from context.get("requested_segments", ())
    for one in (context.get("reservation"), *context.get("user_reservations", ())):
        yield from one["flights"] if one else ()


def own(case: Case, *kinds: str) -> list[str]:
    """Return the payment methods of some kinds in the user's profile, in one order."""
    methods = case.context["user"]["payment_methods"]
    return sorted(name for name, method in methods.items() if method["source"] in kinds)


def kind_of(case: Case, payment: str) -> str:
    """Return the kind of a payment method of the user's."""
    return str(case.context["user"]["payment_methods"][payment]["source"])


def allowance(case: Case) -> int:
    """Return how many bags fly free with a booking or a reservation."""
    trip = case.args if case.tool == BOOK else case.context["reservation"]
    each = LEVELS.index(case.context["user"]["membership"]) + _BY_CABIN[trip["cabin"]]
    return each * len(trip["passengers"])


def with_args(case: Case, **changed: Any) -> Case:
    """Return the case with other arguments."""
    return replace(case, args={**case.args, **changed})


def with_state(case: Case, place: Sequence[str | int], value: Any) -> Case:
    """Return the case with another value at one place of its state."""
    return replace(case, context=_put(case.context, place, value))


def _put(tree: Any, place: Sequence[str | int], value: Any) -> Any:
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(step, int):
        return [_put(one, rest, value) if at == step else one for at, one in enumerate(tree)]
    return {**tree, step: _put(tree[step], rest, value)}


def with_flights(case: Case, flights: Sequence[Json], stock: Stock) -> Case:
    """Return the case with other flights asked for; what is known of them follows."""
    known = {(leg["flight_number"], leg["date"]): leg for leg in case.context["requested_segments"]}
    legs = [known.get(_key(one)) or _leg(one, stock) for one in flights]
    return with_state(with_args(case, flights=list(flights)), ("requested_segments",), legs)


def with_status(case: Case, at: int, status: str) -> Case:
    """Return the case with another status of one segment, also where it is asked for again."""
    changed = with_state(case, ("segment_status", at), status)
    same = _key(case.context["reservation"]["flights"][at])
    for place, leg in enumerate(case.context.get("requested_segments", ())):
        if _key(leg) == same:
            changed = with_state(changed, ("requested_segments", place, "status"), status)
    return changed


def changes_flights(case: Case) -> bool:
    """Tell whether a change asks for other flights than those reserved."""
    return list(map(_key, case.args["flights"])) != list(
        map(_key, case.context["reservation"]["flights"])
    )


def changes_cabin(case: Case) -> bool:
    """Tell whether a change asks for another cabin."""
    return bool(case.args["cabin"] != case.context["reservation"]["cabin"])


def _key(flight: Json) -> tuple[str, str]:
    return flight["flight_number"], flight["date"]


def _leg(flight: Json, stock: Stock) -> Json:
    origin, destination = stock.flights[flight["flight_number"]]
    return {**flight, "origin": origin, "destination": destination, "status": "available"}
