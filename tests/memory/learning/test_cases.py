"""The calls that memory looks at, as they come back out of the store."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, insert
from sqlalchemy.dialects import sqlite

from dsl import strictjson
from memory.database import sqlite_url
from memory.evidence.evidence import Evidence, Piece
from memory.evidence.kind import Kind
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.induction.case import Features, Withheld
from memory.induction.log import Refreshed
from memory.learning import cases as module
from memory.learning.cases import Cases, newest, of_decisions, oldest
from memory.learning.job import Job, line, read, written
from memory.learning.making import case_of, made
from memory.learning.packing import packed, unpacked
from memory.learning.terms import Terms
from memory.tables import evidence
from tests.memory.conftest import Store
from tests.memory.induction import world
from tests.memory.records.test_log import NOW

HOUR = timedelta(hours=1)


class Kept:
    """A store with cases in it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.vault = Vault(store.database, FileMaster(b"m" * 32), now=lambda: NOW)
        self.cases = Cases(store.database, self.vault)
        self._evidence = Evidence(store.database, self.vault, {Kind.FEATURES: timedelta(days=365)})

    def put(
        self, decision: str, at: datetime, tenant: str = "acme", subject: str = "ada"
    ) -> Mapping[str, Any]:
        one = world.case(1, {"to": "a@corp.example", "env": "prod", "amount": 5})
        told = {
            "tool": "send",
            "features": packed(one.features),
            "base": ["allow", False],
            "effect": "allow",
        }

        async def work() -> None:
            key = await self.vault.key(tenant, subject)
            rows = self._evidence.rows(key, [Piece(Kind.FEATURES, told, decision)], at)
            async with self.store.database.write() as connection:
                await connection.execute(insert(evidence), rows)

        self.store.run(work())
        return told

    def lines(self, *reported: str, tenant: str = "acme") -> list[str]:
        found = self.store.run(self.cases.lines(tenant, reported, NOW))
        return [strictjson.reread(one)["id"] for one in found]


def test_a_tenants_own_calls_are_read_page_by_page_and_nothing_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not those of others, of the last minute, from later, or so old that they count no more."""
    monkeypatch.setattr(module, "_PAGE", 2)
    kept = Kept(store)
    hours = [NOW - (6 - number) * HOUR for number in range(5)]
    told = [kept.put(f"d_{number}", at) for number, at in enumerate(hours)]
    kept.put("d_other", NOW - HOUR, tenant="other")
    kept.put("d_new", NOW - timedelta(seconds=30))
    kept.put("d_later", NOW + HOUR)
    kept.put("d_old", NOW - timedelta(days=181))

    assert kept.lines() == [f"d_{number}" for number in range(5)]
    assert kept.lines("d_new", "d_old", "d_later", "d_none")[-2:] == ["d_new", "d_old"]
    assert kept.lines(tenant="other") == ["d_other"]
    (first, *_) = kept.store.run(kept.cases.lines("acme", (), NOW))
    found = case_of(first, "acme")
    assert found is not None
    assert (found.decision_id, found.at) == ("d_0", hours[0])
    assert packed(found.features) == told[0]["features"]
    monkeypatch.setattr(module, "NEWEST", 2)
    assert kept.lines() == ["d_3", "d_4"]


def test_no_more_is_looked_at_than_there_is_room_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Great calls are fewer calls: the newest, as many whether or not one of them was erased."""
    monkeypatch.setattr(module, "_PAGE", 1)
    monkeypatch.setattr(module, "MOST_MIB", 0.001)
    kept = Kept(store)
    for number in range(6):
        kept.put(f"d_{number}", NOW - (6 - number) * HOUR, subject="eva" if number > 4 else "ada")

    found = kept.lines()
    assert found == [f"d_{number}" for number in range(6)][-len(found) :]
    assert 0 < len(found) < 6
    assert kept.lines("d_0") == ["d_0", *found]
    store.run(kept.vault.destroy("acme", "eva", who="tester"))
    assert kept.lines() == found[:-1]


def test_what_was_erased_is_no_case_and_others_stay(store: Store) -> None:
    """With the key of a subject all that is known of their calls is gone for good."""
    kept = Kept(store)
    kept.put("d_1", NOW - HOUR)
    kept.put("d_2", NOW - HOUR, subject="eva")
    store.run(kept.vault.destroy("acme", "ada", who="tester"))

    assert kept.lines() == ["d_2"]
    assert store.run(kept.cases.one("acme", "d_1")) is None
    assert store.run(kept.cases.one("acme", "d_2")) is not None


def test_features_come_back_as_they_were() -> None:
    """Also withheld values, exact numbers, and names that look like a mark of ours."""
    args = {
        "withheld": {"list": ["a", Withheld(untrusted=True), Withheld(nowhere=False)]},
        "object": [],
        "amount": strictjson.reread(b"1.10"),
        "no": None,
    }
    features = Features(args=args, agent="a1", roles=("r",), context={"desk": 1}, labels={"pii"})  # type: ignore[arg-type]  # as a set
    sealed = strictjson.reread(strictjson.canonical(packed(features)).encode())

    assert unpacked(sealed) == features


@pytest.mark.parametrize(
    "text", [b"{}", b"[]", b"{", b'{"id": "d", "at": "x", "case": {}}', b'{"id":1,"at":2,"case":3}']
)
def test_what_cannot_be_read_is_no_case(text: bytes) -> None:
    """Nobody stops learning because of one line."""
    assert case_of(text, "acme") is None


def test_a_revision_goes_on_from_the_one_before_as_from_nothing() -> None:
    """The same bytes, in this process and through the text that another one reads."""
    log = world.drawn(4, 120)
    lines = [
        line(
            one.decision_id,
            one.at,
            strictjson.canonical(
                {
                    "tool": one.tool,
                    "features": packed(one.features),
                    "base": [str(one.base.effect), one.base.soft],
                    "effect": str(one.effect),
                }
            ).encode(),
        )
        for one in log.cases.values()
    ]
    known = Terms("acme", (world.SEND, world.READ), internal=("corp.example",))
    first, second = (
        Refreshed(log.head + number, world.START + timedelta(days=number + 3)) for number in (1, 2)
    )
    before = made(Job(known, log.reports, [], [first], lines))
    whole = made(Job(known, log.reports, [], [first, second], lines))
    going_on = made(read(written(Job(known, log.reports, [], [first, second], lines, before))))

    assert going_on["told"] == whole["told"]
    assert going_on["before"] == before["digest"] != whole["before"]
    assert len(whole["told"]["rules"]) > 1


def test_sqlite_goes_through_no_more_calls_than_are_asked_for(tmp_path: Path) -> None:
    """A page begins where the last one ended, and some calls are found without all others."""
    row: Any = {"at": NOW, "id": "e_1"}
    pages = [newest("acme", NOW - HOUR, NOW, row), oldest("acme", NOW, row)]
    store = Store(sqlite_url(tmp_path))

    async def plan(query: Select[Any]) -> str:
        text = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        async with store.database.read() as connection:
            return str((await connection.exec_driver_sql(f"explain query plan {text}")).all())

    assert all("(tenant=? AND at>? AND at<?)" in store.run(plan(page)) for page in pages)
    assert "(decision=?)" in store.run(plan(of_decisions("acme", ["d_1", "d_2"])))
    store.close()
