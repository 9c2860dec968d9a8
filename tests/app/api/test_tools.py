"""`POST /v1/tools`: what is left out is denied, and what could be allowed is shown."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from memory.keys import Scope
from tests.harness import GatewayHarness

POLICY = """\
policy office version 1;
rule reading: allow read_*;
rule mail: ask send_mail when args.to == "ada";
rule bosses: allow erase when "boss" in subject.roles;
rule bank: allow bank/pay when fact.limit > args.amount;
fact limit = given;
rule never: deny read_secret;
"""
NAMES = ("read_file", "read_secret", "send_mail", "erase", "unheard_of")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path_factory.mktemp("tools"), POLICY)
    yield opened
    opened.close()


def listed(gateway: GatewayHarness, *names: str, key: str | None = None, **more: Any) -> list[str]:
    """Return the names of the tools that are shown, with their server where there is one."""
    pairs = (name.rpartition("/") for name in names)
    tools = [{"name": name, "server": server or None} for server, _, name in pairs]
    answer = gateway.request("POST", "/v1/tools", key, json={"tools": tools, **more})
    assert answer.status_code == 200, answer.text
    found = answer.json()["tools"]
    return [f"{one['server']}/{one['name']}" if one["server"] else one["name"] for one in found]


def test_a_tool_every_call_of_which_is_denied_is_left_out(gateway: GatewayHarness) -> None:
    """The others stay, in their order; who calls decides, arguments and facts may be anything."""
    boss: dict[str, Any] = {"subject": {"id": "ada", "roles": ["boss"]}}

    assert listed(gateway, *NAMES) == ["read_file", "send_mail"]
    assert listed(gateway, *NAMES, **boss) == ["read_file", "send_mail", "erase"]
    assert listed(gateway, "bank/pay", "other/pay", "pay") == ["bank/pay"]
    assert listed(gateway) == []


def test_listing_decides_and_records_nothing(gateway: GatewayHarness) -> None:
    """A tool that was listed is denied all the same, and one that was not is decided."""
    before = len(gateway.records())
    listed(gateway, *NAMES)
    body = {"call_id": "c1", "tool": "send_mail", "args": {"to": "bob"}}

    assert len(gateway.records()) == before
    assert gateway.check(body).json()["effect"] == "deny"


def test_a_tools_own_words_are_not_looked_at(gateway: GatewayHarness) -> None:
    """What a server lists with its tools may be sent as it is, and changes nothing."""
    entry = {"name": "read_file", "inputSchema": {"type": "object"}, "annotations": {"a": True}}
    answer = gateway.request("POST", "/v1/tools", json={"tools": [entry]})

    assert answer.json() == {"tools": [{"name": "read_file", "server": None}]}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"tools": [{"name": "a b"}]}, 422),
        ({"tools": [{"name": "a"}] * 1001}, 422),
        ({"tools": [], "more": 1}, 422),
        ({"tools": ["a"]}, 422),
    ],
)
def test_a_request_of_another_shape_is_refused(
    gateway: GatewayHarness, body: dict[str, Any], status: int
) -> None:
    """Nothing is listed for what is no such request."""
    answer = gateway.request("POST", "/v1/tools", json=body)

    assert (answer.status_code, "tools" in answer.json()) == (status, False)


def test_the_scopes_are_those_of_a_call(gateway: GatewayHarness) -> None:
    """`check` is needed, and `assert.subject` to name anybody."""
    observer, caller = gateway.new_key([Scope.OBSERVE]), gateway.new_key([Scope.CHECK])
    body: dict[str, Any] = {"tools": [{"name": "read_file"}]}

    assert gateway.request("POST", "/v1/tools", observer, json=body).status_code == 403
    assert listed(gateway, "read_file", key=caller) == ["read_file"]
    body["subject"] = {"id": "ada", "roles": ["boss"]}
    assert gateway.request("POST", "/v1/tools", caller, json=body).status_code == 403


def test_what_cannot_be_listed_in_time_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is shown then, and the next list is whole again."""
    gateway, answered = GatewayHarness(tmp_path, POLICY, deadline_ms=2_000), threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr("app.deciding.listing.visible", lambda *_: answered.wait(60))
        body = {"tools": [{"name": "read_file"}]}
        answer = gateway.request("POST", "/v1/tools", json=body)
        answered.set()
    after = listed(gateway, "read_file")
    gateway.close()

    assert (answer.status_code, "tools" in answer.json()) == (503, False)
    assert after == ["read_file"]


def test_without_a_policy_nothing_is_shown_and_one_that_observes_hides_nothing(
    tmp_path: Path,
) -> None:
    """Where all is denied nothing is worth showing; what only observes refuses nothing."""
    gateway = GatewayHarness(tmp_path, None)
    assert listed(gateway, "read_file") == []
    gateway.write("office.bar", POLICY)
    gateway.reload()
    assert listed(gateway, "read_secret") == []
    gateway.write("bindings.toml", '[[bind]]\npolicy = "office"\nobserve_until = 2999-01-01\n')
    late = datetime(2998, 6, 1, tzinfo=UTC)
    gateway.gateway.now = lambda: late
    gateway.reload()
    assert gateway.gateway.live.refused is None
    assert listed(gateway, "read_secret") == ["read_secret"]
    gateway.close()
