"""When rules are made anew, and when nobody bothers."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.learning.refreshing import ENOUGH, is_due
from memory.feedback.reading import Told
from memory.induction.log import Refreshed, Withdrawn
from tests.app.learning.office import GATEWAY, Office, made_of
from tests.memory.induction import world

HOUR = timedelta(hours=1)
CASE = world.case(1, {})
START = world.START


def reports(number: int, first: int = 1) -> list[Any]:
    return [world.report(seq, CASE, at=START) for seq in range(first, first + number)]


@pytest.mark.parametrize(
    ("told", "after", "due"),
    [
        (Told(), 100 * HOUR, False),
        (Told(reports(1)), HOUR / 2, False),
        (Told(reports(1)), HOUR, True),
        (Told(reports(ENOUGH)), timedelta(0), True),
        (Told(reports(ENOUGH - 1)), timedelta(0), False),
        (Told(reports(1), [Withdrawn(seq=2, report="rep_1")]), timedelta(0), True),
        (Told(reports(1), [], [Refreshed(2, START)]), 2 * HOUR, False),
        (Told(reports(1), [], [Refreshed(2, START)]), 24 * HOUR, True),
        (Told(reports(3), [], [Refreshed(2, START)]), HOUR, True),
        (Told(reports(ENOUGH + 1), [], [Refreshed(2, START)]), HOUR / 2, False),
        (Told(reports(ENOUGH + 2), [], [Refreshed(2, START)]), timedelta(0), True),
    ],
)
def test_it_is_due(told: Told, after: timedelta, due: bool) -> None:  # noqa: FBT001 - a table
    """Many reports and withdrawals at once, one report in time, else once a day; else never."""
    assert is_due(told, START + after, HOUR) is due


def test_a_log_that_cannot_be_read_is_told_and_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules that stand stay; what is wrong with one tenant stops no other."""
    office = Office(tmp_path)
    tried: list[str] = []

    async def tenants() -> list[str]:
        return ["acme", "other"]

    async def refresh(terms: Any, *_: object) -> None:
        tried.append(terms.tenant)
        raise KeyError("how")

    monkeypatch.setattr(office.learning.refreshing, "tenants", tenants)
    monkeypatch.setattr(office.learning.refreshing, "refresh", refresh)
    before = office.gateway.live.revision
    office.harness.run(office.learning._once())
    metrics = office.harness.request("GET", "/metrics").text
    office.close()

    assert tried[-2:] == ["acme", "other"]
    assert 'drawbar_faults_total{edge="none",stage="memory"}' in metrics
    assert office.gateway.live.revision == before


def test_what_others_learned_is_taken_up_while_rules_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To make rules may take long, and a gateway that does so hears of the others all the same."""
    monkeypatch.setattr("app.learning.learning.LOOK_S", 0.05)
    office, began, enough = Office(tmp_path), asyncio.Event(), asyncio.Event()

    async def tenants() -> list[str]:
        return ["default"]

    async def refresh(*_: object) -> None:
        began.set()
        await enough.wait()

    async def heard() -> Any:
        learning, content = office.learning, made_of(world.drawn(3, 60), terms, 1)
        try:
            async with asyncio.timeout(60):
                await began.wait()
                await learning.revisions.put(content, GATEWAY, office.at)
                while "default" not in learning.learned.held:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.05)
        finally:
            enough.set()
        return learning.learned.held["default"]["seq"]

    terms = office.learning.terms("default")
    monkeypatch.setattr(office.learning.refreshing, "tenants", tenants)
    monkeypatch.setattr(office.learning.refreshing, "refresh", refresh)
    assert office.harness.run(heard()) == 1
    office.close()
