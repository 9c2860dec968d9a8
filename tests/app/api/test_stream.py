"""Records as a file."""

import json

from memory.keys import Scope
from tests.harness import GatewayHarness, pay


def test_an_export_holds_what_fits(gateway: GatewayHarness) -> None:
    """One decision a line with its place in the chain, newest first; filters as in the list."""
    said = [
        gateway.check(pay(call_id=f"c{n}", args={"amount": n * 60})).json()["decision_id"]
        for n in range(4)
    ]

    whole = gateway.request("GET", "/v1/records/export")
    asks = gateway.request("GET", "/v1/records/export?effect=ask&shape=ocsf")

    lines = [json.loads(line) for line in whole.text.splitlines()]
    assert whole.headers["content-type"] == "application/x-ndjson"
    assert [one["record"]["id"] for one in lines] == said[::-1]
    assert [one["seq"] for one in lines] == [4, 3, 2, 1]
    events = [json.loads(line) for line in asks.text.splitlines()]
    assert [one["metadata"]["uid"] for one in events] == [said[3], said[2]]


def test_only_auditors_take_records_out(gateway: GatewayHarness) -> None:
    """Neither a file nor a stream without the scope `audit`, nor with a form nobody knows."""
    clerk = gateway.new_key([Scope.CHECK])
    for path in ("/v1/records/export", "/v1/records/stream"):
        assert gateway.request("GET", path, clerk).status_code == 403
        assert gateway.request("GET", path, "drw_wrong").status_code == 401
        assert gateway.request("GET", path + "?shape=xml").status_code == 422
