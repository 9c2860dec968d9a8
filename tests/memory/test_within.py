"""Waiting with an end: as `asyncio.timeout`, but without a timer for what does not wait."""

import asyncio
from typing import Any

import pytest

from memory.within import within

LONG_S = 60.0


async def _said(*waits: float) -> str:
    for one in waits:
        await asyncio.sleep(one)
    return "said"


@pytest.mark.parametrize("waits", [(), (0,), (0, 0.001, 0)])
def test_it_returns_what_the_work_returns(waits: tuple[float, ...]) -> None:
    """Whether the work waits never, once or often."""
    assert asyncio.run(within(LONG_S, _said(*waits))) == "said"


@pytest.mark.parametrize("waits", [(LONG_S,), (0, LONG_S), (0.001, 0, LONG_S)])
def test_it_ends_what_waits_too_long(waits: tuple[float, ...]) -> None:
    """A wait beyond the time is `TimeoutError`, wherever in the work it comes."""
    with pytest.raises(TimeoutError):
        asyncio.run(within(0.05, _said(*waits)))


def test_the_time_counts_from_the_beginning_of_the_work() -> None:
    """What the work did before it waited for the first time is part of its time."""

    async def works_and_waits() -> str:
        loop = asyncio.get_running_loop()
        until = loop.time() + 0.05
        while loop.time() < until:
            pass
        return await _said(LONG_S)

    with pytest.raises(TimeoutError):
        asyncio.run(within(0.05, works_and_waits()))


@pytest.mark.parametrize("waits", [(), (0,)])
def test_what_the_work_raises_is_raised(waits: tuple[float, ...]) -> None:
    """Before it waits, and after it did."""

    async def fails() -> None:
        await _said(*waits)
        raise ValueError("failed")

    with pytest.raises(ValueError, match="failed"):
        asyncio.run(within(LONG_S, fails()))


def test_work_hears_that_it_is_ended_and_may_clean_up() -> None:
    """It meets the cancellation where it waits, and what it does then is waited for."""
    heard: list[str] = []

    async def cleans_up() -> None:
        try:
            await asyncio.sleep(LONG_S)
        finally:
            await asyncio.sleep(0)
            heard.append("cleaned up")

    with pytest.raises(TimeoutError):
        asyncio.run(within(0.05, cleans_up()))
    assert heard == ["cleaned up"]


def test_a_cancelled_task_is_cancelled_in_its_work() -> None:
    """The cancellation of the task is no time-out, and reaches the work."""
    heard: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(LONG_S)
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    async def main() -> Any:
        task = asyncio.create_task(within(LONG_S, waits()))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(main()) is True
    assert heard == ["cancelled"]


def test_one_within_another_ends_by_the_shorter_time() -> None:
    """The outer one hears of the inner's time-out as of any fault, and not the other way round."""

    async def inner() -> str:
        try:
            return await within(0.02, _said(LONG_S))
        except TimeoutError:
            return "inner"

    assert asyncio.run(within(LONG_S, inner())) == "inner"
    with pytest.raises(TimeoutError):
        asyncio.run(within(0.02, within(LONG_S, _said(LONG_S))))


def test_locks_events_and_tasks_are_waited_for() -> None:
    """Whatever asyncio can wait for, it can wait for in here."""

    async def main() -> list[str]:
        lock, event, said = asyncio.Lock(), asyncio.Event(), []

        async def work(name: str) -> None:
            async with lock:
                await event.wait()
                said.append(name)

        async def both() -> None:
            await asyncio.gather(*(within(LONG_S, work(name)) for name in "ab"))

        task = asyncio.create_task(both())
        await asyncio.sleep(0)
        event.set()
        await task
        return said

    assert asyncio.run(main()) == ["a", "b"]


def test_nothing_that_does_not_wait_makes_a_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what it is for; work that waits has one."""
    made: list[float] = []
    timed = asyncio.timeout_at

    def counted(when: float | None) -> asyncio.Timeout:
        made.append(when or 0)
        return timed(when)

    monkeypatch.setattr(asyncio, "timeout_at", counted)
    asyncio.run(within(LONG_S, _said()))
    assert made == []
    asyncio.run(within(LONG_S, _said(0)))
    assert len(made) == 1
