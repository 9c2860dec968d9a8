"""An act and its record are one: both are stored or neither, in one chain for all who act."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, text

from memory.database import Database, StoreError
from memory.evidence import lines as evidence_lines
from memory.evidence.evidence import About, Evidence, Look
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.keys import Keys, Scope
from memory.records import acting
from memory.records.act import Actor, ActRecord, By, What, act
from memory.records.acting import note
from memory.records.acts import WantedActs, page
from memory.records.checkpoints import Checkpoints
from memory.records.signer import FileSigner, key_id
from memory.records.verify import verify
from memory.tables import api_keys, vault_keys, writers
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
KEYS = {key_id(KEY.public_key()): KEY.public_key()}
EVE = Actor(By.API_KEY, "k_eve")


def acts(store: Store, **wanted: Any) -> list[ActRecord]:
    """Return what was done, oldest first."""
    return list(store.run(page(store.database, WantedActs(**wanted))).found)[::-1]


def flaws(store: Store) -> list[str]:
    return [one.what for one in store.run(verify(store.database, KEYS)).flaws]


def number(store: Store, column: Any, *where: Any) -> int:
    async def work() -> int:
        query = select(func.count(column)).where(*where)
        async with store.database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    return store.run(work())


def test_a_key_is_made_and_revoked_with_a_record_each(store: Store) -> None:
    """Who did it, to which key, and what that may do; the secret and its digest stay out."""
    keys = Keys(store.database)
    made = keys.create("clerk", [Scope.CHECK], NOW, subject="ada", roles=["boss"], by=EVE)
    secret = store.run(made)
    (key,) = store.run(keys.all())
    later = NOW + timedelta(seconds=1)
    assert store.run(keys.revoke(key.id, later)) is True
    assert store.run(keys.revoke(key.id, later)) is False

    created, revoked = acts(store)
    assert (created.what, created.by, created.who) == ("key.created", "api_key", "k_eve")
    assert (created.about, created.subject, created.tenant) == (key.id, "ada", "default")
    told = {"scopes": ["check"], "roles": ["boss"], "name": "clerk"}
    assert dict(created.details) == {**told, "agent": None, "trusts_not_run": False}
    assert (revoked.what, revoked.by, revoked.about) == ("key.revoked", "os_user", key.id)
    assert "@" in revoked.who
    stored = store.run(_contents(store.database))
    assert secret not in stored
    assert secret.removeprefix("drw_") not in stored
    assert flaws(store) == []


async def _contents(database: Database) -> str:
    async with database.read() as connection:
        found = await connection.execute(text("SELECT content FROM records"))
        return "\n".join(found.scalars())


def test_looking_exporting_and_erasing_leave_a_record_each(store: Store) -> None:
    """They stand in the chain of acts, with the note; the list of who looked is made of them."""
    vault = Vault(store.database, FileMaster(b"r" * 32), now=lambda: NOW)
    store.run(vault.key("t", "ada"))
    kept = Evidence(store.database, vault, {})
    look = Look("eve@host", "a complaint", NOW)
    store.run(kept.get(About("t", "d_1", "s1", "c1", "ada"), look))
    store.run(kept.exporting("t", look))
    store.run(vault.destroy("t", "ada", who="eve@host", note="by letter"))

    done = acts(store)
    assert sorted(one.what for one in done) == [
        "evidence.erased",
        "evidence.exported",
        "evidence.shown",
    ]
    found = {one.what: one for one in done}
    shown, erased = found["evidence.shown"], found["evidence.erased"]
    assert (shown.about, shown.subject, shown.session) == ("d_1", "ada", "s1")
    assert dict(erased.details) == {"note": "by letter", "keys": 1}
    assert {(one.by, one.who, one.tenant) for one in done} == {("os_user", "eve@host", "t")}
    listed = store.run(evidence_lines.lines(store.database))
    assert sorted((one.act, one.note) for one in listed) == [
        ("erased", "by letter"),
        ("looked", "a complaint"),
        ("looked", "a complaint"),
    ]
    assert {one.record for one in listed} == {one.id for one in done}


def test_lines_from_before_are_still_listed(store: Store) -> None:
    """Who looked before acts stood in a chain is not forgotten."""
    old = (
        "INSERT INTO evidence_audit (at, who, act, tenant, subject, decision, note)"
        " VALUES ('2026-01-01 00:00:00+00:00', 'old@host', 'looked', 't', 'ada', 'd_0', 'why')"
    )

    async def before() -> None:
        async with store.database.write() as connection:
            await connection.execute(text(old))

    store.run(before())
    vault = Vault(store.database, FileMaster(b"r" * 32))
    store.run(vault.destroy("t", "ada", who="eve@host"))

    one, two = store.run(evidence_lines.lines(store.database))
    assert (one.who, one.act, one.decision, one.record) == ("old@host", "looked", "d_0", None)
    assert (two.who, two.act, two.decision) == ("eve@host", "erased", None)


async def _refused(*_: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize("what", ["create", "revoke", "show", "erase"])
def test_without_its_record_nothing_is_done(
    store: Store, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Where the record cannot be stored the act is refused, and nothing of it stays."""
    keys, vault = Keys(store.database), Vault(store.database, FileMaster(b"r" * 32))
    store.run(keys.create("kept", [Scope.CHECK], NOW))
    store.run(vault.key("t", "ada"))
    (key,) = store.run(keys.all())
    look, about = Look("eve@host", "", NOW), About("t", "d_1", None, "c1", "ada")
    tries: dict[str, Callable[[], Any]] = {
        "create": lambda: keys.create("no", [Scope.CHECK], NOW),
        "revoke": lambda: keys.revoke(key.id, NOW),
        "show": lambda: Evidence(store.database, vault, {}).get(about, look),
        "erase": lambda: vault.destroy("t", "ada", who="eve@host"),
    }
    monkeypatch.setattr(acting, "_chain", _refused)
    with pytest.raises(StoreError, match="cannot be recorded, so it is not done"):
        store.run(tries[what]())

    assert [one.revoked_at for one in store.run(keys.all())] == [None]
    assert number(store, vault_keys.c.tenant, vault_keys.c.wrapped.is_not(None)) == 2
    assert len(acts(store)) == 1


def test_many_who_act_at_once_share_one_chain(store: Store) -> None:
    """The first of all too: no number twice, none left out, and one writer however many act."""
    others = [Database(store.database.url) for _ in range(3)]

    async def all_at_once() -> None:
        work = [
            Keys(one).create(f"n{at}", [Scope.CHECK], NOW)
            for one in (store.database, *others)
            for at in range(5)
        ]
        await asyncio.gather(*work)
        for one in others:
            await one.close()

    store.run(all_at_once())
    assert number(store, api_keys.c.id) == len(acts(store)) == 20
    assert number(store, writers.c.id) == 1
    assert flaws(store) == []


def test_an_act_that_is_changed_removed_or_cut_off_is_found(store: Store) -> None:
    """As with any record: by the chain, and the end of it by the checkpoint."""
    keys = Keys(store.database)
    for name in ("one", "two", "three"):
        store.run(keys.create(name, [Scope.CHECK], NOW))
    store.run(Checkpoints(store.database, FileSigner(KEY)).make(NOW))
    assert flaws(store) == []

    def done(statement: str) -> list[str]:
        async def work() -> None:
            async with store.database.write() as connection:
                await connection.execute(text(statement))

        store.run(work())
        return flaws(store)

    follow = "it was changed, or does not follow the record before it"
    word = "UPDATE records SET content = replace(content, 'check', 'admin') WHERE seq = 1"
    assert follow in done(word)
    other = "UPDATE records SET agent = 'mallory' WHERE seq = 2"
    assert "it is found by another `agent` than it says" in done(other)
    assert "record 3 is missing at its end" in done("DELETE FROM records WHERE seq = 3")
    done("DELETE FROM records")
    store.run(keys.create("after", [Scope.CHECK], NOW))
    assert "records 2 to 3 are missing at its end" in flaws(store)


def test_acts_are_found_by_who_what_and_when(store: Store) -> None:
    """Page by page, newest first, and never those of another tenant."""

    async def some() -> None:
        for at in range(4):
            async with store.database.write() as connection:
                what = What.SESSION_DELETED if at % 2 else What.SESSIONS_ANEW
                who = EVE if at < 2 else Actor(By.OS_USER, "ada@host")
                now = NOW.replace(minute=at)
                told = {"subject": f"u{at}", "session": f"s{at}"}
                await note(connection, act(what, who, now, "t" if at else "other", **told))

    store.run(some())
    assert [one.session for one in acts(store, tenant="t")] == ["s1", "s2", "s3"]
    assert [one.session for one in acts(store, what=["session.deleted"])] == ["s1", "s3"]
    assert [one.session for one in acts(store, who="k_eve")] == ["s0", "s1"]
    assert [one.session for one in acts(store, subject="u2")] == ["s2"]
    assert [one.session for one in acts(store, session="s3")] == ["s3"]
    since, until = NOW.replace(minute=1), NOW.replace(minute=3)
    assert [one.session for one in acts(store, since=since, until=until)] == ["s1", "s2"]
    first = store.run(page(store.database, WantedActs("t"), 2))
    rest = store.run(page(store.database, WantedActs("t", before=first.after), 2))
    assert [one.session for one in (*first.found, *rest.found)] == ["s3", "s2", "s1"]
    assert rest.after is None
