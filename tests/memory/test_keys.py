"""API keys."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from memory.key import NewKey
from memory.keys import MEANING, KeyRotated, Keys, Scope, ScopeError, checked
from memory.records import acts
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


def test_an_expired_key_is_as_an_unknown_one(store: Store) -> None:
    """It works until the moment it ends at, and not at that moment; it is listed still."""
    ends = NOW + timedelta(days=90)
    secret = store.run(Keys(store.database).create("guest", [Scope.CHECK], NOW, expires_at=ends))

    before = Keys(store.database, lambda: ends - timedelta(microseconds=1))
    then = Keys(store.database, lambda: ends)

    found = store.run(before.find(secret))
    assert found is not None
    assert store.run(then.find(secret)) is None
    assert store.run(then.get(found.id)) is None
    assert store.run(before.scopes()) == {Scope.CHECK}
    assert store.run(then.scopes()) == frozenset()
    (listed,) = store.run(then.all())
    assert (listed.state(ends), listed.state(NOW)) == ("expired", "active")


def test_a_rotated_key_has_the_same_rights_and_works_beside_the_old_one(store: Store) -> None:
    """All but id, secret and times is the same; the old one ends when its time is over."""
    clock = [NOW]
    keys = Keys(store.database, lambda: clock[0])
    new = NewKey(
        "clerk",
        frozenset((Scope.CHECK, Scope.OBSERVE)),
        tenant="acme",
        agent="a1",
        roles=("teller",),
        trusts_not_run=True,
        expires_at=NOW + timedelta(days=90),
        rate=5.0,
        burst=7,
    )
    old = store.run(keys.make(new, NOW))
    clock[0] = NOW + timedelta(days=10)

    made = store.run(keys.rotate(old.key.id, timedelta(hours=24), clock[0]))

    assert made is not None
    assert made.secret != old.secret
    assert made.key.id != old.key.id
    same = (
        "name",
        "tenant",
        "subject",
        "agent",
        "roles",
        "scopes",
        "trusts_not_run",
        "rate",
        "burst",
    )
    assert [getattr(made.key, one) for one in same] == [getattr(old.key, one) for one in same]
    assert made.key.expires_at == NOW + timedelta(days=100)
    clock[0] += timedelta(hours=23)
    assert store.run(keys.find(old.secret)) is not None
    assert store.run(keys.find(made.secret)) is not None
    clock[0] += timedelta(hours=1)
    assert store.run(keys.find(old.secret)) is None
    assert store.run(keys.find(made.secret)) is not None


def test_only_a_key_in_use_is_rotated_and_its_end_is_never_put_off(store: Store) -> None:
    """Neither a revoked, an expired nor an unknown key gets a new secret."""
    keys = Keys(store.database, lambda: NOW)
    soon = NOW + timedelta(hours=1)
    ending = store.run(keys.make(NewKey("e", frozenset((Scope.CHECK,)), expires_at=soon), NOW))
    gone = store.run(keys.make(NewKey("g", frozenset((Scope.CHECK,))), NOW))
    store.run(keys.revoke(gone.key.id, NOW))
    day = timedelta(days=1)

    assert store.run(keys.rotate(gone.key.id, day, NOW)) is None
    assert store.run(keys.rotate("k_none", day, NOW)) is None
    assert store.run(keys.rotate(ending.key.id, day, soon)) is None
    assert store.run(keys.rotate(ending.key.id, day, NOW)) is not None
    assert {one.id: one for one in store.run(keys.all())}[ending.key.id].expires_at == soon


def test_a_rotation_is_an_act_that_names_both_keys(store: Store) -> None:
    """What was done and until when the old one works stands in the chain, and no secret."""
    keys = Keys(store.database, lambda: NOW)
    old = store.run(keys.make(NewKey("clerk", frozenset((Scope.CHECK,)), tenant="acme"), NOW))
    later = NOW + timedelta(minutes=1)
    made = store.run(keys.rotate(old.key.id, timedelta(hours=24), later))

    assert made is not None
    found = store.run(acts.page(store.database, acts.WantedActs("acme"))).found
    assert [one.what for one in found] == ["key.rotated", "key.created"]
    assert found[0].about == old.key.id
    assert found[0].details["new"] == made.key.id
    assert found[0].details["works_until"] == (later + timedelta(hours=24)).isoformat()
    assert old.secret not in str(found)
    assert made.secret not in str(found)


def test_policies_are_for_keys_of_the_operator_alone() -> None:
    """A key of another tenant may hold none of the scopes on policies; one of `default` may."""
    for scope in (Scope.POLICY_READ, Scope.POLICY_WRITE, Scope.POLICY_PUBLISH):
        with pytest.raises(ScopeError, match="tenant `default` alone"):
            checked([scope, Scope.CHECK], "acme")
        assert checked([scope, Scope.CHECK]) == {scope, Scope.CHECK}


@pytest.mark.parametrize(
    "fields",
    [
        {"tenant": ""},
        {"tenant": "a b"},
        {"tenant": "x" * 65},
        {"expires_at": NOW},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"rate": float("inf")},
        {"burst": 3},
        {"rate": 1.0, "burst": 0},
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(store: Store, fields: dict[str, Any]) -> None:
    """Nothing is stored of it; a sound one is."""
    keys = Keys(store.database, lambda: NOW)
    with pytest.raises(ScopeError):
        store.run(keys.create("odd", [Scope.CHECK], NOW, **fields))

    assert store.run(keys.all()) == []
    sound: dict[str, Any] = {
        "tenant": "acme.eu-1",
        "expires_at": NOW + timedelta(1),
        "rate": 0.5,
        "burst": 1,
    }
    assert store.run(keys.create("sound", [Scope.CHECK], NOW, **sound))


def test_a_last_use_never_goes_back(store: Store) -> None:
    """Of two gateways that tell of one key, the later moment stands."""
    keys = Keys(store.database, lambda: NOW)
    made = store.run(keys.make(NewKey("clerk", frozenset((Scope.CHECK,))), NOW))
    later = NOW + timedelta(minutes=5)

    store.run(keys.used({made.key.id: later, "k_none": later}))
    store.run(keys.used({made.key.id: NOW}))

    assert [one.last_used_at for one in store.run(keys.all())] == [later]


def test_keys_are_revoked_and_listed_within_their_tenant(store: Store) -> None:
    """Another tenant's key is neither seen nor revoked."""
    keys = Keys(store.database, lambda: NOW)
    ours = store.run(keys.make(NewKey("ours", frozenset((Scope.CHECK,)), tenant="a"), NOW))
    store.run(keys.make(NewKey("theirs", frozenset((Scope.CHECK,)), tenant="b"), NOW))

    assert [one.name for one in store.run(keys.all("a"))] == ["ours"]
    assert [one.name for one in store.run(keys.page("a", 10))] == ["ours"]
    assert store.run(keys.stored(ours.key.id, "b")) is None
    assert store.run(keys.revoke(ours.key.id, NOW, tenant="b")) is False
    assert store.run(keys.revoke(ours.key.id, NOW, tenant="a")) is True


def test_a_rotated_key_is_not_rotated_again(store: Store) -> None:
    """It ends soon, whatever it was made for, and a key made of it would end as soon."""
    keys = Keys(store.database, lambda: NOW)
    old = store.run(keys.make(NewKey("clerk", frozenset((Scope.CHECK,))), NOW))
    day = timedelta(days=1)
    made = store.run(keys.rotate(old.key.id, day, NOW))

    with pytest.raises(KeyRotated, match="rotated before"):
        store.run(keys.rotate(old.key.id, day, NOW))
    assert made is not None
    again = store.run(keys.rotate(made.key.id, day, NOW))
    assert again is not None
    assert again.key.expires_at is None
    assert len(store.run(keys.all())) == 3


def test_an_end_that_cannot_be_later_is_kept(store: Store) -> None:
    """A key that lasts until the last year there is is rotated like any other."""
    keys = Keys(store.database, lambda: NOW)
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    new = NewKey("clerk", frozenset((Scope.CHECK,)), expires_at=last)
    old = store.run(keys.make(new, NOW))

    made = store.run(keys.rotate(old.key.id, timedelta(days=1), NOW + timedelta(days=1)))

    assert made is not None
    assert made.key.expires_at == last
