"""The guards of the settings are checked beside requests, and tried again after they failed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from app.guarding import guarding
from app.guarding.guarding import Guards
from app.guarding.settings import GuardSettings
from app.telemetry import Metrics
from dsl.model import Cause
from guards.breaker import FIRST_WAIT_S, IN_A_ROW, LONGEST_WAIT_S, Breaker
from guards.classifier.vllm.families import FAMILIES
from guards.classifier.vllm.http import Http
from guards.classifier.vllm.verify import verify
from guards.judgement import Raw
from tests.guards.serving import MODEL, Serving
from tests.guards.standing_in import asker


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


def test_a_guard_is_checked_at_the_start_and_again_after_it_failed(tmp_path: Path) -> None:
    """It is asked once its known questions came out right, also if it was away at first."""
    with Serving() as server:
        asyncio.run(verify(Http(server.address, dict), MODEL, FAMILIES["policyguard"], tmp_path))
        told = {"url": server.address, "family": "policyguard", "model": MODEL}
        made = GuardSettings.model_validate({**told, "folder": tmp_path})
        metrics = Metrics()
        guards = Guards({"g": made}, metrics)
        (one,) = guards.askers.values()
        models = server.answers.pop("/v1/models")

        async def story() -> None:
            async with guards.running():
                await until(lambda: one.unwell is Cause.BAD_STATUS)
                assert not one.is_well
                server.answers["/v1/models"] = models
                await until(lambda: one.is_well)
                assert metrics.guard_up.labels("g")._value.get() == 1

        asyncio.run(story())


def test_a_guard_that_hangs_keeps_no_other_from_its_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each guard is looked at in its own time, whatever another one does."""
    monkeypatch.setattr(guarding, "LOOK_S", 0.01)
    monkeypatch.setattr(guarding, "CHECK_S", 0.03)
    hangs, well, checks = asker(lambda _: Raw(1.0)), asker(lambda _: Raw(1.0)), list[bool]()
    hangs.guard.open = lambda: asyncio.sleep(3600)  # type: ignore[method-assign]
    well.guard._checks = lambda: checks.append(True)  # type: ignore[attr-defined]
    guards = Guards({}, Metrics())
    guards.askers = {"hangs": hangs, "well": well}

    async def story() -> None:
        async with guards.running():
            await until(lambda: len(checks) >= 3)

    asyncio.run(story())
    assert hangs.unwell is Cause.GUARD_CANARY


def test_a_gateway_without_guards_watches_nothing() -> None:
    """Nothing runs beside requests where the settings name no guard."""

    async def story() -> int:
        before = len(asyncio.all_tasks())
        async with Guards({}, Metrics()).running():
            return len(asyncio.all_tasks()) - before

    assert asyncio.run(story()) == 0


def opened(breaker: Breaker, outcomes: list[bool]) -> bool:
    for well in outcomes:
        breaker.went(well=well)
    return breaker.is_open


def test_a_breaker_opens_at_five_in_a_row_or_ten_of_twenty() -> None:
    """Faults apart from each other count as well, and successes between them."""
    assert not opened(Breaker(), [False] * (IN_A_ROW - 1) + [True])
    assert opened(Breaker(), [False] * IN_A_ROW)
    assert opened(Breaker(), [True, False] * 10)
    assert not opened(Breaker(), [True, True, False] * 20)


def test_each_try_that_fails_doubles_the_wait() -> None:
    """5 seconds, then twice as long, and never more than a minute; one that is well ends it."""
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    waits = []
    for _ in range(6):
        breaker.open()
        breaker.open()  # what fails meanwhile changes nothing
        began = now[0]
        while not breaker.is_due:
            now[0] += 1
        waits.append(now[0] - began)
    assert waits == [FIRST_WAIT_S, 10, 20, 40, LONGEST_WAIT_S, LONGEST_WAIT_S]
    breaker.close()
    assert not breaker.is_open
