"""One call through two seats, with a budget of one: decided, counted, asked and observed once."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final
from uuid import uuid4

import pytest

from drawbar import Pending, guard
from drawbar.handing import handing
from drawbar.mcp import CarryingClient, GuardedClient
from tests.parity.conftest import Seats, seated
from tests.parity.notes import noted
from tests.parity.policies import STORIES
from tests.parity.seats.mcp import read

SMALL: Final = {"amount": 5}
LARGE: Final = {"amount": 500}
SECOND: Final = ("mcp", "mcp-2025", "wrap")


@pytest.fixture(scope="module")
def seats() -> Iterator[Seats]:
    """Return the seats before a policy by which one may pay once, and is asked about 500."""
    with seated({"bank": STORIES}) as found:
        yield found


class Story:
    """A first seat of some kind, and a second one behind it, in one session."""

    def __init__(self, seats: Seats, second: str) -> None:
        self.seats, self.second = seats, seats[second]
        self.id = f"s{uuid4().hex}"
        self.session = seats["sdk-asyncio"].client.session(self.id)
        self.second.ran()

    async def handed(self, args: Any, around: AbstractContextManager[None] | None = None) -> Any:
        """Make the call at the second seat, as the tool of a seat before does."""
        with around or nullcontext():
            carrying = CarryingClient(self.second.client)
            return read(await carrying.call_tool(self.second.public.format("pay"), dict(args)))

    def approve(self, approval: str) -> None:
        self.seats.world.outer.answer(approval, "anybody", "approve")

    def run(self, work: Awaitable[Any]) -> Any:
        async def waited() -> Any:
            return await work

        return self.seats.world.loop.run(waited())

    def told(self) -> Any:
        """Return what the session knows of calls."""
        found = self.seats.world.outer.get(f"/v1/sessions/{self.id}")
        return found["calls"]


def by_sdk(story: Story, args: Any) -> Any:
    """Ask with the client, and hand on what it says, as an adapter of a framework does."""

    def asked(**more: Any) -> Any:
        check = story.session.check("pay", args, server="bank", changed_args=True, **more)
        return story.run(check)

    decision = asked()
    if decision.effect == "ask":
        story.approve(decision.approval.id)
        decision = asked(call_id=decision.call_id, approval=decision.approval.id)
    assert decision.allowed, decision
    told = story.run(story.handed(args, handing(story.id, decision.seat_token)))
    seen = story.run(story.session.result(decision.call_id, told.value))
    assert seen.allowed, seen
    return told


def by_guard(story: Story, args: Any) -> Any:
    """Guard a function whose body calls the server."""
    answers: list[Any] = []

    @guard(name="pay", server="bank", session=story.session)
    async def pay(**named: Any) -> Any:
        answers.append(await story.handed(named))
        return answers[-1].value

    try:
        story.run(pay(**args))
    except Pending as asked:
        story.approve(str(asked.approval and asked.approval.id))
        story.run(asked.resume())
    return answers[-1]


def by_wrapper(story: Story, args: Any) -> Any:
    """Wrap the client of the second seat."""
    prefixed = story.second.public != "{}"
    guarded = GuardedClient(
        story.second.client, session=story.session, server="bank", prefixed=prefixed
    )

    def call() -> Any:
        return read(story.run(guarded.call_tool(story.second.public.format("pay"), args)))

    told = call()
    if told.approval is not None:
        story.approve(told.approval)
        told = call()
    return told


FIRST: Final[tuple[Callable[[Story, Any], Any], ...]] = (by_sdk, by_guard, by_wrapper)


@pytest.mark.parametrize("args", [SMALL, LARGE], ids=["allowed", "asked"])
@pytest.mark.parametrize("second", SECOND)
@pytest.mark.parametrize("first", FIRST)
def test_two_seats_are_one_call(
    seats: Seats, first: Callable[[Story, Any], Any], second: str, args: Any
) -> None:
    """The tool runs once, one person is asked once, the session knows one call and one result."""
    story = Story(seats, second)
    told = first(story, args)

    assert (told.effect, told.value) == ("allow", "paid")
    assert story.second.ran() == [noted("pay", args)]
    assert len(story.told()) == 1
    records = seats.world.outer.records(story.id)
    calls = [one for one in records if one.phase == "call" and one.effect == "allow"]
    assert [one.first for one in calls] == [None, calls[0].id]
    assert [one.edge for one in calls] == ["http", "http" if second == "wrap" else "mcp"]
    assert len({one.reason for one in calls}) == 1
    assert {one.effect for one in records if one.phase == "result"} == {"allow"}
    approvals = {one.approval["id"] for one in records if one.approval is not None}
    assert len(approvals) == (args is LARGE)


@pytest.mark.parametrize("second", SECOND)
def test_a_token_of_another_call_is_worth_nothing(seats: Seats, second: str) -> None:
    """What was let through for five is not let through for six: it is decided anew, and denied."""
    story = Story(seats, second)
    decision = story.run(story.session.check("pay", SMALL, server="bank"))
    told = story.run(story.handed({"amount": 6}, handing(story.id, decision.seat_token)))

    assert (told.effect, told.reason) == ("deny", "rule")
    assert story.second.ran() == []
    last = seats.world.outer.records(story.id)[-1]
    assert (last.effect, last.first, last.rule) == ("deny", None, "bank/once")


@pytest.mark.parametrize("second", SECOND)
def test_a_token_is_good_once(seats: Seats, second: str) -> None:
    """The same call with the same token, sent again, is another call."""
    story = Story(seats, second)
    decision = story.run(story.session.check("pay", SMALL, server="bank"))
    tries = [
        story.run(story.handed(SMALL, handing(story.id, decision.seat_token))) for _ in range(3)
    ]

    assert [one.effect for one in tries] == ["allow", "deny", "deny"]
    assert story.second.ran() == [noted("pay", SMALL)]


@pytest.mark.parametrize("second", SECOND)
def test_a_third_seat_decides_anew(seats: Seats, second: str) -> None:
    """A token goes from one seat to one other: with a budget of one the third lets nothing run."""
    story = Story(seats, second)
    told: list[Any] = []

    @guard(name="pay", server="bank", session=story.session)
    async def pay(**named: Any) -> str:
        prefixed = story.second.public != "{}"
        inner = GuardedClient(story.second.client, server="bank", prefixed=prefixed)
        told.append(read(await inner.call_tool(story.second.public.format("pay"), named)))
        return "paid"

    story.run(pay(**SMALL))

    assert told[0].effect == "deny"
    assert story.second.ran() == []
