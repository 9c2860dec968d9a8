"""Keys are made once, agreed on by all gateways, and gone for good once destroyed."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from memory.database import PRAGMAS, Database, sqlite_url
from memory.evidence import vault as vaults
from memory.evidence.key import ErasedError, Key
from memory.evidence.lines import lines
from memory.evidence.master import FileMaster
from memory.evidence.vault import FRESH_S, Vault
from memory.sealing import SealError
from memory.tables import vault_keys
from tests.memory.conftest import Store

ROOT = b"r" * 32


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def vault(database: Database, clock: Clock | None = None, root: bytes = ROOT) -> Vault:
    return Vault(database, FileMaster(root), clock=clock or Clock())


@pytest.fixture
def other(store: Store) -> Iterator[Database]:
    """Return another gateway's connections to the same store."""
    opened = Database(store.database.url)
    yield opened
    store.run(opened.close())


def test_a_key_is_made_once_and_found_again(store: Store) -> None:
    """The same tenant and subject have the same key, now and after a restart."""
    one, again = vault(store.database), vault(store.database)
    made = store.run(one.key("t", "ada"))

    assert store.run(one.key("t", "ada")) == made
    assert store.run(again.key("t", "ada")) == made
    assert made.generation == 1


def test_no_two_have_the_same_key(store: Store) -> None:
    """Each tenant, each subject, and the tenant beside its subjects; masks are a tenant's."""
    one = vault(store.database)
    names = [("t", None), ("t", "ada"), ("t", "bob"), ("u", None), ("u", "ada")]
    keys = [store.run(one.key(*name)) for name in names]

    assert len({key.secret for key in keys}) == len(keys)
    assert [key.masks == keys[0].masks for key in keys] == [True, True, True, False, False]


def test_gateways_that_begin_at_once_agree(store: Store, other: Database) -> None:
    """Of many who make the same key at the same time, all have the one that is stored."""
    vaults_ = [vault(one) for one in (store.database, other) for _ in range(4)]

    async def all_at_once() -> list[Key]:
        return await asyncio.gather(*(one.key("t", "ada") for one in vaults_))

    keys = store.run(all_at_once())

    assert len({key.secret for key in keys}) == 1
    assert len(rows(store)) == 2


def test_a_destroyed_tenant_is_gone_and_another_is_not(store: Store) -> None:
    """Nothing that was sealed for it opens; what is sealed next has a key of its own."""
    one = vault(store.database)
    kept = {name: store.run(one.key(*name)).seal(b"w", "p") for name in NAMES}
    gone = store.run(one.destroy("t", who="me"))

    assert (gone.keys, gone.scrubbed) == (3, True)
    for name in NAMES:
        key = store.run(one.key(*name))
        if name[0] == "t":
            assert key.generation == 2
            with pytest.raises(ErasedError):
                key.open(kept[name], "p")
        else:
            assert key.open(kept[name], "p") == b"w"


NAMES = [("t", None), ("t", "ada"), ("t", "bob"), ("u", None), ("u", "ada")]


def test_one_subject_is_erased_and_no_other(store: Store) -> None:
    """An erasure asked for by one person takes nobody else's evidence, nor the tenant's."""
    one = vault(store.database)
    kept = {name: store.run(one.key(*name)).seal(b"w", "p") for name in NAMES}
    assert store.run(one.destroy("t", "ada", who="me")).keys == 1

    for name in NAMES:
        key = store.run(one.key(*name))
        if name == ("t", "ada"):
            with pytest.raises(ErasedError):
                key.open(kept[name], "p")
            assert key.open(key.seal(b"new", "p"), "p") == b"new"
        else:
            assert key.open(kept[name], "p") == b"w"


def test_another_gateway_notices_within_its_bound(store: Store, other: Database) -> None:
    """It asks the store no later than that, and opens nothing from then on."""
    clock = Clock()
    one, two = vault(store.database), vault(other, clock)
    sealed = store.run(two.key("t", "ada")).seal(b"w", "p")
    store.run(one.destroy("t", "ada", who="me"))

    clock.at = FRESH_S - 0.1
    assert store.run(two.key("t", "ada")).open(sealed, "p") == b"w"
    clock.at = FRESH_S
    with pytest.raises(ErasedError):
        store.run(two.key("t", "ada")).open(sealed, "p")
    assert two.erasures == 1


def test_a_key_that_cannot_be_asked_about_is_not_used(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the store does not answer, no key is trusted beyond the bound."""
    clock = Clock()
    one = vault(store.database, clock)
    store.run(one.key("t"))
    clock.at = FRESH_S

    def refused() -> Any:
        raise OSError("the store is gone")

    monkeypatch.setattr(store.database, "read", refused)
    with pytest.raises(OSError, match="gone"):
        store.run(one.key("t"))


def test_a_key_made_under_a_tenant_that_is_destroyed_meanwhile_is_not_stored(
    store: Store, other: Database
) -> None:
    """No subject's key lies under a tenant's key that is gone: nobody could ever open it."""
    one, two = vault(store.database), vault(other)
    old = store.run(one.key("t"))
    store.run(two.destroy("t", who="me"))
    made = store.run(one.key("t", "ada"))

    assert made.masks != old.masks
    fresh = vault(store.database)
    assert store.run(fresh.key("t", "ada")) == made
    assert [row.generation for row in rows(store) if row.wrapped] == [2, 1]


def test_keys_to_read_with_are_read_together_and_not_made(store: Store) -> None:
    """One question for many subjects; who never had a key, or has none now, opens nothing."""
    one = vault(store.database)
    sealed = {name: store.run(one.key("t", name)).seal(b"w", "p") for name in ("ada", "bob")}
    store.run(one.destroy("t", "bob", who="me"))
    keys = store.run(vault(store.database).keys("t", ["ada", "bob", "eve", None]))

    assert keys["ada"].open(sealed["ada"], "p") == b"w"
    with pytest.raises(ErasedError):
        keys["bob"].open(sealed["bob"], "p")
    assert (keys["eve"].secret, keys[None].secret is None) == (None, False)
    assert len(rows(store)) == 3


def test_no_more_keys_than_fit_are_kept_in_memory(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those used last stay; the others are read anew."""
    monkeypatch.setattr(vaults, "MOST_KEYS", 3)
    one = vault(store.database)
    made = [store.run(one.key("t", f"s{number}")) for number in range(6)]

    assert len(one._known) == 3
    assert [store.run(one.key("t", f"s{number}")) for number in range(6)] == made
    assert set(store.run(one.keys("t", [f"s{number}" for number in range(6)]))) == {
        f"s{number}" for number in range(6)
    }


def test_another_master_key_opens_nothing(store: Store) -> None:
    """A stolen store without the key file holds no key, and nothing is made in its place."""
    store.run(vault(store.database).key("t", "ada"))

    with pytest.raises(SealError):
        store.run(vault(store.database, root=b"x" * 32).key("t", "ada"))
    assert len(rows(store)) == 2


def test_an_erasure_is_written_down(store: Store) -> None:
    """Who erased whom, when and why stays in the store, also where there was nothing to erase."""
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    one = Vault(store.database, FileMaster(ROOT), now=lambda: at)
    store.run(one.destroy("t", "ada", who="eve@host", note="asked by letter"))

    (line,) = store.run(lines(store.database))
    assert (line.at, line.who, line.act) == (at, "eve@host", "erased")
    assert (line.tenant, line.subject, line.note) == ("t", "ada", "asked by letter")


def test_nothing_of_a_destroyed_key_stays_in_the_files_of_sqlite(tmp_path: Path) -> None:
    """Neither the store nor its write-ahead file holds the wrapped key, also while others read."""
    store, reader = Store(sqlite_url(tmp_path)), Database(sqlite_url(tmp_path))
    one = vault(store.database)
    for name in ("ada", "bob"):
        store.run(one.key("t", name))
    store.run(vault(reader).key("t", "ada"))
    wrapped = [row.wrapped for row in rows(store)]
    assert all(any(part in file for file in files(tmp_path)) for part in wrapped)
    assert store.run(one.destroy("t", who="me")).scrubbed

    assert not [part for part in wrapped for file in files(tmp_path) if part in file]
    store.run(reader.close())
    store.close()


def test_where_others_are_in_the_way_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that holds an old state keeps copies in the write-ahead file."""
    hasty = tuple(one.replace("busy_timeout=5000", "busy_timeout=100") for one in PRAGMAS)
    monkeypatch.setattr("memory.database.PRAGMAS", hasty)
    store, reader = Store(sqlite_url(tmp_path)), Database(sqlite_url(tmp_path))
    one = vault(store.database)
    store.run(one.key("t"))

    async def destroyed_beside_a_reader() -> Any:
        async with reader.engine.connect() as held:
            await held.exec_driver_sql("BEGIN")
            await held.exec_driver_sql("SELECT * FROM vault_keys")
            return await one.destroy("t", who="me")

    gone = store.run(destroyed_beside_a_reader())
    assert (gone.keys, gone.scrubbed) == (1, False)
    store.run(reader.close())
    store.close()


def rows(store: Store) -> list[Any]:
    return _all(store, select(vault_keys).order_by("subject", "generation"))


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir() if path.is_file()]


def _all(store: Store, query: Any) -> list[Any]:
    async def read() -> list[Any]:
        async with store.database.read() as connection:
            return list((await connection.execute(query)).all())

    return store.run(read())
