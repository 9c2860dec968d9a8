"""The call that must never pass, and what becomes of an edge that lets it through."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import engine
from app.deciding import settling
from app.deciding.canary import CANARY
from memory.records.log import Unrecorded
from tests.app.edges.mcp.test_serving_http import Web, call, headers
from tests.harness import GatewayHarness, pay

OPEN = 'policy open version 1; default allow because "everything is allowed";'
BIRD = {"call_id": "bird", "tool": CANARY, "args": {}}


@pytest.fixture
def open_(tmp_path: Path) -> Iterator[GatewayHarness]:
    """Return a gateway that allows everything."""
    harness = GatewayHarness(tmp_path, OPEN)
    yield harness
    harness.close()


def said(gateway: GatewayHarness, body: Any) -> tuple[str, str]:
    told = gateway.check(body).json()
    return told["effect"], told["reason"]


def test_the_canary_is_denied_and_recorded_whatever_policies_say(open_: GatewayHarness) -> None:
    """Also with a server, in a dry run, and where nothing is in force."""
    assert said(open_, BIRD) == ("deny", "canary")
    assert said(open_, {**BIRD, "server": "bank"}) == ("deny", "canary")
    assert said(open_, {**BIRD, "dry_run": True}) == ("deny", "canary")
    (open_.policies / "bank.bar").unlink()
    open_.reload()
    assert said(open_, BIRD) == ("deny", "canary")
    assert [one.reason for one in open_.records()] == ["canary"] * 4


def test_an_edge_that_lets_the_canary_through_denies_everything(
    open_: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sent it gets a deny all the same; only a canary that is denied opens the edge."""
    assert said(open_, pay()) == ("allow", "default")
    monkeypatch.setattr(engine, "is_canary", lambda _call: False)
    assert said(open_, BIRD) == ("deny", "canary")
    assert said(open_, pay(call_id="c2")) == ("deny", "canary")
    ready = open_.request("GET", "/readyz")
    assert (ready.status_code, ready.json()["faults"]) == (503, ["canary_passed:http"])
    assert said(open_, pay(call_id="c3")) == ("deny", "canary")

    monkeypatch.undo()
    assert said(open_, BIRD) == ("deny", "canary")
    assert said(open_, pay(call_id="c4")) == ("allow", "default")
    assert open_.request("GET", "/readyz").status_code == 200


def test_an_edge_whose_canary_leaves_no_record_denies_until_it_can_record(
    open_: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first decision after that is a deny, and its record shows that the log works again."""

    async def nowhere(*_: Any) -> None:
        raise Unrecorded("no room")

    monkeypatch.setattr(settling, "_record", nowhere)
    assert open_.check(BIRD).status_code == 503
    assert open_.request("GET", "/readyz").json()["faults"] == ["canary_unrecorded:http"]

    monkeypatch.undo()
    assert said(open_, pay()) == ("deny", "canary")
    assert said(open_, pay(call_id="c2")) == ("allow", "default")


def test_the_mcp_edge_denies_the_canary_too(tmp_path: Path) -> None:
    """No server has this tool, and still it is decided and recorded."""
    web = Web(tmp_path)
    try:
        answer = web.post(call(CANARY), headers(CANARY)).json()
        told = answer["result"]["structuredContent"]["drawbar"]
        record = web.harness.records()[0]
    finally:
        web.close()

    assert answer["result"]["isError"] is True
    assert (told["effect"], told["reason"]) == ("deny", "canary")
    assert (record.id, record.edge, record.reason) == (told["decision_id"], "mcp", "canary")
