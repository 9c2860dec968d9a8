"""Glass that is broken at one gateway is broken at every gateway of the store, and whole again."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.auth import Caller
from app.deciding import breaking
from app.deciding.question import Question
from app.deciding.settling import settle
from app.engine import Terms
from app.wiring import Gateway
from dsl.model import Effect, Subject, ToolCall
from tests.app.glass.breaking import RELIEF, STANDS_BY
from tests.app.seats.test_two_gateways import Pair
from tests.harness import POLICY
from tests.memory.conftest import new_database


@pytest.fixture
def pair(tmp_path: Path, postgres: Any) -> Iterator[Pair]:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "relief.bar").write_text(RELIEF)
    (tmp_path / "policies" / "bindings.toml").write_text(STANDS_BY)
    found = Pair(tmp_path, POLICY, database_url=new_database(postgres))
    yield found
    found.close()


def test_one_gateway_is_told_what_two_people_said_at_others(pair: Pair) -> None:
    """Asked at one and confirmed at the other, both heed it before long; ended, neither does."""
    one, two = pair.both
    made_at = pair.key.created_at - timedelta(days=1)
    ada = Caller(replace(pair.key, subject="ada"))
    bob = Caller(replace(pair.key, id="k_2", subject="bob", created_at=made_at))

    async def effect(gateway: Gateway, number: int) -> Effect:
        call = ToolCall(f"c{number}", "pay", {"amount": 500}, None, Subject("u"), "bot")
        terms = Terms(dry_run=True)
        return (await settle(gateway, Question(call, Caller(pair.key), "http", 5.0, terms))).effect

    async def until(gateway: Gateway, wanted: Effect) -> None:
        async with asyncio.timeout(60):
            number = 0
            while await effect(gateway, number) is not wanted:
                number += 1
                await asyncio.sleep(0.02)

    async def both() -> None:
        wanted = breaking.Wanted("bank", timedelta(hours=1), "fire")
        asked = await breaking.ask(one, wanted, ada)
        assert await effect(one, -1) is Effect.ASK
        await breaking.confirm(two, asked.glass.id, asked.glass.digest, bob)
        assert await effect(two, -2) is Effect.ALLOW
        await until(one, Effect.ALLOW)
        await breaking.end(one, asked.glass.id, ada)
        assert await effect(one, -3) is Effect.ASK
        await until(two, Effect.ASK)

    pair.one.run(both())
