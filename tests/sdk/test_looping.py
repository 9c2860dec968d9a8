"""What only a client of asyncio can meet: cancelled tasks, other loops, many at once."""

import asyncio

from drawbar import AsyncClient
from tests.sdk.scripted import GOOD, KEY, Reply, serving, wait_for

ARGS = {"amount": 5}


def test_a_cancelled_question_leaves_no_poisoned_connection() -> None:
    """A task that is cancelled while it waits ends; the next question gets its own answer."""

    async def main(url: str) -> None:
        async with AsyncClient(url, KEY, timeout=60) as client:
            assert (await client.check("send_money", ARGS)).allowed
            task = asyncio.create_task(client.check("send_money", ARGS, call_id="lost"))
            await asyncio.to_thread(wait_for, scripted, 2)
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=30)
            assert done
            assert task.cancelled()
            found = await client.check("send_money", ARGS, call_id="found")
            assert (found.allowed, found.call_id) == (True, "found")

    with serving() as scripted:
        scripted.script[:] = [GOOD, Reply(silent=True)]
        asyncio.run(main(scripted.url))
        assert len(scripted.connections) == 2


def test_a_question_cancelled_in_a_pause_is_not_sent_again() -> None:
    """No attempt follows after the task is cancelled."""

    async def main(url: str) -> None:
        async with AsyncClient(url, KEY, timeout=60) as client:
            task = asyncio.create_task(client.check("send_money", ARGS))
            await asyncio.to_thread(wait_for, scripted, 1)
            task.cancel()
            await asyncio.wait([task], timeout=30)
            assert task.cancelled()
            sent = len(scripted.asked)
            await asyncio.sleep(0.5)
            assert len(scripted.asked) == sent

    with serving() as scripted:
        scripted.script[:] = [Reply(status=503)] * 9
        asyncio.run(main(scripted.url))


def test_a_client_works_in_another_loop() -> None:
    """Connections of a loop that ended are left alone; the new loop opens its own."""

    async def main() -> bool:
        allowed = (await client.check("send_money", ARGS)).allowed
        client.cores.looping.lines.close()
        return allowed

    async def again() -> bool:
        return (await client.check("send_money", ARGS)).allowed

    with serving() as scripted:
        client = AsyncClient(scripted.url, KEY, timeout=60)
        assert asyncio.run(main())
        assert asyncio.run(again())
        assert len(scripted.connections) == 2


def test_loops_in_two_threads_never_share_a_connection() -> None:
    """A connection kept by a loop that still runs is closed there, and not used here."""

    async def main(url: str) -> tuple[bool, bool]:
        async with AsyncClient(url, KEY, timeout=60) as client:
            here = await client.check("send_money", ARGS)
            there = await asyncio.to_thread(lambda: asyncio.run(asked(client)))
            return here.allowed, there

    async def asked(client: AsyncClient) -> bool:
        allowed = (await client.check("send_money", ARGS)).allowed
        client.cores.looping.lines.close()
        return allowed

    with serving() as scripted:
        assert asyncio.run(main(scripted.url)) == (True, True)
        assert len(scripted.connections) == 2


def test_many_at_once_get_their_own_answers() -> None:
    """Questions at the same time never share a connection."""

    async def main(url: str) -> None:
        async with AsyncClient(url, KEY, timeout=60) as client:
            names = [f"c{at}" for at in range(40)]
            asked = (client.check("send_money", ARGS, call_id=name) for name in names)
            decisions = await asyncio.gather(*asked)
            assert [one.call_id for one in decisions] == names
            assert all(one.allowed for one in decisions)

    with serving() as scripted:
        asyncio.run(main(scripted.url))
