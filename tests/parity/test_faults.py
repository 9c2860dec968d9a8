"""The common faults at every seat: never an allow, and the tool did not run."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from uuid import uuid4

import pytest

from memory.keys import Scope
from tests.parity.call import Call
from tests.parity.conftest import Seats, seated
from tests.parity.every import SEATS
from tests.parity.notes import noted
from tests.parity.planting import DECIDING, JUDGING, LATE, NO_RESULT, RESULT, UNWRITABLE, planted
from tests.parity.policies import FAULTS
from tests.parity.seat import Told
from tests.parity.world import HOST

FINE: Final = Call("pay", '{"amount": 5}')
# Seats that hold a key of somebody's; a wrap that decides by itself makes its own.
KEYED: Final = tuple(name for name, made in SEATS.items() if "key" in made.can)
OWN_KEY: Final = "wrap-local"


@pytest.fixture(scope="module")
def seats() -> Iterator[Seats]:
    """Return the seats before gateways with faults in them."""
    with planted(), seated({"bank": FAULTS}, ask_budget=1) as found:
        yield found


def sent(seat: Any, call: Call) -> Told:
    """Send a call; a client that raises was told nothing that it could run on."""
    seat.ran()
    try:
        told: Told = seat.send(call, f"s{uuid4().hex}")
    except Exception as error:  # noqa: BLE001 - whatever it is
        return Told("deny", None, f"{type(error).__name__}: {error}")
    return told


def asks_for(fault: str) -> Call:
    return Call("pay", f'{{"amount": 5, "to": "{fault}"}}')


@pytest.mark.parametrize("seat", SEATS)
@pytest.mark.parametrize(
    ("call", "reasons"),
    [
        (asks_for(JUDGING), {"fault"}),
        (asks_for(LATE), {"deadline"}),
        (Call(UNWRITABLE), {"unrecorded"}),
        (asks_for(DECIDING), {"fault", "internal_error", "unreachable", None}),
    ],
    ids=["a rule raises", "too late", "no record", "anything raises"],
)
def test_a_fault_within_denies(seats: Seats, seat: str, call: Call, reasons: set[Any]) -> None:
    """The same call without the fault is allowed and runs; with it, it is denied and does not."""
    fine = sent(seats[seat], FINE)
    ran = seats[seat].ran()
    told = sent(seats[seat], call)

    assert (fine.effect, ran) == ("allow", [noted("pay", {"amount": 5})])
    assert (told.effect, told.value) == ("deny", None)
    assert told.reason in reasons
    assert seats[seat].ran() == []


@pytest.mark.parametrize("seat", SEATS)
@pytest.mark.parametrize("call", [asks_for(RESULT), Call(NO_RESULT)], ids=["raises", "no record"])
def test_a_result_that_cannot_be_judged_is_withheld(seats: Seats, seat: str, call: Call) -> None:
    """The tool ran, and nothing of what it gave back is shown."""
    told = sent(seats[seat], call)

    assert (told.effect, told.value) == ("deny", None)
    assert told.reason in {"fault", "unavailable"}
    assert seats[seat].ran() == [noted(call.tool, call.values)]


@pytest.mark.parametrize("seat", SEATS)
def test_people_are_not_asked_beyond_the_budget(seats: Seats, seat: str) -> None:
    """With a budget of one, the second thing to ask in a session is denied; the first one waits."""
    session = f"s{uuid4().hex}"
    seats[seat].ran()
    told = [seats[seat].send(Call("publish", f'{{"n": {n}}}'), session) for n in (1, 2, 1)]

    said = [("ask", "rule"), ("deny", "ask_budget"), ("ask", "rule")]
    assert [(one.effect, one.reason) for one in told] == said
    assert told[0].approval == told[2].approval
    assert seats[seat].ran() == []


def _nobody(seats: Seats) -> str:
    return "drw_nobody"


def _without(scope: Scope) -> Callable[[Seats], str]:
    return lambda seats: seats.world.outer.new_key(HOST - {scope}, subject="local")


KEYS: Final[Mapping[str, Callable[[Seats], str]]] = {
    "nobody's key": _nobody,
    "without check": _without(Scope.CHECK),
    "without assert.session": _without(Scope.ASSERT_SESSION),
}


@pytest.mark.parametrize("seat", KEYED)
@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_may_not_is_denied(seats: Seats, seat: str, key: str) -> None:
    """A credential that nobody made, or that lacks a scope, lets no call through anywhere."""
    told, ran = with_key(seats, seat, KEYS[key](seats), FINE)

    assert (told.effect, told.value) == ("deny", None)
    assert ran == []


@pytest.mark.parametrize("seat", KEYED)
def test_without_the_scope_for_results_nothing_is_shown(seats: Seats, seat: str) -> None:
    """Where results may not be told nobody judges them: of what ran, nothing is shown."""
    key = _without(Scope.OBSERVE)(seats)
    told, ran = with_key(seats, seat, key, FINE)

    assert (told.effect, told.value) == ("deny", None)
    assert ran == [noted("pay", {"amount": 5})]


def with_key(seats: Seats, seat: str, key: str, call: Call) -> tuple[Told, list[Any]]:
    """Send a call at a seat that holds a key; a seat that does not even start lets nothing run."""
    seats[seat].ran()
    try:
        made = SEATS[seat](seats.world, key)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return Told("deny", None, f"{type(error).__name__}: {error}"), seats[seat].ran()
    try:
        return sent(made, call), made.ran()
    finally:
        if hasattr(made, "close"):
            made.close()


def test_a_wrap_that_decides_by_itself_has_a_key_of_its_own() -> None:
    """It alone is left out above."""
    assert set(SEATS) - set(KEYED) == {OWN_KEY}


def test_without_a_policy_every_seat_denies() -> None:
    """No policy is in force: nothing is allowed, and the reason says so."""
    with seated({}) as seats:
        for seat in SEATS:
            told = sent(seats[seat], FINE)
            assert (seat, told.effect, told.reason) == (seat, "deny", "no_policy")
            assert (seat, seats[seat].ran()) == (seat, [])


def test_a_gateway_that_is_gone_lets_nothing_run() -> None:
    """What was allowed a moment before is denied; a wrap that decides by itself needs no other."""
    with seated({"bank": FAULTS}) as seats:
        for seat in SEATS:
            assert (seat, sent(seats[seat], FINE).effect) == (seat, "allow")
        seats.world.stop()
        for seat in KEYED:
            told = sent(seats[seat], FINE)
            assert (seat, told.effect, told.value) == (seat, "deny", None)
            assert (seat, seats[seat].ran()) == (seat, [])
        assert sent(seats[OWN_KEY], FINE).effect == "allow"
