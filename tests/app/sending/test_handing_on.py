"""Records are handed on in order, signed, again where they were not taken, and never left out."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from app.sending import handing_on as handing
from app.sending.settings import CollectorSettings
from app.sending.shapes import Sending
from memory.records.act import os_user
from tests.app.sending.receiving import Receiver, receiving
from tests.app.sending.test_webhook import SECRET
from tests.harness import GatewayHarness, pay


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "LOOK_S", 0.01)
    monkeypatch.setattr(handing, "LONGEST_S", 0.02)


def _gateway(folder: Path, receiver: Receiver, shape: Sending = Sending.JSON) -> GatewayHarness:
    told = {"webhook": receiver.address, "secret": SECRET, "shape": shape}
    return GatewayHarness(folder, siem={"corp": CollectorSettings.model_validate(told)})


def _came(gateway: GatewayHarness, receiver: Receiver, number: int) -> list[Any]:
    """Wait until so many records came."""

    async def wait() -> list[Any]:
        for _ in range(2500):
            found = [one for body in receiver.bodies() for one in body if _decided(one)]
            if len(found) >= number:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError("they did not come")

    return gateway.run(wait())


def _decided(one: Any) -> bool:
    """Tell a decision from an act, such as that the test's key was made."""
    if "kind" in one:
        return bool(one["kind"] == "decision")
    return str(one["activity_name"]).startswith("tool")


def test_every_record_comes_with_its_place(tmp_path: Path) -> None:
    """In the order of the chain, each once where the collector takes them."""
    with receiving() as receiver:
        gateway = _gateway(tmp_path, receiver)
        said = [gateway.check(pay(call_id=f"c{n}")).json()["decision_id"] for n in range(5)]
        came = _came(gateway, receiver, 5)
        gateway.close()

    assert [one["record"]["id"] for one in came] == said
    assert [one["seq"] for one in came] == [1, 2, 3, 4, 5]


def test_what_was_not_taken_comes_again_with_the_same_name(tmp_path: Path) -> None:
    """A collector that is down loses nothing, and can tell a repetition."""
    with receiving(503, 302) as receiver:
        gateway = _gateway(tmp_path, receiver)
        said = gateway.check(pay()).json()["decision_id"]
        _came(gateway, receiver, 1)
        gateway.close()

    sent = zip(receiver.came, receiver.bodies(), strict=True)
    ids = [(told["webhook-id"], len(body)) for (told, _), body in sent]
    assert ids[:3] == [ids[0]] * 3
    assert len(set(ids)) == 2
    decided = [one for body in receiver.bodies() for one in body if _decided(one)]
    assert {one["record"]["id"] for one in decided} == {said}


def test_it_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    """The next start begins behind what was taken, with the new writer's records too."""
    with receiving() as receiver:
        first = _gateway(tmp_path, receiver)
        first.check(pay())
        _came(first, receiver, 1)
        first.close()
        second = _gateway(tmp_path, receiver)
        second.check(pay(call_id="c2"))
        came = _came(second, receiver, 2)
        second.close()

    assert [one["record"]["call_id"] for one in came] == ["c1", "c2"]
    assert len({one["writer"] for one in came}) == 2


def test_decisions_come_as_events_of_ocsf(tmp_path: Path) -> None:
    """Everything that class API Activity and the profile require is there, by their numbers."""
    with receiving() as receiver:
        gateway = _gateway(tmp_path, receiver, Sending.OCSF)
        for number, call in enumerate(({"amount": 5}, {"amount": 500})):
            gateway.check(pay(call_id=f"c{number}", args=call))
        gateway.check(pay(call_id="c3", tool="erase", args={}))
        came = _came(gateway, receiver, 3)
        gateway.close()

    assert [one["action_id"] for one in came] == [1, 0, 2]
    assert [one["disposition"] for one in came] == ["Allowed", "Challenge", "Blocked"]
    for one in came:
        assert (one["class_uid"], one["category_uid"], one["type_uid"]) == (6003, 6, 600399)
        assert one["metadata"]["version"] == "1.6.0"
        assert one["metadata"]["product"]["name"] == "Drawbar"
        assert one["api"]["operation"] in ("pay", "erase")
        assert {"time", "severity_id", "actor", "src_endpoint"} <= set(one)
    assert came[2]["policy"]["uid"] == "bank/never"


def test_acts_come_beside_decisions(tmp_path: Path) -> None:
    """That a key was made comes as it was recorded, and as an event that says who made what."""
    for shape in (Sending.JSON, Sending.OCSF):
        with receiving() as receiver:
            (tmp_path / shape).mkdir()
            gateway = _gateway(tmp_path / shape, receiver, shape)
            _sent(gateway, receiver)
            gateway.close()
        (came,) = receiver.bodies()[0]
        if shape is Sending.JSON:
            assert (came["kind"], came["writer"], came["seq"]) == ("act", "acts", 1)
            assert came["record"]["what"] == "key.created"
        else:
            assert (came["class_uid"], came["type_uid"]) == (6003, 600301)
            assert came["api"]["operation"] == came["metadata"]["event_code"] == "key.created"
            assert came["resources"][0]["uid"].startswith("k_")
            assert came["actor"]["user"]["uid"] == os_user().who


def test_records_come_as_opentelemetry_logs(tmp_path: Path) -> None:
    """One request as OTLP writes it in JSON, which its own package reads back."""
    with receiving() as receiver:
        gateway = _gateway(tmp_path, receiver, Sending.OTLP)
        said = gateway.check(pay()).json()
        _sent(gateway, receiver, 2)
        gateway.close()

    made, body = receiver.bodies()
    (key,) = made["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert key["eventName"] == "drawbar.act"
    (log,) = body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    named = {one["key"]: one["value"] for one in log["attributes"]}
    assert json.loads(log["body"]["stringValue"])["id"] == said["decision_id"]
    assert named["drawbar.decision.effect"] == {"stringValue": "allow"}
    assert named["drawbar.chain.seq"] == {"intValue": "1"}
    assert len(log["timeUnixNano"]) == 19
    read = ParseDict(body, ExportLogsServiceRequest())
    assert read.resource_logs[0].scope_logs[0].log_records[0].severity_number == 9


def _sent(gateway: GatewayHarness, receiver: Receiver, number: int = 1) -> None:
    """Wait until so many batches came."""

    async def wait() -> None:
        for _ in range(2500):
            if len(receiver.came) >= number:
                return
            await asyncio.sleep(0.02)

    gateway.run(wait())
    assert len(receiver.came) >= number
