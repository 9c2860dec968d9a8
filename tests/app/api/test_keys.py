"""Keys over REST: who may make, see and revoke which."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.limits.settings import LimitSettings
from memory.keys import Scope
from memory.tables import api_keys
from tests.app.approvals.conftest import people
from tests.app.approvals.people import People
from tests.harness import GatewayHarness, pay

__all__ = ("people",)


class Admins:
    """A gateway with keys that keep keys: the operator's, and one of the tenant `acme`."""

    def __init__(self, people: People) -> None:
        self.people, self.gateway = people, people.gateway
        self.operator = self.gateway.new_key([Scope.ADMIN], name="operator")
        held = [Scope.ADMIN, Scope.CHECK, Scope.AUDIT]
        self.acme = self.gateway.new_key(held, name="acme admin", tenant="acme")

    def make(self, key: str, **fields: Any) -> Any:
        body = {"name": "made", "scopes": ["check"], **fields}
        return self.gateway.request("POST", "/v1/keys", key, json=body)

    def send(self, method: str, path: str, key: str, **parts: Any) -> Any:
        return self.gateway.request(method, f"/v1/keys{path}", key, **parts)


@pytest.fixture
def admins(people: People) -> Admins:
    return Admins(people)


def test_a_made_key_works_and_its_secret_is_shown_once(admins: Admins) -> None:
    """The answer is not to be stored by anybody on the way, and no list holds the secret."""
    made = admins.make(admins.operator, subject="ada", agent="a1", roles=["teller"])

    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    secret = made.json()["secret"]
    assert admins.gateway.check(pay(), secret).json()["effect"] == "allow"
    listed = admins.send("GET", "", admins.operator)
    assert secret not in listed.text
    shown = {one["name"]: one for one in listed.json()["keys"]}["made"]
    assert (shown["subject"], shown["agent"], shown["roles"]) == ("ada", "a1", ["teller"])
    assert (shown["tenant"], shown["state"], shown["scopes"]) == ("default", "active", ["check"])


def test_only_admin_keeps_keys(admins: Admins) -> None:
    """Every other scope together is not enough, for any of the routes."""
    rest = [one for one in Scope if one not in (Scope.ADMIN, Scope.FEEDBACK)]
    key = admins.gateway.new_key(rest)
    mine = admins.make(admins.operator).json()["key"]["id"]

    answers = [
        admins.make(key),
        admins.send("GET", "", key),
        admins.send("DELETE", f"/{mine}", key),
        admins.send("POST", f"/{mine}/rotate", key, json={}),
    ]

    assert [one.status_code for one in answers] == [403] * 4
    assert {one.json()["code"] for one in answers} == {"missing_scope"}


def test_a_tenants_admin_sees_and_keeps_the_keys_of_its_tenant_alone(admins: Admins) -> None:
    """Keys of others do not exist for it; the operator names a tenant and keeps them all."""
    theirs = admins.make(admins.operator).json()["key"]["id"]
    ours = admins.make(admins.acme).json()["key"]

    assert ours["tenant"] == "acme"
    names = {one["name"] for one in admins.send("GET", "", admins.acme).json()["keys"]}
    assert names == {"acme admin", "made"}
    assert admins.send("DELETE", f"/{theirs}", admins.acme).status_code == 404
    assert admins.send("POST", f"/{theirs}/rotate", admins.acme, json={}).status_code == 404
    foreign = [
        admins.make(admins.acme, tenant="other"),
        admins.send("GET", "?tenant=default", admins.acme),
        admins.send("DELETE", f"/{theirs}?tenant=default", admins.acme),
    ]
    assert [(one.status_code, one.json()["code"]) for one in foreign] == [
        (403, "foreign_tenant")
    ] * 3
    seen = admins.send("GET", "?tenant=acme", admins.operator).json()["keys"]
    assert {one["name"] for one in seen} == names
    assert admins.send("DELETE", f"/{ours['id']}", admins.operator).status_code == 404
    gone = admins.send("DELETE", f"/{ours['id']}?tenant=acme", admins.operator)
    assert gone.status_code == 204


def test_no_tenants_admin_hands_out_more_than_it_holds(admins: Admins) -> None:
    """Neither a scope, nor trust, nor by rotating a key that has them; the operator may."""
    strong = admins.make(admins.operator, tenant="acme", scopes=["approve"]).json()["key"]["id"]

    refused = [
        admins.make(admins.acme, scopes=["approve"]),
        admins.make(admins.acme, scopes=["check", "observe"]),
        admins.send("POST", f"/{strong}/rotate", admins.acme, json={}),
    ]

    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (403, "beyond_your_key")
    ] * 3
    assert admins.make(admins.acme, scopes=["check", "audit", "admin"]).status_code == 201
    assert admins.send("DELETE", f"/{strong}", admins.acme).status_code == 204


def test_no_tenants_admin_hands_out_a_higher_rate_than_its_own(admins: Admins) -> None:
    """A key without a rate is the fastest of all, and a burst is a rate for a while."""
    slow = admins.gateway.new_key([Scope.ADMIN, Scope.CHECK], tenant="acme", rate=1.0, burst=20)
    fast = [
        admins.make(admins.operator, tenant="acme", **fields).json()["key"]["id"]
        for fields in ({}, {"rate": 2.0}, {"rate": 1.0, "burst": 21})
    ]

    refused = [
        admins.make(slow),
        admins.make(slow, rate=1.5, burst=1),
        admins.make(slow, rate=1.0, burst=21),
        *(admins.send("POST", f"/{one}/rotate", slow, json={}) for one in fast),
    ]

    assert [(one.status_code, one.json()["code"]) for one in refused] == [
        (403, "beyond_your_key")
    ] * 6
    same = admins.make(slow, rate=1.0, burst=20)
    assert same.status_code == 201
    assert admins.make(slow, rate=1.0).status_code == 201
    rotated = admins.send("POST", f"/{same.json()['key']['id']}/rotate", slow, json={})
    assert (rotated.json()["key"]["rate"], rotated.json()["key"]["burst"]) == (1.0, 20)


def test_where_the_settings_limit_all_keys_one_without_a_rate_hands_out_no_more(
    tmp_path: Path,
) -> None:
    """What a key really may send is compared, whether it or the settings say so."""
    limits = LimitSettings(rate=5.0, burst=100)
    gateway = GatewayHarness(tmp_path, limits=limits)
    admin = gateway.new_key([Scope.ADMIN, Scope.CHECK], tenant="acme")

    def make(**fields: Any) -> int:
        body = {"name": "made", "scopes": ["check"], **fields}
        return gateway.request("POST", "/v1/keys", admin, json=body).status_code

    assert [make(), make(rate=5.0, burst=100), make(rate=1.0)] == [201] * 3
    assert [make(rate=5.1), make(rate=5.0, burst=101)] == [403] * 2
    gateway.close()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scopes": ["check", "feedback"]}, "no agent grades itself"),
        ({"tenant": "acme", "scopes": ["policy:publish"]}, "`default` alone"),
        ({"trusts_not_run": True}, "needs the scope `observe`"),
        ({"burst": 2}, "needs a rate"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "cannot expire before"),
        ({"scopes": ["root"]}, "not valid"),
        ({"scopes": []}, "not valid"),
        ({"tenant": "a b"}, "not valid"),
        ({"subjekt": "ada"}, "not valid"),
        ({"rate": "NaN"}, "not valid"),
    ],
)
def test_a_key_that_nobody_may_hold_is_refused(
    admins: Admins, fields: dict[str, Any], words: str
) -> None:
    """Also where the operator asks for it; and nothing is made."""
    before = admins.send("GET", "", admins.operator).json()

    answer = admins.make(admins.operator, **fields)

    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert "secret" not in answer.text
    after = admins.send("GET", "", admins.operator).json()
    assert [one["id"] for one in after["keys"]] == [one["id"] for one in before["keys"]]


def test_an_expired_key_is_refused_though_it_was_just_used(admins: Admins) -> None:
    """Its end counts also for a gateway that still remembers it."""
    ends = admins.people.at + timedelta(hours=1)
    secret = admins.make(admins.operator, expires_at=ends.isoformat()).json()["secret"]
    assert admins.gateway.check(pay(), secret).status_code == 200

    admins.people.later(hours=1)

    refused = admins.gateway.check(pay(call_id="c2"), secret)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    shown = {one["name"]: one for one in admins.send("GET", "", admins.operator).json()["keys"]}
    assert shown["made"]["state"] == "expired"


def test_a_revoked_key_is_refused_at_once(admins: Admins) -> None:
    """Where it was revoked over REST nothing of it is remembered; twice is answered alike."""
    made = admins.make(admins.operator).json()
    assert admins.gateway.check(pay(), made["secret"]).status_code == 200

    gone = [admins.send("DELETE", f"/{made['key']['id']}", admins.operator) for _ in range(2)]

    assert [one.status_code for one in gone] == [204, 204]
    assert admins.gateway.check(pay(call_id="c2"), made["secret"]).status_code == 401


def test_a_rotated_key_works_beside_its_successor_until_its_time_is_over(admins: Admins) -> None:
    """Nobody has to be quick; what the old one may do the new one may, for the same subject."""
    old = admins.make(admins.operator, subject="ada").json()
    path = f"/{old['key']['id']}/rotate"

    new = admins.send("POST", path, admins.operator, json={"keep_s": 3600})

    assert (new.status_code, new.headers["cache-control"]) == (201, "no-store")
    assert new.json()["key"]["subject"] == "ada"
    for secret in (old["secret"], new.json()["secret"]):
        assert admins.gateway.check(pay(), secret).status_code == 200
    admins.people.later(hours=1)
    assert admins.gateway.check(pay(), old["secret"]).status_code == 401
    assert admins.gateway.check(pay(), new.json()["secret"]).status_code == 200
    again = admins.send("POST", path, admins.operator, json={})
    assert (again.status_code, again.json()["code"]) == (409, "key_over")


def test_a_key_that_is_kept_or_may_be_held_no_more_is_not_rotated(admins: Admins) -> None:
    """Each refusal says why, and nothing is made."""
    old = admins.make(admins.operator).json()["key"]["id"]
    foul = admins.make(admins.operator).json()["key"]["id"]
    first = admins.send("POST", f"/{old}/rotate", admins.operator, json={})

    async def change() -> None:
        async with admins.gateway.gateway.database.write() as connection:
            row = update(api_keys).where(api_keys.c.id == foul)
            await connection.execute(row.values(scopes="check feedback"))

    admins.gateway.run(change())
    again = admins.send("POST", f"/{old}/rotate", admins.operator, json={})
    fouls = admins.send("POST", f"/{foul}/rotate", admins.operator, json={})

    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "key_rotated")
    assert (fouls.status_code, fouls.json()["code"]) == (422, "invalid_request")
    assert "no agent grades itself" in fouls.json()["detail"]
    shown = {one["id"]: one for one in admins.send("GET", "", admins.operator).json()["keys"]}
    assert datetime.fromisoformat(shown[old]["rotated_at"]) == admins.people.at
    assert shown[first.json()["key"]["id"]]["rotated_at"] is None


def test_who_keeps_keys_stands_in_the_chain(admins: Admins) -> None:
    """Each act names the key that did it, in the tenant whose key it was."""
    made = admins.make(admins.operator, tenant="acme").json()["key"]["id"]
    admins.people.later(minutes=1)
    admins.send("POST", f"/{made}/rotate?tenant=acme", admins.operator, json={})
    admins.people.later(minutes=1)
    admins.send("DELETE", f"/{made}?tenant=acme", admins.operator)

    told = admins.gateway.request("GET", "/v1/acts", admins.acme).json()["acts"]

    did = [(one["what"], one["by"]) for one in told if one["about"] == made]
    assert did == [
        ("key.revoked", "api_key"),
        ("key.rotated", "api_key"),
        ("key.created", "api_key"),
    ]
    keys = admins.send("GET", "", admins.operator).json()["keys"]
    operator = next(one["id"] for one in keys if one["name"] == "operator")
    assert {one["who"] for one in told if one["about"] == made} == {operator}


def test_the_last_use_is_known_after_a_while(admins: Admins) -> None:
    """It is stored beside requests, and is when the key was used."""
    made = admins.make(admins.operator).json()
    admins.gateway.check(pay(), made["secret"])

    admins.gateway.run(admins.gateway.gateway.using.store())

    shown = {one["id"]: one for one in admins.send("GET", "", admins.operator).json()["keys"]}
    last = datetime.fromisoformat(shown[made["key"]["id"]]["last_used_at"])
    assert last == admins.people.at


def test_pages_of_keys_hold_each_once(admins: Admins) -> None:
    """Whatever a page holds, all keys come, newest first."""
    for _ in range(3):
        admins.make(admins.acme)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = admins.send("GET", f"?limit=2{more}", admins.acme).json()
        found += [one["id"] for one in page["keys"]]
        cursor = page["next"]

    assert len(found) == len(set(found)) == 4
    assert found == sorted(found, reverse=True)
