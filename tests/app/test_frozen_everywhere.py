"""Who is frozen at one gateway is frozen at every gateway of the store."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.auth import Caller
from app.deciding.question import Question
from app.deciding.settling import settle
from app.engine import Terms
from app.wiring import Gateway
from dsl.model import ReasonCode, Subject, ToolCall
from memory.freezes.store import Kind, Whom
from memory.records.act import os_user
from tests.app.seats.test_two_gateways import Pair
from tests.harness import POLICY
from tests.memory.conftest import new_database

BOT = Whom("default", Kind.AGENT, "bot")


@pytest.fixture
def pair(tmp_path: Path, postgres: Any) -> Iterator[Pair]:
    found = Pair(tmp_path, POLICY, database_url=new_database(postgres))
    yield found
    found.close()


def test_one_gateway_is_told_what_another_was(pair: Pair) -> None:
    """Frozen at one, the other denies before long; thawed, it allows again."""
    one, two = pair.both

    async def decided(gateway: Gateway, number: int) -> ReasonCode:
        call = ToolCall(f"c{number}", "pay", {"amount": 5}, None, Subject("u"), "bot")
        return (
            await settle(gateway, Question(call, Caller(pair.key), "http", 5.0, Terms()))
        ).verdict.code

    async def until(gateway: Gateway, wanted: ReasonCode) -> None:
        async with asyncio.timeout(60):
            number = 0
            while await decided(gateway, number) is not wanted:
                number += 1
                await asyncio.sleep(0.005)

    async def both() -> ReasonCode:
        assert await decided(two, 0) is ReasonCode.RULE
        await one.freezes.freeze(BOT, "", one.now(), os_user())
        await until(two, ReasonCode.FROZEN)
        last = await decided(two, 1_000_000)
        await one.freezes.thaw(BOT, one.now(), os_user())
        await until(two, ReasonCode.RULE)
        return last

    assert pair.one.run(both()) is ReasonCode.FROZEN
