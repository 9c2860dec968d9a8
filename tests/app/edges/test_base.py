"""The shield around every edge: raises, times out, cannot record: never allow."""

import asyncio
import re
import time
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app import engine
from app.approvals.asking import Asked
from app.deciding import settling
from memory.records.log import LATELY_S, Unrecorded
from tests.harness import GatewayHarness, pay


def test_a_fault_while_judging_is_a_recorded_deny(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised inside, the call is denied with reason `fault`, recorded and counted."""

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("boom: a secret detail")

    monkeypatch.setattr(engine, "decide", broken)
    answer = gateway.check(pay())

    assert answer.status_code == 200
    assert (answer.json()["effect"], answer.json()["reason"]) == ("deny", "fault")
    assert "secret" not in answer.text
    assert [(one.effect, one.reason) for one in gateway.records()] == [("deny", "fault")]
    metrics = gateway.request("GET", "/metrics").text
    assert 'drawbar_faults_total{edge="http",stage="decide"} 1.0' in metrics


def test_a_decision_after_its_deadline_is_a_recorded_deny(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An allow that leaves its record no time is a deny with reason `deadline`; else it stands."""
    judge = engine.decide

    def slowly(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.95)
        return judge(*args, **kwargs)

    monkeypatch.setattr(engine, "decide", slowly)
    late = gateway.check(pay(), headers={"Drawbar-Deadline-Ms": "1000"}).json()
    in_time = gateway.check(pay(), headers={"Drawbar-Deadline-Ms": "30000"}).json()

    assert (late["effect"], late["reason"]) == ("deny", "deadline")
    assert in_time["effect"] == "allow"
    assert [one.reason for one in gateway.records()] == ["rule", "deadline"]


def test_an_approval_that_comes_too_late_lets_nothing_run(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time that looking to people takes counts, and a late yes reserves nothing."""

    async def slowly(_gateway: Any, _question: Any, decision: Any, *_more: Any) -> Any:
        await asyncio.sleep(0.95)
        return Asked(decision)

    monkeypatch.setattr(settling, "asked", slowly)
    headers = {"Drawbar-Deadline-Ms": "1000"}
    late = gateway.check(pay(session="s"), headers=headers).json()

    assert (late["effect"], late["reason"]) == ("deny", "deadline")
    assert gateway.request("GET", "/v1/sessions/s").json()["calls"] == []


def test_a_deny_has_the_time_of_a_deadline_to_be_recorded(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lets nothing run, so its record may come after the deadline."""
    judge, append = engine.decide, gateway.gateway.log.append

    def slowly(*args: Any, **kwargs: Any) -> Any:
        time.sleep(1.2)
        return judge(*args, **kwargs)

    async def late(*parts: Any) -> None:
        await asyncio.sleep(1)
        await append(*parts)

    monkeypatch.setattr(engine, "decide", slowly)
    monkeypatch.setattr(gateway.gateway.log, "append", late)
    refused = gateway.check(pay(tool="erase"), headers={"Drawbar-Deadline-Ms": "2000"})

    assert (refused.status_code, refused.json()["reason"]) == (200, "rule")
    assert [one.id for one in gateway.records()] == [refused.json()["decision_id"]]


def test_what_cannot_be_recorded_is_denied(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing log turns an allow into 503 with `effect: deny`."""

    async def refuses(*_parts: Any) -> None:
        raise Unrecorded("too many records wait to be stored")

    monkeypatch.setattr(gateway.gateway.log, "append", refuses)
    answer = gateway.check(pay())

    assert answer.status_code == 503
    assert (answer.json()["effect"], answer.json()["code"]) == ("deny", "unrecorded")


def test_a_store_that_does_not_answer_in_time_denies(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait for the record ends with the deadline, in a deny."""

    async def hangs(*_parts: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(gateway.gateway.log, "append", hangs)
    answer = gateway.check(pay(), headers={"Drawbar-Deadline-Ms": "1000"})

    assert (answer.status_code, answer.json()["effect"]) == (503, "deny")


def test_a_failing_disk_denies_and_the_gateway_recovers(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the store refuses writes every call is denied; afterwards calls are decided again."""
    database = gateway.gateway.log._database
    whole = database.write

    def broken() -> None:
        raise OperationalError("insert", {}, OSError("disk full"))

    monkeypatch.setattr(database, "write", broken)
    during = gateway.check(pay())
    monkeypatch.setattr(database, "write", whole)

    assert (during.status_code, during.json()["effect"]) == (503, "deny")
    assert gateway.check(pay()).json()["effect"] == "allow"
    assert len(gateway.records()) == 1


def test_a_fault_outside_judging_is_a_problem_that_denies(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect in an edge itself is 500 with `effect: deny`, without a detail of the inside."""
    monkeypatch.setattr(gateway.gateway, "recorder", None)

    answer = gateway.check(pay())

    assert (answer.status_code, answer.json()["effect"]) == (500, "deny")
    assert "NoneType" not in answer.text


def test_the_record_is_there_before_the_answer(gateway: GatewayHarness) -> None:
    """An answered decision can be read back at once under its id."""
    ids = [gateway.check(pay(call_id=f"c{n}")).json()["decision_id"] for n in range(20)]

    assert {record.id for record in gateway.records()} == set(ids)
    assert all(re.fullmatch(r"d_[0-9A-HJKMNP-TV-Z]{26}", one) for one in ids)


def test_parallel_requests_are_all_decided_and_recorded(gateway: GatewayHarness) -> None:
    """Group commit answers each of many concurrent calls with its own decision."""

    async def many() -> list[Any]:
        headers = {"Authorization": f"Bearer {gateway.key}"}
        posts = [
            gateway._client.post("/v1/check", json=pay(call_id=f"c{n}"), headers=headers)
            for n in range(100)
        ]
        return list(await asyncio.gather(*posts))

    answers = [response.json() for response in gateway.run(many())]

    assert [answer["call_id"] for answer in answers] == [f"c{n}" for n in range(100)]
    assert {answer["decision_id"] for answer in answers} == {one.id for one in gateway.records()}


def test_a_body_that_does_not_arrive_is_refused(gateway: GatewayHarness) -> None:
    """A request that dawdles over its body ends in 408 with `effect: deny`."""
    dawdling = gateway.gateway.settings.model_copy(update={"deadline_ms": 50})
    gateway.gateway.settings = dawdling

    async def slowly() -> Any:
        yield b'{"call_id"'
        await asyncio.sleep(5)
        yield b"}"

    headers = {"Content-Type": "application/json"}
    answer = gateway.request("POST", "/v1/check", content=slowly(), headers=headers)

    assert (answer.status_code, answer.json()["effect"]) == (408, "deny")


def test_readiness_shows_for_a_while_that_a_record_could_not_be_stored(
    gateway: GatewayHarness,
) -> None:
    """A store that refused a record turns readiness red, and it turns green again by itself."""
    gateway.gateway.log.failed_at = time.monotonic()
    during = gateway.request("GET", "/readyz").json()
    gateway.gateway.log.failed_at = time.monotonic() - LATELY_S
    after = gateway.request("GET", "/readyz").json()

    assert during["faults"] == ["log_not_writable"]
    assert after["ready"] is True
