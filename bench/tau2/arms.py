"""How the policy comes to its facts: given with the call, fetched by look-up, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench.tau2.cases import Case
from bench.tau2.stock import COMPENSATE
from dsl import syntax
from dsl.model import Cause
from dsl.session.session import Session
from dsl.types import Unknown

# Where the data set keeps what the policy calls by these names.
FACTS: Final = {
    "reservation": "reservation",
    "user": "user",
    "owner": "user",
    "segments": "segment_status",
    "requested": "requested_segments",
    "reservations": "user_reservations",
}
_NONE: Final = Unknown(Cause.NO_FACT, "the airline knows nothing of this")


def given(case: Case, without: str | None = None) -> Session:
    """Return a session to which every fact came with the call, but for one."""
    facts = {
        name: case.context[place]
        for name, place in FACTS.items()
        if place in case.context and name != without
    }
    return Session(facts=facts)


def missing(_: Case) -> Session:
    """Return a session that knows no fact."""
    return Session()


def fetched(case: Case) -> Session:
    """Return a session that asks the airline's own tools for what it needs."""
    return _Fetching(case=case, airline=Airline.of(case))


@dataclass(slots=True)
class Airline:
    """What the airline's reading tools answer from; what it does not know is unknown."""

    users: dict[str, Any] = field(default_factory=dict)
    reservations: dict[str, Any] = field(default_factory=dict)
    flights: dict[tuple[str, str], Any] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case) -> "Airline":
        """Build the airline as it stood before a call."""
        context, here = case.context, cls()
        here.users[context["user"]["user_id"]] = context["user"]
        if (one := context.get("reservation")) is not None:
            here._keep(one, context["segment_status"])
        for one in context.get("user_reservations", ()):
            plain = {key: value for key, value in one.items() if key != "segment_status"}
            here._keep(plain, one["segment_status"])
        for leg in context.get("requested_segments", ()):
            here.flights[leg["flight_number"], leg["date"]] = leg
        return here

    def _keep(self, reservation: Mapping[str, Any], states: list[str]) -> None:
        self.reservations[reservation["reservation_id"]] = reservation
        for leg, status in zip(reservation["flights"], states, strict=True):
            self.flights[leg["flight_number"], leg["date"]] = {**leg, "status": status}

    def answer(self, tool: str, args: Mapping[str, Any]) -> Any | Unknown:
        """Answer a reading tool as the airline would."""
        match tool:
            case "get_user_details":
                return self.users.get(args["user_id"], _NONE)
            case "get_reservation_details":
                return self.reservations.get(args["reservation_id"], _NONE)
            case "get_flight_status":
                leg = self.flights.get((args["flight_number"], args["date"]))
                return _NONE if leg is None else leg["status"]
            case _:
                return _NONE

    def states(self, reservation: Mapping[str, Any]) -> list[Any]:
        """Return how each flight of a reservation stands."""
        return [self.answer("get_flight_status", leg) for leg in reservation["flights"]]


@dataclass(slots=True)
class _Fetching(Session):
    """Looks facts up, and gathers by the same tools what no single tool gives back."""

    case: Case | None = None
    airline: Airline = field(default_factory=Airline)

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Ask the tool that the policy names."""
        return _NONE if fact.lookup is None else self.airline.answer(fact.lookup.source, args)

    def given(self, fact: str) -> Any | Unknown:
        """Gather what comes with a request: the seat in front of the gateway would ask for it."""
        if self.case is None:
            return _NONE
        gathered = gather(fact, self.case, self.airline)
        return _NONE if gathered is None else gathered


def gather(fact: str, case: Case, airline: Airline) -> Any | None:
    """Put a fact together from the answers of several tools."""
    args = case.args
    match fact:
        case "segments" if "reservation_id" in args:
            one = airline.answer("get_reservation_details", args)
            return None if isinstance(one, Unknown) else airline.states(one)
        case "requested" if "flights" in args:
            asked = [(one["flight_number"], one["date"]) for one in args["flights"]]
            legs = [airline.flights.get(one) for one in asked]
            return None if None in legs else legs
        case "reservations" if case.tool == COMPENSATE:
            user = airline.answer("get_user_details", args)
            if isinstance(user, Unknown):
                return None
            trips = [airline.reservations[name] for name in user["reservations"]]
            return [{**one, "segment_status": airline.states(one)} for one in trips]
        case _:
            return None
