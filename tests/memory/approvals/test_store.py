"""Approvals in a store: kept whole, sealed, and changed by one at a time; on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from dsl.model import Need, Subject, ToolCall
from memory.approvals.approval import Answer, Status, StoredApproval, asked_for
from memory.approvals.steps import Ask, Use
from memory.approvals.store import Approvals, Wanted, Whose
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.records.steps import Overtaken
from memory.sealing import SealError
from tests.memory.conftest import Store

NOW: Final = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)
CALL: Final = ToolCall("c1", "pay", {"amount": 5}, "bank", Subject("u"), "a", "s")


def an_approval(name: str = "apr_1", digest: str = "d", **changes: Any) -> StoredApproval:
    made = asked_for(
        name,
        "t",
        digest,
        CALL,
        "http",
        created_at=NOW,
        expires_at=NOW + timedelta(minutes=15),
        answers=(Answer(Need("role", "treasury")), Answer(Need("any"))),
        content={"args": {"amount": 5}, "words": "nul \x00, \u2028"},
    )
    return replace(made, **changes)


def a_vault(store: Store, root: bytes = b"k" * 32) -> Vault:
    """Return the keys of a store, as a gateway with this root key has them."""
    return Vault(store.database, FileMaster(root))


async def keep(store: Store, approvals: Approvals, one: StoredApproval) -> None:
    asked = {"decision": f"d_{one.id}", "approval": one.id, "key_id": "k1", "key_subject": "host"}
    made = await approvals.row(one)
    async with store.database.write() as connection:
        await Ask(asked, made).take(connection)


def test_an_approval_reads_back_as_it_was_stored(store: Store) -> None:
    """Every field survives, to the microsecond, hostile characters included; who asked is known."""
    approvals = Approvals(store.database, a_vault(store))
    said = Answer(Need("any"), Status.APPROVED, "k2", "boss", NOW, "yes \x00 \u202e")
    one = an_approval(answers=(Answer(Need("role", "x y")), said), used_at=NOW, used_by="d_9")
    store.run(keep(store, approvals, one))

    assert store.run(approvals.get("apr_1")) == one
    assert store.run(approvals.get("apr_2")) is None
    assert store.run(approvals.requesters("apr_1")) == {"k1", "host"}
    other = Approvals(store.database, a_vault(store, b"l" * 32))
    with pytest.raises(SealError):
        store.run(other.get("apr_1"))


def test_of_many_who_use_it_one_does(store: Store) -> None:
    """Twenty transactions at once: one finds it unused."""
    approvals = Approvals(store.database, a_vault(store))
    store.run(keep(store, approvals, an_approval(stored=Status.APPROVED)))

    async def use(number: int) -> bool:
        try:
            async with store.database.write() as connection:
                await Use("apr_1", "d", f"d_{number}", NOW).take(connection)
        except Overtaken:
            return False
        return True

    async def work() -> list[bool]:
        return await asyncio.gather(*(use(number) for number in range(20)))

    used = store.run(work())

    assert used.count(True) == 1
    found = store.run(approvals.get("apr_1"))
    assert found is not None
    assert (found.stored, found.used_by) == (Status.USED, f"d_{used.index(True)}")


@pytest.mark.parametrize(
    ("stored", "digest", "later"),
    [
        (Status.PENDING, "d", 0),
        (Status.REJECTED, "d", 0),
        (Status.USED, "d", 0),
        (Status.APPROVED, "other", 0),
        (Status.APPROVED, "d", 15),
    ],
)
def test_what_is_not_approved_for_this_call_now_is_not_used(
    store: Store, stored: Status, digest: str, later: int
) -> None:
    """The transaction itself looks, whatever was read before."""
    approvals = Approvals(store.database, a_vault(store))
    store.run(keep(store, approvals, an_approval(stored=stored)))

    async def use() -> None:
        async with store.database.write() as connection:
            now = NOW + timedelta(minutes=later)
            await Use("apr_1", digest, "d_1", now).take(connection)

    with pytest.raises(Overtaken):
        store.run(use())


def test_of_many_answers_at_once_one_is_stored(store: Store) -> None:
    """Ten people read the same version and answer: the others must look anew."""
    approvals = Approvals(store.database, a_vault(store))
    one = an_approval()
    store.run(keep(store, approvals, one))

    def said(number: int) -> StoredApproval:
        answer = Answer(Need("any"), Status.APPROVED, f"k{number}", f"p{number}", NOW)
        return one.answered(1, answer)

    async def answered(before: StoredApproval, after: StoredApproval, now: datetime) -> bool:
        step = await approvals.answering(before, after, now)
        try:
            async with store.database.write() as connection:
                await step.take(connection)
        except Overtaken:
            return False
        return True

    async def work() -> list[bool]:
        return await asyncio.gather(*(answered(one, said(n), NOW) for n in range(10)))

    stored = store.run(work())

    assert stored.count(True) == 1
    found = store.run(approvals.get("apr_1"))
    assert found is not None
    assert (found.version, found.answers[1].key_id) == (2, f"k{stored.index(True)}")
    assert store.run(answered(one, said(1), NOW)) is False
    late = NOW + timedelta(minutes=15)
    assert store.run(answered(found, found.answered(0, said(1).answers[1]), late)) is False


def test_what_is_looked_for_is_found(store: Store) -> None:
    """By digest, by status and time, by subject and page; and the last that was used."""
    approvals = Approvals(store.database, a_vault(store))
    made: dict[str, dict[str, Any]] = {
        "apr_1": {"stored": Status.USED, "used_at": NOW - timedelta(hours=2)},
        "apr_2": {"stored": Status.USED, "used_at": NOW - timedelta(hours=1)},
        "apr_3": {"stored": Status.REJECTED},
        "apr_4": {"expires_at": NOW},
        "apr_5": {"digest": "e"},
        "apr_6": {"tenant": "other"},
        "apr_7": {"subject": None, "session": None},
        "apr_8": {},
    }
    for name, changes in made.items():
        store.run(keep(store, approvals, an_approval(name, **changes)))

    def names(found: list[StoredApproval]) -> list[str]:
        return [one.id for one in found]

    assert names(store.run(approvals.same("t", "d", NOW))) == ["apr_8", "apr_7", "apr_3"]
    pending = Wanted("t", status=Status.PENDING)
    assert names(store.run(approvals.listed(pending, NOW))) == ["apr_8", "apr_7", "apr_5"]
    over = Wanted("t", status=Status.EXPIRED)
    assert names(store.run(approvals.listed(over, NOW))) == ["apr_4"]
    mine = Wanted("t", subject="u", before="apr_5", limit=2)
    assert names(store.run(approvals.listed(mine, NOW))) == ["apr_4", "apr_3"]
    last = store.run(approvals.used_last(an_approval("apr_9")))
    assert last is not None
    assert (last.id, last.content["args"]) == ("apr_2", {"amount": 5})
    waits = approvals.decided(["apr_3", "apr_4", "apr_8", "apr_none"], NOW)
    assert store.run(waits) == ["apr_3", "apr_4", "apr_none"]
    asked = Whose("t", "u", "a", "s", "bank", "pay")
    assert store.run(approvals.number(asked, NOW)) == 6
    assert store.run(approvals.number(replace(asked, session=None, subject=None), NOW)) == 1
    assert store.run(approvals.number(replace(asked, tool="mail"), NOW)) == 0


def test_an_approval_of_somebody_erased_is_gone(store: Store) -> None:
    """What people were shown and said cannot be read any more, nor used; others stay."""
    vault = a_vault(store)
    approvals = Approvals(store.database, vault)
    store.run(keep(store, approvals, an_approval(subject="ada")))
    store.run(keep(store, approvals, an_approval(id="apr_2", subject="bob")))
    store.run(vault.destroy("t", "ada", who="tester"))

    assert store.run(approvals.get("apr_1")) is None
    left = store.run(approvals.listed(Wanted("t"), NOW))
    assert [one.id for one in left] == ["apr_2"]
