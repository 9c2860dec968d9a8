"""Work beside requests ends with the gateway, and never unseen before."""

import asyncio

from structlog.testing import capture_logs

from app.background import Stop, background


def test_a_defect_in_work_beside_requests_is_told() -> None:
    """The gateway goes on, and the log says which work does not, without words of the fault."""

    async def broken(_stop: Stop) -> None:
        raise LookupError("a private word")

    async def run() -> None:
        async with background(broken, "sender"):
            await asyncio.sleep(0.01)

    with capture_logs() as told:
        asyncio.run(run())

    assert [(one["work"], one["fault"]) for one in told] == [("sender", "LookupError")]
    assert "private" not in str(told)


def test_work_that_was_begun_is_finished() -> None:
    """A step that is under way when the gateway stops is not cut off."""
    done = []

    async def work(stop: Stop) -> None:
        while not stop.is_set():
            await stop.within(60)
        await asyncio.sleep(0.01)
        done.append("step")

    async def run() -> None:
        async with background(work, "steps"):
            await asyncio.sleep(0)

    asyncio.run(run())

    assert done == ["step"]
