"""What was changed, removed, moved, cut off or forked is found, and it is said where."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from memory.database import STORE, Database, sqlite_url
from memory.records import verify as verifying
from memory.records.checkpoints import Checkpoints, Signed
from memory.records.log import RecordLog
from memory.records.signer import FileSigner, KeyFault, file_signer, key_id, public_key
from memory.records.verify import Report, verify
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW, a_record

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
KEYS = {key_id(KEY.public_key()): KEY.public_key()}


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
    """Return an empty embedded store: how chains are followed is the same on every store."""
    opened = Store(sqlite_url(tmp_path))
    yield opened
    opened.close()


async def written(database: Database, *numbers: int, closing: bool = True) -> list[Signed]:
    """Write some records of a writer of its own for each number, a checkpoint after each."""
    checkpoints, made = Checkpoints(database, FileSigner(KEY)), []
    for at, number in enumerate(numbers):
        log = RecordLog(database, 100, "drawbar/test")
        log.start()
        for _ in range(number):
            await log.append(a_record(subject="ada"))
        await log.stop()
        closed = (str(log.writer),) if closing else ()
        made.append(await checkpoints.make(NOW + timedelta(minutes=at), closed))
    return [one for one in made if one is not None]


async def changed(database: Database, *statements: str) -> None:
    """Do what an attacker with the store's password can do."""
    async with database.write() as connection:
        for statement in statements:
            for name, query in IDS.items():
                statement = statement.replace(name, query)  # noqa: PLW2901 - filled in
            await connection.execute(text(statement))


def found(store: Store, anchored: list[Signed] | None = None) -> list[str]:
    """Return what is found wrong, without the names of writers."""
    report = store.run(verify(store.database, KEYS, anchored or []))
    return [flaw.what for flaw in report.flaws]


def test_what_nobody_touched_is_whole(store: Store) -> None:
    """Nothing is found, and everything was looked at."""
    store.run(written(store.database, 3, 2))
    report: Report = store.run(verify(store.database, KEYS))

    assert report == Report(records=5, writers=2, checkpoints=2, before_kept=5)


def test_an_empty_store_is_whole(store: Store) -> None:
    """No records need no checkpoint."""
    assert store.run(written(store.database)) == []
    assert found(store) == []


def test_nothing_new_makes_no_checkpoint(store: Store) -> None:
    """A checkpoint is made where a chain moved, or ended."""
    store.run(written(store.database, 2, closing=False))
    checkpoints = Checkpoints(store.database, FileSigner(KEY))

    assert store.run(checkpoints.make(NOW)) is None


# The first writer wrote four records, the second three.
IDS = {
    "LAST": "(SELECT id FROM records WHERE seq = 3 AND writer = ANEW)",
    "FIRST": "(SELECT id FROM records WHERE seq = 1 AND writer = OLD)",
    "SECOND": "(SELECT id FROM records WHERE seq = 2 AND writer = OLD)",
    "THIRD": "(SELECT id FROM records WHERE seq = 3 AND writer = OLD)",
    "OLD": "(SELECT id FROM writers WHERE anchor = '')",
    "ANEW": "(SELECT id FROM writers WHERE anchor != '')",
}
FOLLOW = "it was changed, or does not follow the record before it"

TAMPERED = {
    "a changed word": (
        ["UPDATE records SET content = replace(content, 'Denied.', 'Granted') WHERE id = SECOND"],
        [FOLLOW],
    ),
    "a changed word with its own hash": (
        ["UPDATE records SET hash = '0' WHERE id = SECOND"],
        [FOLLOW, FOLLOW],
    ),
    "a record that is gone": (
        ["DELETE FROM records WHERE id = SECOND"],
        ["record 2 is missing before it"],
    ),
    "the first record gone": (
        ["DELETE FROM records WHERE id = FIRST"],
        ["record 1 is missing before it"],
    ),
    "two records in each other's place": (
        [
            "UPDATE records SET seq = 99 WHERE id = SECOND",
            "UPDATE records SET seq = 2 WHERE id = THIRD",
            "UPDATE records SET seq = 3 WHERE seq = 99",
        ],
        [FOLLOW, FOLLOW, FOLLOW],
    ),
    "an end cut off": (
        ["DELETE FROM records WHERE id = LAST"],
        ["record 3 is missing at its end"],
    ),
    "a writer whose records are gone": (
        ["DELETE FROM records WHERE writer = ANEW"],
        ["records 1 to 3 are missing at its end"],
    ),
    "a writer that is gone with its records": (
        [
            "DELETE FROM records WHERE writer = ANEW",
            "DELETE FROM writers WHERE id = ANEW",
        ],
        ["it is gone, with at least 3 records"],
    ),
    "a writer that is gone": (
        ["DELETE FROM writers WHERE id = ANEW"],
        ["it is gone, with at least 3 records", "nobody knows it, and it has 3 records"],
    ),
    "a writer that says it is another": (
        ["UPDATE writers SET engine = 'x' WHERE id = ANEW"],
        [FOLLOW],
    ),
    "a record that is found by another name": (
        ["UPDATE records SET subject = 'eve' WHERE id = SECOND"],
        ["it is found by another `subject` than it says"],
    ),
    "a record that is filed as something else": (
        ["UPDATE records SET kind = 'notice' WHERE id = SECOND"],
        ["it is found by another `kind` than it says"],
    ),
    "a record that is found by another tool": (
        ["UPDATE records SET tool = 'x' WHERE id = SECOND"],
        ["it is found by another `tool` than it says"],
    ),
    "a record that is found by another rule": (
        ["UPDATE records SET rule = 'x/y' WHERE id = SECOND"],
        ["it is found by another `rule` than it says"],
    ),
    "a record that is found at another time": (
        ["UPDATE records SET at = '2020-01-01 00:00:00.000000' WHERE id = SECOND"],
        ["it is found by another `at` than it says"],
    ),
    "a record before the first": (
        [
            "CREATE TABLE draft AS SELECT * FROM records WHERE id = SECOND",
            "UPDATE draft SET id = 'd_0', seq = 0",
            "INSERT INTO records SELECT * FROM draft",
        ],
        ["1 of its records stand outside its chain"],
    ),
    "a record that is nothing": (
        ["UPDATE records SET content = 'null' WHERE id = SECOND"],
        [FOLLOW, "it cannot be read"],
    ),
    "a time that is none": (
        ["UPDATE records SET at = 'x' WHERE id = SECOND"],
        ["a row cannot be read, and what stands behind it was not looked at"],
    ),
    "a number that is none": (
        ["UPDATE records SET seq = 'x' WHERE id = LAST"],
        ["a row cannot be read, and what stands behind it was not looked at"],
    ),
    "a beginning that is none": (
        ["UPDATE writers SET started_at = 'x' WHERE id = ANEW"],
        ["a row cannot be read, and what stands behind it was not looked at"],
    ),
    "a checkpoint whose key is no name": (
        [
            "UPDATE checkpoints SET content = replace(content, 'ed', '[') WHERE number = 2",
        ],
        ["it was changed"],
    ),
    "a changed checkpoint": (
        ["UPDATE checkpoints SET content = replace(content, 'closed', 'cl0sed') WHERE number = 1"],
        [
            "it was changed",
            "it does not follow the checkpoint before it",
            "it began after a checkpoint that is gone",
        ],
    ),
    "a missing checkpoint": (
        ["DELETE FROM checkpoints WHERE number = 1"],
        ["checkpoint 1 is missing before it", "it began after a checkpoint that is gone"],
    ),
    "a signature of somebody else": (
        ["UPDATE checkpoints SET signature = 'AAAA' WHERE number = 2"],
        [f"it is not signed by a key that is trusted ({next(iter(KEYS))})"],
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_found(embedded: Store, what: str) -> None:
    """Two writers of four and three records: every way to change them is seen."""
    store = embedded
    store.run(written(store.database, 4, 3))
    statements, expected = TAMPERED[what]
    store.run(changed(store.database, *statements))

    assert found(store) == expected


def test_a_chain_written_anew_is_found(store: Store) -> None:
    """Who may write the store and rebuilds a whole chain lacks the key of the checkpoints."""
    store.run(written(store.database, 2))
    real = store.run(_content(store.database))
    store.run(changed(store.database, "DELETE FROM records", "DELETE FROM checkpoints"))
    store.run(changed(store.database, "DELETE FROM writers"))
    store.run(written(store.database, 2))
    store.run(changed(store.database, "DELETE FROM checkpoints"))
    store.run(_put(store.database, real))

    assert any("it is gone" in one for one in found(store))


async def _content(database: Database) -> dict[str, object]:
    async with database.read() as connection:
        row = (await connection.execute(text("SELECT * FROM checkpoints"))).mappings().one()
    return dict(row)


async def _put(database: Database, row: dict[str, object]) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    async with database.write() as connection:
        await connection.execute(text(f"INSERT INTO checkpoints ({names}) VALUES ({values})"), row)  # noqa: S608 - our own names


def test_signing_with_another_key_is_found(store: Store) -> None:
    """A checkpoint of a key that nobody trusts is none."""
    store.run(written(store.database, 1, closing=False))
    foreign = Checkpoints(store.database, FileSigner(OTHER))

    async def more() -> None:
        log = RecordLog(store.database, 10)
        log.start()
        await log.append(a_record())
        await log.stop()
        await foreign.make(NOW)

    store.run(more())

    assert found(store) == [
        f"it is not signed by a key that is trusted ({key_id(OTHER.public_key())})"
    ]


def test_cutting_off_checkpoints_too_needs_an_anchor_to_be_found(store: Store) -> None:
    """Records cut off with their checkpoints and writer are missed only in other hands."""
    made = store.run(written(store.database, 2, 2))
    store.run(
        changed(
            store.database,
            "DELETE FROM records WHERE writer = ANEW",
            "DELETE FROM writers WHERE id = ANEW",
            "DELETE FROM checkpoints WHERE number = 2",
        )
    )

    assert found(store) == []
    assert found(store, made) == [
        "it was anchored, and is gone from the store",
        "it is gone, with at least 2 records",
    ]


def test_a_store_put_back_and_gone_on_is_a_fork(tmp_path: Path) -> None:
    """A restored copy that goes on makes a second checkpoint of a number that was anchored."""
    store = Store(sqlite_url(tmp_path))
    first = store.run(written(store.database, 2))
    store.close()
    shutil.copy(tmp_path / STORE, tmp_path / "copy")
    store = Store(sqlite_url(tmp_path))
    anchored = first + store.run(written(store.database, 2))
    store.close()
    for left in tmp_path.glob(f"{STORE}*"):
        left.unlink()
    shutil.copy(tmp_path / "copy", tmp_path / STORE)
    store = Store(sqlite_url(tmp_path))
    store.run(written(store.database, 3))

    flaws = found(store, anchored)
    store.close()

    assert flaws == ["another one of this number was anchored: the store was forked"]


def test_an_anchor_must_be_signed(store: Store) -> None:
    """A line that somebody made up proves nothing."""
    made = store.run(written(store.database, 1))

    assert found(store, [Signed(made[0].content, "AAAA"), Signed("{}", "")]) == [
        "it is not signed by a key that is trusted",
        "it is not signed by a key that is trusted",
    ]


def test_what_is_no_anchor_is_said(store: Store) -> None:
    """A line of another shape is a flaw of its own, and stops nothing."""
    made = store.run(written(store.database, 1))
    keyless = made[0].content.replace(f'"{next(iter(KEYS))}"', "[]")
    no_text: Any = 5
    lines = [Signed(keyless, "AAAA"), Signed(no_text, "AAAA"), Signed(made[0].content, no_text)]

    assert found(store, lines) == ["it is not signed by a key that is trusted"] * 3


def test_it_is_said_how_many_checkpoints_are_anchored(store: Store) -> None:
    """An anchor that lags behind proves less, and is not taken for a whole one."""
    made = store.run(written(store.database, 1, 1))

    assert store.run(verify(store.database, KEYS, made)).anchored == 2
    assert store.run(verify(store.database, KEYS, made[:1])).anchored == 1
    assert store.run(verify(store.database, KEYS, [])).anchored == 0


def test_what_is_written_meanwhile_is_no_flaw(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that starts, and a checkpoint it makes, while the store is looked at."""
    store.run(written(store.database, 2))
    looked = verifying._checkpoints

    async def then_more(*given: Any) -> Any:
        seen = await looked(*given)
        await written(store.database, 3, 1)
        return seen

    monkeypatch.setattr(verifying, "_checkpoints", then_more)

    whole = Report(records=2, writers=1, checkpoints=1, before_kept=2)
    assert store.run(verify(store.database, KEYS)) == whole


def test_what_no_checkpoint_covers_is_counted(store: Store) -> None:
    """The newest records could be cut off unseen, so the report says how many they are."""

    async def work() -> None:
        await written(store.database, 1)
        log = RecordLog(store.database, 10)
        log.start()
        await log.append(a_record())
        await log.append(a_record())
        await log.stop()

    store.run(work())

    assert store.run(verify(store.database, KEYS)).beyond == 2


def test_a_key_is_made_once_and_its_public_half_shown(tmp_path: Path) -> None:
    """The folder's key is the same at every start, and only its owner may read it."""
    first, again = file_signer(tmp_path), file_signer(tmp_path)

    assert first.key_id == again.key_id == key_id(public_key(tmp_path / "audit.pub"))
    assert (tmp_path / "audit.key").stat().st_mode & 0o077 == 0


def test_a_public_half_that_is_gone_is_written_again(tmp_path: Path) -> None:
    """Whoever restored the key alone can have the store verified again."""
    signer = file_signer(tmp_path)
    (tmp_path / "audit.pub").unlink()
    file_signer(tmp_path)

    assert key_id(public_key(tmp_path / "audit.pub")) == signer.key_id


BROKEN: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "public half": lambda path: shutil.copy(path.with_name("audit.pub"), path),
    "text": lambda path: path.write_text("no key"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_key_that_cannot_be_used_is_said(tmp_path: Path, how: str) -> None:
    """A broken key is no reason to make another one in its place."""
    file_signer(tmp_path)
    BROKEN[how](tmp_path / "audit.key")

    with pytest.raises(KeyFault, match="cannot be used"):
        file_signer(tmp_path)
