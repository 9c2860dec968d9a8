"""A report reaches the gateway once, under the name of its key; a fault is said, not raised."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from drawbar import Report
from memory.keys import Scope
from tests.sdk.kit import Kit
from tests.sdk.real import Real
from tests.sdk.scripted import GOOD, HANG_UP, KEY, Reply, serving

ID = "d_01JD0000000000000000000000"


@pytest.fixture(scope="module")
def ana(real: Real) -> str:
    return real.new_key(Scope.FEEDBACK, subject="ana", name="ana")


@pytest.fixture
def asks(kit: Kit, real: Real) -> Iterator[Any]:
    client = kit.client(real.url, real.key)
    yield client
    kit.run(client.close())


def test_what_a_call_was_is_kept_under_the_name_of_the_key(
    kit: Kit, real: Real, ana: str, asks: Any
) -> None:
    """By the decision or its id; the same again is kept and does not count."""
    decision = kit.run(asks.check("pay", {"amount": 5, "kind": kit.kind}))
    client = kit.client(real.url, ana)
    said = kit.run(client.report(decision, "violation", comment="no vendor of ours"))
    again = kit.run(client.report(decision.decision_id, "violation"))
    kit.run(client.close())
    reports = real.run(real.gateway.feedback.read("default")).reports
    mine = [one for one in reports if one.decision_id == decision.decision_id]

    assert (said.kept, said.counted, said.reason, bool(said)) == (True, True, None, True)
    assert (again.kept, again.counted, again.reason) == (True, False, "duplicate")
    assert [one.id for one in mine] == [said.report_id, again.report_id]
    assert {(one.reporter, one.label, one.kind) for one in mine} == {
        ("ana", "violation", "failure")
    }


def test_what_the_gateway_refuses_is_said(kit: Kit, real: Real, ana: str, asks: Any) -> None:
    """An agent's key grades nothing; an unknown decision is not found; a dry run is none."""
    tried = kit.run(asks.check("pay", {"amount": 5}, dry_run=True))
    client = kit.client(real.url, ana)
    told = {
        "missing_scope": kit.run(asks.report(ID, "ok")),
        "not_found": kit.run(client.report(ID, "ok")),
        "invalid_request": kit.run(client.report(tried, "ok")),
    }
    kit.run(client.close())

    for reason, said in told.items():
        assert (said.kept, said.counted, said.reason) == (False, False, reason)
        assert said.message.startswith("Not kept: the gateway answered with HTTP status 4")


@pytest.mark.parametrize(
    ("decision", "label", "comment"),
    [(ID, "bad", None), (ID, None, None), (7, "ok", None), (None, "ok", None), (ID, "ok", 7)],
)
def test_what_no_report_can_be_is_not_sent(
    kit: Kit, decision: Any, label: Any, comment: Any
) -> None:
    """The client says what is wrong, and asks nobody."""
    with serving() as scripted:
        client = kit.client(scripted.url, KEY)
        said = kit.run(client.report(decision, label, comment))
        kit.run(client.close())

        assert (said.kept, said.reason, scripted.asked) == (False, "invalid_request", [])


def test_a_decision_that_the_gateway_never_made_is_not_reported(kit: Kit) -> None:
    """The client itself denied: there is nothing to say anything of."""
    client = kit.client("http://127.0.0.1:1", KEY, timeout=1)
    refused = kit.run(client.check("pay", {}))
    said = kit.run(client.report(refused, "violation"))
    kit.run(client.close())

    assert (refused.decision_id, said.kept, said.reason) == (None, False, "invalid_request")


def _kept(**changes: Any) -> Reply:
    told = {"report_id": "rep_1", "counted": True, "reason": None, **changes}
    return Reply(lambda _: json.dumps(told).encode(), status=202)


@pytest.mark.parametrize(
    ("replies", "asked", "kept"),
    [
        ([HANG_UP, HANG_UP, _kept()], 3, "rep_1"),
        ([Reply(status=503)], 1, None),
        ([GOOD], 1, None),
        ([_kept(report_id="")], 1, None),
        ([_kept(report_id=None)], 1, None),
        ([_kept(counted="yes")], 1, None),
    ],
)
def test_it_is_sent_again_as_the_same_report_and_strange_answers_keep_nothing(
    kit: Kit, replies: list[Reply], asked: int, kept: str | None
) -> None:
    """All attempts have one `Idempotency-Key`; a 503 is told, as it may be done by halves."""
    with serving() as scripted:
        scripted.script[:] = replies
        client = kit.client(scripted.url, KEY)
        said: Report = kit.run(client.report(ID, "ok"))
        kit.run(client.close())
        names = [headers["Idempotency-Key"] for headers in scripted.headers]

    assert (said.report_id, said.counted) == (kept, kept is not None)
    assert (len(names), len(set(names))) == (asked, 1)
