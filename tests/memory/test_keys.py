"""API keys."""

import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from memory.keys import MEANING, Keys, Scope, ScopeError, checked
from tests.memory.conftest import Store

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_created_key_is_found_by_its_secret_alone(store: Store) -> None:
    """The secret finds its key; anything else finds nothing."""
    keys = Keys(store.database)
    secret = store.run(keys.create("clerk", [Scope.CHECK], NOW, agent="a1"))

    found = store.run(keys.find(secret))

    assert found is not None
    assert (found.name, found.subject, found.agent) == ("clerk", found.id, "a1")
    assert found.scopes == {Scope.CHECK}
    assert found.created_at == NOW
    assert store.run(keys.find(secret + "x")) is None
    assert store.run(keys.find("")) is None


def test_the_secret_is_not_stored(store: Store) -> None:
    """The store holds the SHA-256 of a secret of 256 random bits, and not the secret."""
    secret = store.run(Keys(store.database).create("clerk", [Scope.CHECK], NOW))

    async def row() -> str:
        async with store.database.read() as connection:
            return str((await connection.execute(text("SELECT * FROM api_keys"))).one())

    stored = store.run(row())
    assert secret not in stored
    assert hashlib.sha256(secret.encode()).hexdigest() in stored
    assert len(secret) == len("drw_") + 43


def test_a_revoked_key_is_not_found(store: Store) -> None:
    """Revoking ends a key once; the others stay."""
    keys = Keys(store.database)
    gone = store.run(keys.create("gone", [Scope.CHECK], NOW))
    kept = store.run(keys.create("kept", [Scope.CHECK], NOW))
    (first,) = [key.id for key in store.run(keys.all()) if key.name == "gone"]

    assert store.run(keys.revoke(first, NOW)) is True
    assert store.run(keys.revoke(first, NOW)) is False
    assert store.run(keys.revoke("k_none", NOW)) is False
    assert store.run(keys.find(gone)) is None
    assert store.run(keys.find(kept)) is not None


def test_feedback_and_check_never_stand_on_one_key() -> None:
    """No agent grades itself; each of the two alone is fine."""
    with pytest.raises(ScopeError, match="no agent grades itself"):
        checked([Scope.FEEDBACK, Scope.CHECK])
    with pytest.raises(ScopeError, match="at least one"):
        checked([])
    assert checked([Scope.FEEDBACK]) == {Scope.FEEDBACK}
    assert checked([Scope.CHECK]) == {Scope.CHECK}


def test_every_scope_is_explained() -> None:
    """The documentation's table of scopes has no gap."""
    assert set(MEANING) == set(Scope)


def test_a_key_is_trusted_for_not_run_only_where_it_was_made_so(store: Store) -> None:
    """Off by default; and without `observe` a key could never say it."""
    keys = Keys(store.database)
    plain = store.run(keys.create("plain", [Scope.OBSERVE], NOW))
    trusted = store.run(keys.create("trusted", [Scope.OBSERVE], NOW, trusts_not_run=True))

    assert [store.run(keys.find(one)).trusts_not_run for one in (plain, trusted)] == [False, True]  # type: ignore[union-attr]
    with pytest.raises(ScopeError, match="`observe`"):
        store.run(keys.create("mute", [Scope.CHECK], NOW, trusts_not_run=True))
