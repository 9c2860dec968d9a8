"""What one gateway announces every gateway hears: at once where the store can, else soon."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from memory.announcing import listening
from memory.announcing.announce import Topic, announce
from memory.announcing.listening import Announcements
from memory.database import Database, StoreError
from tests.memory.conftest import Store

PATIENCE_S = 20.0
NEVER_S = 3_600.0


class Ear:
    """Counts how often it was called, and may refuse."""

    def __init__(self) -> None:
        self.heard = 0
        self.refuses = 0

    async def __call__(self) -> None:
        if self.refuses:
            self.refuses -= 1
            raise StoreError("not now")
        self.heard += 1


async def told(database: Database, *topics: Topic) -> None:
    for topic in topics:
        async with database.write() as connection:
            await announce(connection, topic)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


async def hearing(heard: Announcements, work: Awaitable[None]) -> None:
    """Do some work while announcements are listened to."""
    stop = asyncio.Event()
    task = asyncio.create_task(heard.listen(stop))
    try:
        await work
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE_S)


def test_each_look_hears_what_is_new_and_of_its_topic(store: Store) -> None:
    """Many announcements between two looks are one; another topic is nobody's business."""
    ear, heard = Ear(), Announcements(store.database, print)
    heard.heed(Topic.FREEZES, ear)
    counts = []
    for topics in ((), (Topic.FREEZES, Topic.FREEZES), (), (Topic.POLICIES,), (Topic.FREEZES,)):
        store.run(told(store.database, *topics))
        store.run(heard.look())
        counts.append(ear.heard)

    assert counts == [0, 1, 1, 1, 2]


def test_what_was_announced_before_the_start_is_heard_once(store: Store) -> None:
    """Who reads the state first and listens then cannot miss what lies between."""
    store.run(told(store.database, Topic.KEYS))
    ear, heard = Ear(), Announcements(store.database, print)
    heard.heed(Topic.KEYS, ear)
    store.run(heard.look())
    store.run(heard.look())

    assert ear.heard == 1


def test_a_change_that_is_rolled_back_was_never_announced(store: Store) -> None:
    """It is announced with the transaction, or not at all."""

    async def failing() -> None:
        async with store.database.write() as connection:
            await announce(connection, Topic.KEYS)
            raise ArithmeticError

    ear, heard = Ear(), Announcements(store.database, print)
    heard.heed(Topic.KEYS, ear)
    with pytest.raises(ArithmeticError):
        store.run(failing())
    store.run(heard.look())

    assert ear.heard == 0


def test_who_could_not_heed_is_called_again(store: Store) -> None:
    """A fault of who heeds is the fault of the look, which counts as none."""
    ear, heard = Ear(), Announcements(store.database, print)
    heard.heed(Topic.POLICIES, ear)
    ear.refuses = 1
    store.run(told(store.database, Topic.POLICIES))
    with pytest.raises(StoreError):
        store.run(heard.look())
    assert heard.silent_s() == float("inf")

    store.run(heard.look())
    assert ear.heard == 1
    assert heard.silent_s() < NEVER_S


def test_listening_goes_on_after_a_fault_and_tells_it_once(store: Store) -> None:
    """What is refused several times is one line, and is heard in the end."""
    told_of: list[str] = []
    ear, heard = Ear(), Announcements(store.database, told_of.append)
    heard.heed(Topic.POLICIES, ear)
    ear.refuses = 2

    async def work() -> None:
        await told(store.database, Topic.POLICIES)
        await until(lambda: ear.heard == 1)

    store.run(hearing(heard, work()))

    assert told_of == ["not now"]


def test_it_is_looked_for_where_nothing_wakes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that is lost costs the time until the next look, and nothing else."""
    monkeypatch.setattr(Announcements, "_wake", lambda *_: None)
    monkeypatch.setattr(listening, "POLL_S", 0.05)
    ear, heard = Ear(), Announcements(store.database, print)
    heard.heed(Topic.FREEZES, ear)

    async def work() -> None:
        await until(lambda: heard.silent_s() < NEVER_S)
        await told(store.database, Topic.FREEZES)
        await until(lambda: ear.heard == 1)

    store.run(hearing(heard, work()))


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
def test_a_shared_store_wakes_others_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any look of its own, the other gateway hears what one announces."""
    monkeypatch.setattr(listening, "POLL_S", NEVER_S)
    other = Database(store.database.url)
    ear, heard = Ear(), Announcements(other, print)
    heard.heed(Topic.FREEZES, ear)

    async def work() -> None:
        await until(lambda: heard.silent_s() < NEVER_S)
        await told(store.database, Topic.FREEZES)
        await until(lambda: ear.heard == 1)

    store.run(hearing(heard, work()))
    store.run(other.close())


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
def test_a_line_that_is_cut_is_picked_up_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store kills the connection that listens; what is announced then is heard all the same."""
    monkeypatch.setattr(listening, "POLL_S", 0.05)
    other = Database(store.database.url)
    ear, heard = Ear(), Announcements(other, print)
    heard.heed(Topic.FREEZES, ear)

    async def work() -> None:
        await until(lambda: heard.silent_s() < NEVER_S)
        async with store.database.write() as connection:
            await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
                "pg_backend_pid() AND datname = current_database()"
            )
        await told(store.database, Topic.FREEZES)
        await until(lambda: ear.heard == 1)
        before = ear.heard
        monkeypatch.setattr(listening, "POLL_S", NEVER_S)
        await asyncio.sleep(0.2)
        await told(store.database, Topic.FREEZES)
        await until(lambda: ear.heard > before)  # woken, over a line of its own again

    store.run(hearing(heard, work()))
    store.run(other.close())


def test_it_is_looked_for_where_the_store_cannot_wake_anybody(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line of its own is to be had, but the store answers: told once, and heard all the same."""

    async def no_line(_self: Announcements) -> None:
        raise StoreError("no line")

    monkeypatch.setattr(Announcements, "_pick_up", no_line)
    monkeypatch.setattr(listening, "POLL_S", 0.05)
    told_of: list[str] = []
    ear, heard = Ear(), Announcements(store.database, told_of.append)
    heard.heed(Topic.FREEZES, ear)

    async def work() -> None:
        await until(lambda: heard.silent_s() < NEVER_S)
        for count in (1, 2):
            await told(store.database, Topic.FREEZES)
            await until(lambda count=count: ear.heard == count)  # type: ignore[misc]  # bound now

    store.run(hearing(heard, work()))

    assert told_of == ["no line"]


def test_many_that_look_at_once_share_a_look_that_began_after_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first may have begun before others came, so there is one more for all of those."""
    asked = 0
    numbers = Announcements._numbers

    async def counted(self: Announcements) -> Mapping[str, int]:
        nonlocal asked
        asked += 1
        return await numbers(self)

    monkeypatch.setattr(Announcements, "_numbers", counted)
    heard = Announcements(store.database, print)

    async def work() -> None:
        await asyncio.gather(*(heard.look() for _ in range(50)))

    store.run(work())

    assert asked == 2


def test_a_number_only_grows_whatever_the_clocks_say(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a time where that is later, so another store goes on from there, else one more."""
    heard = Announcements(store.database, print)
    clock, numbers = [2_000.0], []
    monkeypatch.setattr("memory.announcing.announce.time.time", lambda: clock[0])
    store.run(heard.begin(Topic.GLASS))
    for clock[0] in (2_000.0, 1_000.0, 3_000.0):
        store.run(told(store.database, Topic.FREEZES))
        store.run(heard.begin(Topic.FREEZES))
        numbers.append(store.run(heard.number(Topic.FREEZES)))

    assert numbers == [2_000_000, 2_000_001, 3_000_000]
    assert store.run(heard.number(Topic.GLASS)) == 2_000_000
    assert store.run(heard.number(Topic.KEYS)) == 0
