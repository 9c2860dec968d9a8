"""With `audit = "async"` nothing that was answered is lost while the process lives."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy.exc import OperationalError

from tests.app.faults.stepping import FAULTS, Fault
from tests.app.faults.stories import STORIES, Bank, Story, tries
from tests.harness import GatewayHarness, pay
from tests.waiting import until

pytestmark = pytest.mark.heavy

FEW = [one for one in STORIES if one.name in {"plain", "in_session", "approved"}]
STEP: Final = 3


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Return a gateway that answers before it stores."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("memory.records.log.AGAIN_S", 0.01)
        opened = Bank(tmp_path_factory.mktemp("bank"), patch, audit="async")
        yield opened
        assert opened.flaws() == []
        opened.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
@pytest.mark.parametrize("story", FEW, ids=lambda one: one.name)
def test_what_was_answered_is_stored_in_the_end(bank: Bank, story: Story, fault: Fault) -> None:
    """Whatever goes wrong meanwhile, also in the writer, it is stored when that is over."""
    assert list(tries(story, bank, fault, STEP))
    assert bank.gateway.log.lost == 0


def test_while_the_disk_fails_nothing_is_let_through_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered before it showed is stored once the disk is back; then calls pass again."""
    monkeypatch.setattr("memory.records.log.AGAIN_S", 0.01)
    gateway = GatewayHarness(tmp_path, audit="async")
    gateway.check(pay())  # so that all that is read is known
    with monkeypatch.context() as patch:
        patch.setattr(gateway.gateway.database, "write", fails)
        first = gateway.check(pay())
        gateway.run(until(lambda: not gateway.gateway.log.healthy))
        during = [gateway.check(pay()) for _ in range(3)]
    gateway.run(until(lambda: gateway.gateway.log.healthy))
    after = gateway.check(pay())
    gateway.run(gateway.gateway.log._waiting.join())
    recorded = {one.id for one in gateway.records()}
    gateway.close()

    assert [answer.status_code for answer in during] == [503] * 3
    assert {answer.json()["effect"] for answer in during} == {"deny"}
    assert {first.json()["decision_id"], after.json()["decision_id"]} <= recorded
    assert len(recorded) == 3


def test_a_graceful_stop_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was answered a moment before the stop is found by the next process."""
    gateway = GatewayHarness(tmp_path, audit="async")
    store = gateway.gateway.log._stored

    async def slowly(batch: Any) -> None:
        await asyncio.sleep(0.5)
        await store(batch)

    monkeypatch.setattr(gateway.gateway.log, "_stored", slowly)
    answers = gateway.run(many(gateway, 200))
    waiting = gateway.gateway.log.depth
    gateway.close()
    again = GatewayHarness(tmp_path)
    recorded = {one.id for one in again.records()}
    again.close()

    assert {answer["decision_id"] for answer in answers} == recorded
    assert len(recorded) == 200
    assert waiting > 0, "all was stored before the stop, so nothing was tried"


def test_a_full_queue_denies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no place in the queue is not answered, and what was answered is stored."""
    gateway = GatewayHarness(tmp_path, audit="async", record_queue=5)
    gateway.check(pay())
    gateway.run(gateway.gateway.log._waiting.join())
    written = asyncio.Event()
    store = gateway.gateway.log._stored

    async def later(batch: Any) -> None:
        await written.wait()
        await store(batch)

    monkeypatch.setattr(gateway.gateway.log, "_stored", later)
    answers = gateway.run(many(gateway, 20))
    written.set()
    gateway.run(gateway.gateway.log._waiting.join())
    recorded = {one.id for one in gateway.records()}
    gateway.close()

    passed = [one["decision_id"] for one in answers if "decision_id" in one]
    assert 0 < len(passed) < 20
    assert {one["effect"] for one in answers if "decision_id" not in one} == {"deny"}
    assert set(passed) < recorded
    assert len(recorded) == len(passed) + 1


async def many(gateway: GatewayHarness, number: int) -> list[dict[str, Any]]:
    """Ask many times at once."""
    headers = {"Authorization": f"Bearer {gateway.key}"}
    posts = [
        gateway._client.post("/v1/check", json=pay(call_id=f"c{n}"), headers=headers)
        for n in range(number)
    ]
    return [answer.json() for answer in await asyncio.gather(*posts)]


def fails() -> None:
    raise OperationalError("insert", {}, OSError("disk gone"))
