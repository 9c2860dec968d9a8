"""A decision is handed on between gateways that share a store, and taken over by one of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.approvals.waiting import settle_and_wait
from app.auth import Caller
from app.deciding.observing import Observed
from app.deciding.question import Question
from app.deciding.seating import token
from app.deciding.sessioning import in_session, joined_session
from app.deciding.telling import Came, Seat, tell
from app.engine import Terms
from app.settings import Settings
from app.wiring import Gateway
from dsl.model import Decision, Subject, ToolCall
from memory.keys import ApiKey
from memory.sessions.session import Owner
from tests.app.seats.passing import ARGS, POLICY, caller
from tests.harness import GatewayHarness
from tests.memory.conftest import new_database
from tests.memory.redis_process import one_redis, redis

__all__ = ("one_redis", "redis")

CALLS = 20
OPEN = "policy open version 1; rule r: allow pay;"


class Pair:
    """Two gateways in one loop, on one store and with one digest key."""

    def __init__(self, folder: Path, policy: str, **store: Any) -> None:
        self.one = GatewayHarness(folder, policy, **store)
        other = folder / "other"
        other.mkdir(mode=0o700)
        secret = (folder / "data" / "digest.key").read_bytes()
        (other / "digest.key").write_bytes(secret)
        settings = Settings(data=other, policies=folder / "policies", **store)
        self.two = Gateway(settings)
        self.one.run(self.two.open())
        self.key = caller(self.one)

    @property
    def both(self) -> tuple[Gateway, Gateway]:
        """Return the gateways."""
        return self.one.gateway, self.two

    def close(self) -> None:
        """Close both."""
        self.one.run(self.two.close())
        self.one.close()


def asked(key: ApiKey, call_id: str, session: str | None, handed: str | None = None) -> Question:
    """Return a payment that waits for its decision at one of two edges."""
    call = ToolCall(call_id, "pay", ARGS, None, Subject(key.subject), key.agent, session)
    edge = "http" if handed is None else "mcp"
    return Question(call, Caller(key), edge, 30.0, Terms(), seat_token=handed)


async def never() -> bool:
    return False


async def raced(pair: Pair, number: int, session: str | None) -> list[Decision]:
    """Let one gateway allow a call, and both take the decision over at once."""
    first, _ = pair.both
    question = asked(pair.key, f"c{number}", session)
    handed = token(first, question, await settle_and_wait(first, question, never))
    assert handed is not None
    again = [
        settle_and_wait(one, asked(pair.key, f"m{number}.{at}", session, handed), never)
        for at, one in enumerate(pair.both * 2)
    ]
    return list(await asyncio.gather(*again))


@pytest.fixture(params=["sessions in postgres", "sessions in redis"])
def store(request: pytest.FixtureRequest, postgres: Any) -> dict[str, str]:
    """Return where two gateways keep records and sessions."""
    found = {"database_url": new_database(postgres)}
    if request.param == "sessions in redis":
        found["session_store"] = request.getfixturevalue("redis").url
    return found


@pytest.fixture
def pair(tmp_path: Path, store: dict[str, str]) -> Iterator[Pair]:
    made = Pair(tmp_path, POLICY, **store)
    yield made
    made.close()


def test_seats_that_join_at_two_gateways_are_in_one_session(pair: Pair) -> None:
    """However many join at once while none is open, one is opened, and it is found afterwards."""
    owner = Owner(pair.key.tenant, pair.key.subject, pair.key.agent)

    async def joins(gateway: Gateway) -> str:
        name = await joined_session(gateway, owner)
        async with in_session(gateway, owner, name, gateway.now()) as visit:
            return visit.turn.name

    async def work() -> list[str]:
        first = await asyncio.gather(*(joins(one) for one in pair.both * 4))
        return [*first, *[await joins(one) for one in pair.both]]

    assert len(set(pair.one.run(work()))) == 1


def test_of_several_gateways_one_takes_a_decision_over(pair: Pair) -> None:
    """However many try at once: the others decide anew, and the budget of one is one."""

    async def work() -> list[list[Decision]]:
        return [await raced(pair, number, f"s{number}") for number in range(CALLS)]

    for decisions in pair.one.run(work()):
        assert sorted(one.effect for one in decisions) == ["allow", "deny", "deny", "deny"]
        assert [one.first for one in decisions if one.effect == "allow"] != [None]


def test_the_result_may_be_told_at_either_gateway(pair: Pair) -> None:
    """What the second seat calls the call is known to all: one result, and nobody is refused."""
    one, two = pair.both

    async def work() -> tuple[list[Observed], list[str]]:
        question = asked(pair.key, "c1", "s1")
        handed = token(one, question, await settle_and_wait(one, question, never))
        second = await settle_and_wait(two, asked(pair.key, "m1", "s1", handed), never)
        assert second.first is not None
        owner = Owner(pair.key.tenant, pair.key.subject, pair.key.agent)
        seen = []
        for gateway, name in ((one, "m1"), (two, "c1"), (two, "m1")):
            seat = Seat("http", Caller(pair.key), owner, "s1")
            seen += await tell(gateway, seat, [Came(f"r-{name}", name, "paid")])
        async with one.sessions._store.read() as reading:
            kinds = [event.kind for _, event in await reading.events(owner.tenant, "s1", 0)]
        return seen, [str(kind) for kind in kinds]

    seen, kinds = pair.one.run(work())
    assert [one.verdict.effect for one in seen] == ["allow"] * 3
    assert kinds == ["let", "passed", "came"]


def test_without_a_session_it_is_taken_over_once_too(pair: Pair) -> None:
    """No lock of a session keeps them apart there, and one alone finds it unused all the same."""
    pair.one.write("bank.bar", OPEN)

    async def work() -> list[list[Decision]]:
        for one in pair.both:
            await one.live.reload()
        return list(await asyncio.gather(*(raced(pair, number, None) for number in range(CALLS))))

    for decisions in pair.one.run(work()):
        assert {one.effect for one in decisions} == {"allow"}
        assert sum(one.first is not None for one in decisions) == 1
