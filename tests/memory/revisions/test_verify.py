"""Whatever is done to a kept revision is found, and it is said which."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text, update

from memory.database import Database, sqlite_url
from memory.records.log import RecordLog
from memory.records.signer import FileSigner, key_id
from memory.records.verify import verify
from memory.revisions.revision import File, Revision, Texts, named, revision
from memory.revisions.store import Keeper
from memory.revisions.verify import UNSEEN
from memory.tables import revisions
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW, a_record

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
KEYS = {key_id(KEY.public_key()): KEY.public_key()}
TEXTS = Texts((File("bank.bar", "rule small: allow pay when args.amount <= 100;"),), ("bank.bar",))
NEXT = Texts((File("bank.bar", "rule small: deny pay;"),), ("bank.bar",))
DIGEST, AFTER = TEXTS.digest(), NEXT.digest()


async def decided(database: Database, key: Ed25519PrivateKey = KEY) -> str:
    """Take two revisions up, decide one call under each, and return the writer."""
    log = RecordLog(database, 100, "drawbar/test")
    keeper = Keeper(database, FileSigner(key), log.name)
    log.start()
    for number, texts in ((1, TEXTS), (2, NEXT)):
        digest = texts.digest()
        await keeper.keep(texts, digest, number, NOW)
        said = {"revision": named(number, digest), "revision_digest": digest}
        await log.append(a_record(subject="ada", **said))
    await log.stop()
    return log.name


async def changed(database: Database, statement: str, **values: str) -> None:
    """Do what an attacker with the store's password can do."""
    async with database.write() as connection:
        await connection.execute(text(statement), values)


async def rewritten(database: Database, new: str, *, key: Ed25519PrivateKey, digest: str) -> None:
    """Put another text in the place of a kept one, and sign it."""
    signer = FileSigner(key)
    made = Revision(
        digest, NOW, "w_x", signer.key_id, Texts((File("bank.bar", new),), ("bank.bar",))
    )
    row = {"content": made.content(), "signature": signer.sign(made.content().encode())}
    told = {**row, "key": made.key, "writer": made.writer, "at": made.at}
    change = update(revisions).where(revisions.c.digest == DIGEST).values(told)
    async with database.write() as connection:
        await connection.execute(change)


def found(store: Store) -> list[tuple[str, str]]:
    """Return what is found wrong, and where."""
    report = store.run(verify(store.database, KEYS))
    return [(flaw.where.partition(" (")[0], flaw.what) for flaw in report.flaws]


def test_what_nobody_touched_is_whole(store: Store) -> None:
    """Two revisions, each named by a record of the writer that took it up."""
    writer = store.run(decided(store.database))
    report = store.run(verify(store.database, KEYS))

    assert (report.revisions, report.records, report.before_kept) == (2, 2, 0)
    assert report.flaws == []
    assert writer.startswith("w_")


def test_a_changed_text_is_found(store: Store) -> None:
    """One digit more in a limit."""
    store.run(decided(store.database))
    grown = "UPDATE revisions SET content = replace(content, '<= 100', '<= 1000')"
    store.run(changed(store.database, grown))

    words = "its text was changed: it is not the one of its digest"
    assert found(store) == [(f"revision {DIGEST}", words)]


def test_a_new_text_under_the_old_digest_is_found_even_with_the_key(store: Store) -> None:
    """The digest stands in records: no signature makes another text the one it was made of."""
    store.run(decided(store.database))
    store.run(rewritten(store.database, "rule small: allow pay;", key=KEY, digest=DIGEST))

    words = "its text was changed: it is not the one of its digest"
    assert found(store) == [(f"revision {DIGEST}", words)]


def test_a_signature_of_another_key_is_found(store: Store) -> None:
    """Also over the very same words: only the gateway's key vouches for who had it in force."""
    store.run(decided(store.database))
    same = TEXTS.files[0].text
    store.run(rewritten(store.database, same, key=OTHER, digest=DIGEST))

    name = key_id(OTHER.public_key())
    words = f"it is not signed by a key that is trusted ({name})"
    assert found(store) == [(f"revision {DIGEST}", words)]


def test_the_name_of_a_trusted_key_does_not_make_a_signature(store: Store) -> None:
    """Claimed to be by our key, and signed by another."""
    store.run(decided(store.database, OTHER))
    ours = key_id(KEY.public_key())
    store.run(changed(store.database, "UPDATE revisions SET key = :ours", ours=ours))

    told = [what for where, what in found(store) if where.startswith("revision ")]
    assert told == ["it was changed", "it was changed"]


def test_a_row_that_is_gone_is_said_of_whoever_names_it(store: Store) -> None:
    """The record that it decided, and the note that it was taken up, both still name it."""
    writer = store.run(decided(store.database))
    store.run(changed(store.database, "DELETE FROM revisions WHERE digest = :of", of=DIGEST))

    name = named(1, DIGEST)
    assert found(store) == [
        (f"writer {writer}, revision {name}", f"its text ({DIGEST}) is gone"),
        (f"writer {writer}, record 1", f"its revision {name} ({DIGEST}) is gone"),
    ]


def test_all_rows_gone_do_not_look_like_a_store_from_before(store: Store) -> None:
    """A record says by itself that the text of its policies was kept."""
    store.run(decided(store.database))
    store.run(changed(store.database, "DELETE FROM revisions"))
    store.run(changed(store.database, "DELETE FROM revisions_in_force"))

    report = store.run(verify(store.database, KEYS))
    assert report.before_kept == 0
    assert [flaw.what.endswith("is gone") for flaw in report.flaws] == [True, True]


def test_a_store_without_the_tables_is_looked_at_all_the_same(store: Store) -> None:
    """One of an older version keeps no text; where records say that there was one, it is gone."""
    store.run(decided(store.database))
    for table in ("revisions", "revisions_in_force"):
        store.run(changed(store.database, f"DROP TABLE {table}"))

    report = store.run(verify(store.database, KEYS))
    assert (report.records, report.revisions) == (2, 0)
    assert [flaw.what.endswith("is gone") for flaw in report.flaws] == [True, True]


def test_when_it_was_taken_up_is_signed_too(store: Store) -> None:
    """Another time is found, and so is a note that is gone."""
    writer = store.run(decided(store.database))
    store.run(changed(store.database, "DELETE FROM revisions_in_force WHERE number = 1"))
    earlier = "UPDATE revisions_in_force SET at = '2020-01-01 00:00:00.000000'"
    store.run(changed(store.database, earlier))

    assert found(store) == [
        (f"writer {writer}, revision {named(2, AFTER)}", "it was changed: when it was taken up"),
        (f"writer {writer}, record 1", f"nothing says when its writer took {named(1, DIGEST)} up"),
    ]


def test_another_time_or_writer_beside_the_text_is_found(store: Store) -> None:
    """The columns say what the signed content says."""
    store.run(decided(store.database))
    put = "UPDATE revisions SET writer = 'x' WHERE digest = :of"
    store.run(changed(store.database, put, of=AFTER))

    words = "it is found by something else than it says"
    assert found(store) == [(f"revision {AFTER}", words)]


def test_rubbish_is_said_and_ends_nothing(store: Store) -> None:
    """A content that is no revision at all."""
    store.run(decided(store.database))
    put = "UPDATE revisions SET content = '[1]' WHERE digest = :of"
    store.run(changed(store.database, put, of=DIGEST))

    assert found(store) == [(f"revision {DIGEST}", "it cannot be read")]


def test_a_row_that_is_none_hides_no_other_table(tmp_path: Path) -> None:
    """What only SQLite takes for a time: it is said, and the records are looked at all the same."""
    store = Store(sqlite_url(tmp_path))
    store.run(decided(store.database))
    store.run(changed(store.database, "UPDATE revisions SET at = 'noon'"))
    report = store.run(verify(store.database, KEYS))
    store.close()

    assert report.records == 2
    assert ("the kept revisions", UNSEEN) in [(one.where, one.what) for one in report.flaws]


def test_records_from_before_are_counted_and_no_flaw(store: Store) -> None:
    """They name a revision without its whole digest: its text was not kept then."""

    async def work() -> None:
        log = RecordLog(store.database, 100, "drawbar/old")
        log.start()
        await log.append(a_record(subject="ada"))
        await log.stop()

    store.run(work())
    report = store.run(verify(store.database, KEYS))
    assert (report.before_kept, report.flaws) == (1, [])


def test_a_revision_reads_back_as_it_was_signed() -> None:
    """Written, read and written again it is the same word by word."""
    made = Revision(DIGEST, NOW, "w_x", "k", TEXTS)
    assert revision(made.content()) == made
    assert revision(made.content()).content() == made.content()
