"""What a key that may ship cannot do: it writes no acts, and stands in nobody's way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from memory.keys import Scope
from memory.records.act import Actor, By, What, act
from memory.revisions.revision import digest_of
from memory.shipping.shipment import Shipment, Used, Written, written
from tests.app.publishing.conftest import Publishing
from tests.harness import POLICY, GatewayHarness

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
STRICT: Final = POLICY.replace("allow pay", "deny pay")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Publishing]:
    """Return a gateway whose policies come from its store, which sidecars ship to."""
    made = Publishing(GatewayHarness(tmp_path, None, policy_source="store"))
    yield made
    made.gateway.close()


def ship(desk: Publishing, told: Shipment, key: str | None = None) -> Any:
    """Send a shipment."""
    key = key or desk.gateway.new_key([Scope.RECORDS_WRITE], subject="side")
    headers = {"Content-Type": "application/json"}
    path = "/v1/records"
    return desk.gateway.request("POST", path, key, content=written(told), headers=headers)


def shipment(*records: str, used: list[Used] | None = None) -> Shipment:
    """Return the first shipment of a writer."""
    return Shipment(Written("w_evil", "drawbar/0.1.0", NOW, ""), 0, list(records), used or [])


@pytest.mark.parametrize(
    "name", ["bank.txt", ".bank.bar", "../bank.bar", "a/../bank.bar", "x" * 300 + ".bar", "a\0.bar"]
)
def test_nobody_poisons_what_will_be_published(desk: Publishing, name: str) -> None:
    """Texts under names that no gateway would read so are refused; publishing them works after."""
    digest = digest_of([STRICT])
    poison = Used(1, digest, NOW, [(name, STRICT)], [name])
    answer = ship(desk, shipment(used=[poison]))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_shipment")

    desk.up(POLICY)
    assert desk.up(STRICT)["digest"] == desk.gateway.gateway.live.current.digest == digest


def test_files_that_make_no_folder_of_policies_are_refused(desk: Publishing) -> None:
    """What cannot lie in a folder is no revision, whatever its digest says."""
    files = [("a.bar", STRICT), ("a.bar/b.bar", POLICY)]
    order = [name for name, _ in files]
    used = Used(1, digest_of([STRICT, POLICY]), NOW, files, order)
    assert ship(desk, shipment(used=[used])).status_code == 422
    stray = Used(1, digest_of([STRICT]), NOW, [("a.bar", STRICT), ("b.txt", "")], ["a.bar"])
    assert ship(desk, shipment(used=[stray])).status_code == 422
    absent = Used(1, digest_of([STRICT]), NOW, [("a.bar", STRICT)], ["b.bar"])
    assert ship(desk, shipment(used=[absent])).status_code == 422


def test_bindings_must_be_those_of_the_digest(desk: Publishing) -> None:
    """Texts that bind otherwise than the digest says are refused."""
    bound = ("bindings.toml", '[[bind]]\npolicy = "bank"\nagents = ["a"]\n')
    used = Used(1, digest_of([STRICT]), NOW, [("bank.bar", STRICT), bound], ["bank.bar"])
    assert ship(desk, shipment(used=[used])).status_code == 422


def test_an_act_is_never_shipped(desk: Publishing) -> None:
    """Acts of another store stay there: nobody writes here what somebody is said to have done."""
    who = Actor(By.API_KEY, "k_alice")
    forged = act(What.POLICY_PUBLISHED, who, NOW, "default", about="sha256:x", subject="alice")
    assert ship(desk, shipment(str(forged.row()["content"]))).status_code == 422
    acts = desk.gateway.request("GET", "/v1/acts?what=policy.published").json()["acts"]
    assert acts == []


def test_only_the_operator_s_keys_ship_and_read_bundles(desk: Publishing) -> None:
    """A key that came to another tenant by hand does neither, whatever scopes it has."""
    other = desk.gateway.new_key([Scope.RECORDS_WRITE, Scope.POLICY_READ], name="other")
    desk.store("UPDATE api_keys SET tenant = 'other' WHERE name = 'other'")
    shipped = ship(desk, shipment(), other)
    read = desk.gateway.request("GET", "/v1/bundle", other)
    for answer in (shipped, read):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_the_operator")
