"""Laws of `GET /v1/bundle`: what is in force, signed, for whoever may read policies."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.bundles.making import new_key
from app.bundles.reading import verified
from memory.keys import Scope, ScopeError
from memory.records.signer import public_key
from tests.harness import POLICY, GatewayHarness

PATH = "/v1/bundle"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    private, public = new_key()
    for name, text in (("key", private), ("key.pub", public)):
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o600)
    made = GatewayHarness(tmp_path, bundle_key=tmp_path / "key")
    yield made
    made.close()


def test_what_is_in_force_is_offered_and_asked_for_cheaply(
    gateway: GatewayHarness, tmp_path: Path
) -> None:
    """The bundle is that of the revision in force, and who has it is told so in a few bytes."""
    keys = [public_key(tmp_path / "key.pub")]
    got = gateway.request("GET", PATH)
    found = verified(got.content, keys, datetime.now(UTC))
    tag = got.headers["etag"]

    assert found.digest == gateway.gateway.live.current.digest
    assert got.headers["cache-control"] == "private, no-cache"
    for known in (tag, f'"other", W/{tag}', "*"):
        again = gateway.request("GET", PATH, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert gateway.request("GET", PATH, headers={"If-None-Match": '"x"'}).content == got.content

    gateway.write("bank.bar", POLICY + "rule more: deny wipe;\n")
    gateway.reload()
    new = gateway.request("GET", PATH, headers={"If-None-Match": tag})
    after = verified(new.content, keys, datetime.now(UTC))
    assert found.stamp is not None
    assert after.stamp is not None
    assert (new.status_code, after.stamp.number > found.stamp.number) == (200, True)
    assert after.digest == gateway.gateway.live.current.digest != found.digest

    gateway.write("bank.bar", POLICY)  # back again is forward for whoever counts
    gateway.reload()
    back = verified(gateway.request("GET", PATH).content, keys, datetime.now(UTC))
    assert back.stamp is not None
    assert (back.digest, back.stamp.number > after.stamp.number) == (found.digest, True)

    gateway.write("bank.bar", "nonsense")
    gateway.reload()
    assert gateway.request("GET", PATH).status_code == 200  # what is broken is not offered


def test_only_who_may_read_it_or_policies_gets_it(gateway: GatewayHarness) -> None:
    """Every other key is refused, whatever else it may do; a sidecar's reads nothing else."""
    read = {Scope.BUNDLE_READ, Scope.POLICY_READ}
    others = [one for one in Scope if one not in {*read, Scope.FEEDBACK}]
    assert gateway.request("GET", PATH, gateway.new_key(others)).status_code == 403
    assert gateway.request("GET", PATH, "drw_nobody").status_code == 401
    keys = {one: gateway.new_key([one]) for one in read}
    for key in keys.values():
        assert gateway.request("GET", PATH, key).status_code == 200
    for path in ("drafts", "publications", "revisions", "memory/rules", "memory/reviews"):
        answer = gateway.request("GET", f"/v1/{path}", keys[Scope.BUNDLE_READ])
        assert answer.json()["code"] == "missing_scope", path
    with pytest.raises(ScopeError, match="tenant `default` alone"):
        gateway.new_key([Scope.BUNDLE_READ], tenant="acme")


def test_without_a_key_nothing_is_signed(tmp_path: Path) -> None:
    """A gateway that has no key for bundles says so, and is none to sidecars."""
    made = GatewayHarness(tmp_path)
    try:
        answer = made.request("GET", PATH)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    finally:
        made.close()


def test_without_policies_there_is_no_bundle(tmp_path: Path) -> None:
    """Where nothing is in force, a sidecar keeps what it has: an empty bundle is not sent."""
    (tmp_path / "key").write_text(new_key()[0], "utf-8")
    (tmp_path / "key").chmod(0o600)
    made = GatewayHarness(tmp_path, policy=None, bundle_key=tmp_path / "key")
    try:
        assert made.request("GET", PATH).status_code == 503
    finally:
        made.close()
