"""Going back to a revision is one transaction: its event, the revision and the act, or nothing."""

from typing import Any

import pytest

from memory.database import StoreError
from memory.evidence.master import FileMaster
from memory.evidence.vault import Vault
from memory.feedback.reading import REJECTION, RELEASE, ROLLBACK
from memory.feedback.store import Feedback
from memory.learning.revisions import MemoryRevisions
from memory.records.act import Actor, ActRecord, By, What, act
from memory.records.acts import WantedActs, page
from tests.memory.conftest import Store
from tests.memory.learning.test_revisions import GATEWAY, KEY, SIGNER, content
from tests.memory.records.test_log import NOW

LEA = Actor(By.API_KEY, "key_lea")


@pytest.fixture
def log(store: Store) -> Feedback:
    return Feedback(store.database, Vault(store.database, FileMaster(b"m" * 32), now=lambda: NOW))


@pytest.fixture
def kept(store: Store) -> MemoryRevisions:
    found = MemoryRevisions(store.database, SIGNER, {SIGNER.key_id: KEY.public_key()})
    for seq in (1, 2):
        store.run(found.put(content(seq), GATEWAY, NOW))
    return found


def done(what: What) -> ActRecord:
    return act(what, LEA, NOW, "acme", about="x", details={"reason": "y"})


def acts(store: Store, what: str) -> int:
    return len(store.run(page(store.database, WantedActs("acme", what=(what,)), 10)).found)


def test_the_revision_is_in_force_again_under_the_number_of_the_event(
    store: Store, log: Feedback, kept: MemoryRevisions
) -> None:
    """It says the same to the byte, and which one it was."""
    for _ in range(2):
        assert store.run(log.refresh("acme", 99, NOW))
    step = kept.going_back(content(1), NOW)
    seq = store.run(log.add(ROLLBACK, {"to": 1}, done(What.MEMORY_ROLLED_BACK), step))
    newest = store.run(kept.newest("acme"))
    told = store.run(log.read("acme"))

    assert newest == step.made == {**content(1), "seq": seq, "restored": 1}
    assert [(one.seq, one.to) for one in told.rolled_back] == [(seq, 1)]
    assert [one.seq for one in told.view.refreshes] == [1]
    assert acts(store, "memory.rolled_back") == 1


def test_where_one_part_is_not_stored_none_is(
    store: Store, log: Feedback, kept: MemoryRevisions
) -> None:
    """The event of a revision that cannot be stored is none, and nothing is held."""

    async def broken(*_: Any) -> None:
        raise StoreError("gone")

    with pytest.raises(StoreError):
        store.run(log.add(ROLLBACK, {"to": 1}, done(What.MEMORY_ROLLED_BACK), broken))
    # Its number, 1, is one that a revision has already.
    step = kept.going_back(content(2), NOW)
    with pytest.raises(StoreError):
        store.run(log.add(ROLLBACK, {"to": 2}, done(What.MEMORY_ROLLED_BACK), step))
    told = store.run(log.read("acme"))

    assert (told.rolled_back, told.view.holds) == ([], ())
    assert store.run(kept.newest("acme")) == content(2)
    assert acts(store, "memory.rolled_back") == 0


def test_what_people_did_is_read_back(store: Store, log: Feedback) -> None:
    """Each event as it was written, and of which rules something was promoted."""
    rejected = {"rule": "m_a", "side": "deny", "tool": "send", "agreeing": 3000, "reports": ["r"]}
    store.run(log.add(REJECTION, {**rejected, "reason": "z"}, done(What.MEMORY_REJECTED)))
    store.run(log.add(RELEASE, {"reports": ["r"]}, done(What.MEMORY_RELEASED)))
    store.run(log.add(RELEASE, {"all": True}, done(What.MEMORY_RELEASED)))
    promoted = {"rule": "m_a", "policy": "p", "draft": "d", "reporters": ["ana"]}
    store.run(log.add("promotion", promoted, done(What.MEMORY_PROMOTED)))
    told = store.run(log.read("acme"))

    (one,) = told.rejected
    assert (one.rule, one.agreeing, one.reports, one.at) == ("m_a", 3000, ("r",), NOW)
    assert [each.ends for each in told.released] == [False, True]
    assert (told.ruled, told.undone) == (3, 3)
    assert [each.reporters for each in store.run(log.promoted(["m_a"]))] == [("ana",)]
    assert store.run(log.promoted(["m_b"])) == []
