"""Decisions are found by what they say, newest first, each once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from memory.ids import new_id
from memory.records.following import Chained
from memory.records.log import RecordLog
from memory.records.query import Wanted, chained, page
from memory.records.record import DecisionRecord
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW, a_record

RULE = {"code": "rule", "effect": "deny", "policy": "bank", "rule": "small", "cause": None}


def _made(number: int) -> DecisionRecord:
    at = NOW + timedelta(minutes=number)
    return a_record(
        id=new_id("d", at),
        at=at,
        subject=f"s{number % 2}",
        agent=f"a{number % 3}",
        session=f"x{number % 5}" if number % 5 else None,
        server="bank" if number % 2 else None,
        effect=("allow", "deny")[number % 2],
        reasons=(RULE,) if number % 4 == 0 else (),
        would="deny" if number in (3, 4, 7) else None,
        observe_until=NOW.isoformat() if number in (3, 4, 7) else None,
        tenant="other" if number == 7 else "default",
    )


MADE = [_made(number) for number in range(12)]


@pytest.fixture
def filled(store: Store) -> Store:
    """Return a store with twelve decisions, a minute apart."""

    async def fill() -> None:
        log = RecordLog(store.database, 100)
        log.start()
        for one in MADE:
            await log.append(one)
        await log.stop()

    store.run(fill())
    return store


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ({}, [11, 10, 9, 8, 6, 5, 4, 3, 2, 1, 0]),
        ({"subject": "s1"}, [11, 9, 5, 3, 1]),
        ({"agent": "a0"}, [9, 6, 3, 0]),
        ({"session": "x2"}, [2]),
        ({"would": "deny"}, [4, 3]),
        ({"would": "ask"}, []),
        ({"tool": "bank/pay"}, [11, 9, 5, 3, 1]),
        ({"tool": "pay", "agent": "a2"}, [8, 2]),
        ({"effect": "allow"}, [10, 8, 6, 4, 2, 0]),
        ({"rule": "bank/small"}, [8, 4, 0]),
        ({"since": NOW + timedelta(minutes=9)}, [11, 10, 9]),
        ({"until": NOW + timedelta(minutes=2)}, [1, 0]),
        ({"since": NOW + timedelta(minutes=3), "until": NOW + timedelta(minutes=5)}, [4, 3]),
        ({"tenant": "other"}, [7]),
        ({"subject": "' OR 1=1 --"}, []),
    ],
)
def test_decisions_are_found(filled: Store, by: dict[str, Any], expected: list[int]) -> None:
    """Each filter alone, two together, and nothing of another tenant."""
    wanted = replace(Wanted("default"), **by)

    found = filled.run(page(filled.database, wanted, 100)).found

    assert [MADE.index(one) for one in found] == expected


def test_pages_follow_each_other(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of a page, each decision comes once and the last page says so."""
    for size in (1, 3, 10, 11, 12):
        wanted, seen = Wanted("default"), []
        while True:
            part = filled.run(page(filled.database, wanted, size))
            seen += list(part.found)
            if part.after is None:
                break
            wanted = replace(wanted, before=part.after)
        assert [MADE.index(one) for one in seen] == [11, 10, 9, 8, 6, 5, 4, 3, 2, 1, 0]

    monkeypatch.setattr("memory.records.query.AT_ONCE", 4)

    async def all_of_them() -> list[Chained]:
        return [one async for one in chained(filled.database, Wanted("default"))]

    seqs = [one.seq for one in filled.run(all_of_them())]
    assert seqs == [12, 11, 10, 9, 7, 6, 5, 4, 3, 2, 1]
