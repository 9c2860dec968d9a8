"""What a client cannot send as it was decided, it does not send."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from drawbar.mcp import GuardedClient
from tests.parity.conftest import Seats
from tests.parity.notes import noted
from tests.parity.seats.mcp import read

SENT = [
    ({"n": Decimal("1.5")}, {"n": Decimal("1.5")}),
    ({"n": Decimal(100)}, {"n": 100}),
    ({"n": [Decimal("0.1"), (Decimal("1e20"),)]}, {"n": [Decimal("0.1"), [10**20]]}),
    ({"n": Decimal(10**38)}, {"n": 10**38}),
    ({"n": 0.1}, {"n": Decimal("0.1")}),
]
UNSENT = ["0.10000000000000000000000001", "12345678901234567890.5", "NaN", "Infinity"]


def called(seats: Seats, tool: str, args: Any) -> Any:
    """Call a tool with the wrapper of the official client."""
    seat = seats["mcp-client"]

    async def call() -> Any:
        session = seat._asks.session(f"s{uuid4().hex}")
        guarded = GuardedClient(seat._inner, session=session, server="bank")
        return await guarded.call_tool(tool, args)

    seat.ran()
    return read(seats.world.loop.run(call()))


@pytest.mark.parametrize(("args", "arrives"), SENT)
def test_exact_numbers_arrive_as_numbers(seats: Seats, args: Any, arrives: Any) -> None:
    """The server of a wrapped client gets the number that was decided, and no text of it."""
    assert called(seats, "say", args).effect == "allow"
    assert seats["mcp-client"].ran() == [noted("say", arrives)]


@pytest.mark.parametrize("number", UNSENT)
def test_a_number_that_cannot_be_sent_is_not(seats: Seats, number: str) -> None:
    """The client would write another number, or a text, than was decided: the call is denied."""
    told = called(seats, "say", {"n": [{"x": Decimal(number)}]})

    assert (told.effect, told.reason) == ("deny", "invalid_call")
    assert seats["mcp-client"].ran() == []


def test_a_changed_number_that_cannot_be_sent_is_not(seats: Seats) -> None:
    """Rules may put in a number that the client cannot send: the call is not made, nor counted."""
    told = called(seats, "precise", {})

    assert (told.effect, told.reason) == ("deny", "unsupported_obligation")
    assert seats["mcp-client"].ran() == []
