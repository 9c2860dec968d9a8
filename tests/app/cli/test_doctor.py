"""`drawbar doctor` says what must be looked after, and ends with 3 where anything must."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from app.binding.edge_cannot import WAYS
from app.cli.main import cli
from app.doctor import canaries, running, told
from app.edges.registry import EDGES
from app.policy.policies import EMPTY, PolicySet
from app.settings import Settings
from dsl.errors import Source
from dsl.interpret import Bound
from dsl.parse import parse
from memory.keys import ApiKey, Scope
from tests.harness import GatewayHarness, pay

POLICY = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule named: deny pay when not args.to? from user;
rule seen on result: deny look when result contains "secret";
rule looks: allow look;
"""
NOW = datetime.now(UTC)
DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    """Return a gateway whose rules need to be told things, with a key for an agent alone."""
    harness = GatewayHarness(tmp_path, POLICY)
    harness.settings.data.chmod(0o700)
    yield harness
    harness.close()


def run(gateway: GatewayHarness, *arguments: str) -> Result:
    folders = ["--policies", str(gateway.policies), "--data", str(gateway.settings.data)]
    where = ["--url", "http://127.0.0.1:1", "--json"]
    return CliRunner().invoke(cli, ["doctor", *folders, *where, *arguments])


def looked(gateway: GatewayHarness) -> dict[str, list[dict[str, Any]]]:
    """Return what was found by name, but that no gateway listens."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads(run(gateway).stdout)["checks"]:
        if one["name"] != "unreachable":
            found.setdefault(one["name"], []).append(one)
    return found


def findings(gateway: GatewayHarness) -> dict[str, list[str]]:
    found = looked(gateway)
    return {
        name: words
        for name, some in found.items()
        if (words := [one["said"] for one in some if one["level"] == "finding"])
    }


def test_a_gateway_in_use_has_no_finding(gateway: GatewayHarness) -> None:
    """Calls were decided, and what rules need was told: everything is well."""
    session = {"session": "s", "subject": {"id": "u"}}
    gateway.check(pay(**session))
    event = {"type": "user", "id": "u1", "text": "pay Ada"}
    gateway.request("POST", "/v1/observe", json={**session, "events": [event]})

    assert findings(gateway) == {}
    for one in (one for some in looked(gateway).values() for one in some):
        assert one["hint"] is None or one["level"] != "ok"


def test_a_store_without_a_decision_is_a_finding(gateway: GatewayHarness) -> None:
    """A policy that never judged anything protects nobody."""
    assert findings(gateway) == {
        "never_evaluated": ["`bank` has judged nothing: there is no decision at any edge"]
    }


def test_an_edge_that_saw_nothing_is_a_finding(gateway: GatewayHarness) -> None:
    """A policy is bound there, and calls go past it; where no policy is bound, all are denied."""
    gateway.write("bindings.toml", '[[bind]]\npolicy = "bank"\nedges = ["mcp"]\n')
    gateway.reload()
    gateway.check(pay())
    gateway.check(pay(call_id="c2", tool="drawbar.canary", args={}))
    found = findings(gateway)

    assert found["never_evaluated"] == [
        "`bank` is bound to the edge `mcp`, and none of the last 1 decisions was made there"
    ]
    assert found["edge_without_policy"] == [
        "calls come in at the edge `http`, and no policy is bound there"
    ]


def test_what_no_key_may_tell_is_a_finding(tmp_path: Path) -> None:
    """A rule on the user's words, and no key that may send them."""
    gateway = GatewayHarness(tmp_path, POLICY)
    try:
        for key in gateway.run(gateway.gateway.keys.all()):
            gateway.run(gateway.gateway.keys.revoke(key.id, NOW))
        none = findings(gateway)
        gateway.new_key([Scope.CHECK])
        some = findings(gateway)
    finally:
        gateway.close()

    assert none["no_key"] == ["no key may ask for decisions"]
    assert some["edge_cannot"] == [
        "at `http`, `bank/named` need user words, and no key may send them",
        "at `http`, `bank/seen` need results, and no key may send them",
        "at `mcp`, `bank/named` need user words, and no key may send them",
    ]


def test_what_was_never_told_is_a_finding_after_a_while(gateway: GatewayHarness) -> None:
    """A key may send it, and nobody does: origin is unknown all the time."""
    for number in range(told.ENOUGH):
        gateway.check(pay(call_id=f"c{number}", session="s", subject={"id": "u"}))
    found = findings(gateway)["never_told"]

    assert found == [
        "at `http`, `bank/named` need user words, and none were ever sent (20 decisions)",
        "at `http`, `bank/seen` need results, and none were ever sent (20 decisions)",
    ]


def test_an_end_of_observing_that_is_near_is_a_finding(gateway: GatewayHarness) -> None:
    """Before a policy begins to enforce by itself somebody should look at the report."""
    gateway.check(pay())
    for days, level in ((3, "finding"), (30, "note")):
        day = (NOW + timedelta(days=days)).date()
        gateway.write("bindings.toml", f'[[bind]]\npolicy = "bank"\nobserve_until = {day}\n')
        found = [
            one for name, some in looked(gateway).items() if "observing" in name for one in some
        ]
        assert [one["level"] for one in found] == [level]


def test_who_may_look_and_write_is_looked_at(gateway: GatewayHarness) -> None:
    """Neither secrets nor policies are anybody's on the machine."""
    gateway.check(pay())
    gateway.settings.data.chmod(0o755)
    gateway.policies.chmod(0o777)
    found = findings(gateway)

    assert "may look into" in found["permissions"][0]
    assert "may change" in found["policies_writable"][0]


def test_who_would_approve_is_looked_for(gateway: GatewayHarness) -> None:
    """A rule asks a role that no key with `approve` has."""
    gateway.check(pay())
    gateway.write("bank.bar", POLICY + 'rule big: ask book approver role "treasury";')
    found = findings(gateway)
    gateway.new_key([Scope.APPROVE], roles=["treasury"])

    assert "asks the role `treasury`" in found["nobody_approves"][0]
    assert "nobody_approves" not in findings(gateway)


def test_the_user_is_heard_by_a_key_of_their_own(gateway: GatewayHarness) -> None:
    """A key that may also ask for decisions could be the agent's, and answers for nobody."""
    gateway.check(pay())
    gateway.write("bank.bar", POLICY + "rule big: ask book approver user;")
    gateway.new_key([Scope.APPROVE, Scope.CHECK])
    found = findings(gateway)
    gateway.new_key([Scope.APPROVE])

    assert found["nobody_approves"] == ["`bank/big` asks the user, and no key can be theirs"]
    assert "nobody_approves" not in findings(gateway)


def test_a_foreign_digest_key_is_a_finding(gateway: GatewayHarness) -> None:
    """What is sealed cannot be opened with another key, nor without one."""
    gateway.check(pay(session="s", subject={"id": "u"}))
    key = gateway.settings.data / "digest.key"
    kept = key.read_bytes()
    key.write_bytes(bytes(reversed(kept)))
    other = findings(gateway)
    key.unlink()

    assert "cannot be opened" in other["digest_key"][0]
    assert "digest_key" in findings(gateway)


def test_policies_that_cannot_be_taken_up_are_a_finding(gateway: GatewayHarness) -> None:
    """The answer is what the gateway would say."""
    gateway.write("bank.bar", "policy bank version 1; rule x: alow pay;")

    assert "did you mean `allow`?" in findings(gateway)["policies_refused"][0]


def test_a_clock_that_is_behind_is_a_finding(gateway: GatewayHarness) -> None:
    """A decision of later than now was recorded."""
    gateway.gateway.now = lambda: NOW + timedelta(days=1)
    gateway.check(pay())

    assert "the newest decision is of" in findings(gateway)["clock"][0]


def test_it_ends_with_three_where_there_are_findings_and_with_one_without_a_store(
    gateway: GatewayHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit codes are for scripts; the table of what can be told is for people."""
    text = CliRunner().invoke(
        cli,
        ["doctor", "--policies", str(gateway.policies), "--data", str(gateway.settings.data)],
    )
    none = CliRunner().invoke(cli, ["doctor", "--data", str(tmp_path / "none")])
    monkeypatch.delenv("DRAWBAR_KEY", raising=False)
    keyless = run(gateway, "--canary")

    assert run(gateway).exit_code == 3
    assert "user words" in text.stdout
    assert (none.exit_code, keyless.exit_code) == (1, 1)
    assert "drawbar keys create --scope check" in str(keyless.exception)


def test_every_edge_has_its_line_in_the_table() -> None:
    """What can be told is said of each edge that can be bound to."""
    assert {one.name for one in EDGES} <= set(WAYS)
    assert all(set(ways) == set(told.KINDS) for ways in WAYS.values())


GOOD = {"effect": "deny", "reason": "canary", "decision_id": "d_1"}


@pytest.mark.parametrize(
    ("answer", "record", "said"),
    [
        (GOOD, (200, {"reason": "canary"}), None),
        ({**GOOD, "effect": "allow"}, (200, {"reason": "canary"}), "otherwise than deny"),
        ({**GOOD, "reason": "rule"}, (200, {"reason": "rule"}), "otherwise than deny"),
        (GOOD, (404, {}), "left no record"),
        (GOOD, (200, {"reason": "rule"}), "left no record"),
        ([], (200, {}), "did not answer"),
    ],
)
def test_a_canary_that_is_not_denied_and_recorded_is_a_finding(
    answer: Any, record: tuple[int, Any], said: str | None
) -> None:
    """Anything but deny `canary`, with its record, is reported."""

    def answers(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json=answer)
        return httpx.Response(record[0], json=record[1])

    with httpx.Client(transport=httpx.MockTransport(answers), base_url="http://g") as asks:
        (one,) = canaries.http(asks, "drw_x")

    assert one.level == ("ok" if said is None else "finding")
    assert said is None or said in one.said


@pytest.mark.parametrize(
    ("told_", "name"),
    [
        ({"faults": ["log_not_writable"], "revision": "1:x", "refused": False}, "not_ready"),
        ({"faults": [], "revision": "1:x", "refused": True}, "refused"),
        ({"nothing": 1}, "unreachable"),
    ],
)
def test_a_gateway_that_is_not_well_is_a_finding(told_: Any, name: str) -> None:
    """What it says of itself is passed on, and what it does not say is none of its wellness."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=told_))
    with httpx.Client(transport=transport, base_url="http://g") as asks:
        found = list(running.running(asks, "http://g", EMPTY, wanted=True))

    assert [(one.name, one.level) for one in found] == [(name, "finding")]


@pytest.mark.parametrize(
    ("told_", "name"),
    [
        ({"revision": f"1:{OTHER[:19]}"}, "other_policies"),
        ({"revision": f"1:{DIGEST[:19]}"}, "gateway"),
        ({"revision": f"1:{OTHER[:19]}", "written": DIGEST}, "gateway"),
        ({"revision": f"1:{DIGEST[:19]}", "written": OTHER}, "other_policies"),
    ],
)
def test_policies_are_those_of_the_folder_also_where_memory_added_to_them(
    told_: Any, name: str
) -> None:
    """What people wrote is compared, and not what was learned beside it."""
    answer = {"faults": [], "refused": False, **told_}
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))
    policy = Bound(parse(Source("a.bar", "policy a version 1; rule r: allow pay;")))
    with httpx.Client(transport=transport, base_url="http://g") as asks:
        here = PolicySet((policy,), DIGEST)
        found = [one.name for one in running.running(asks, "http://g", here, wanted=True)]

    assert found == [name]


def test_the_gateway_is_looked_for_where_the_settings_say(tmp_path: Path) -> None:
    """An address, a socket, or every address of this machine."""
    plain = Settings(host="0.0.0.0", port=9000)  # noqa: S104 - as people write it
    socket = Settings(uds=tmp_path / "s")

    assert running.address(plain, None) == ("http://127.0.0.1:9000", None)
    assert running.address(Settings(host="::1"), None)[0] == "http://[::1]:8484"
    assert running.address(socket, None) == ("http://localhost", str(tmp_path / "s"))
    assert running.address(socket, "https://drawbar.example/") == ("https://drawbar.example", None)


def test_what_binds_nothing_here_is_a_finding(gateway: GatewayHarness) -> None:
    """A policy for other environments is in force nowhere in this one; a shadow is a note."""
    gateway.write("other.bar", "policy other version 1; rule r: allow pay;")
    gateway.write("next.bar", "policy next version 1; rule r: allow pay;")
    gateway.write(
        "bindings.toml",
        '[[bind]]\npolicy = "other"\nenvironments = ["production"]\n'
        '[[bind]]\npolicy = "next"\nrollout = "shadow"\n',
    )
    found = looked(gateway)

    assert "bound_elsewhere" in findings(gateway)
    assert "the policy `next` stands in shadow: it decides nothing" in str(found)


def test_keys_that_ended_are_not_called_revoked() -> None:
    """One whose time is over was revoked by nobody."""
    at = NOW - timedelta(days=2)
    asks = ApiKey("1", "default", "a", "a", None, frozenset({Scope.CHECK}), at)
    keys = [asks, replace(asks, id="2", revoked_at=at), replace(asks, id="3", expires_at=at)]

    (said,) = told.keys(keys, (), speaks=False)

    assert said.said == "1 keys in use, 2 no longer in use"
