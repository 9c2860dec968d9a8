"""What people say of decisions is kept, under their own names and in their own tenant."""

from typing import Any

import pytest

from memory.keys import Scope
from tests.harness import GatewayHarness, pay


class Reporting:
    """A gateway with a decision in it, and somebody who reports."""

    def __init__(self, gateway: GatewayHarness) -> None:
        self.gateway = gateway
        self.ana = gateway.new_key([Scope.FEEDBACK], name="ana", subject="ana")
        self.decision = gateway.check(pay()).json()["decision_id"]

    def say(self, key: str | None = None, **body: Any) -> Any:
        headers = body.pop("headers", {})
        told = {"decision_id": self.decision, "label": "violation", **body}
        return self.gateway.request(
            "POST", "/v1/feedback", key or self.ana, json=told, headers=headers
        )

    def log(self, tenant: str = "default") -> Any:
        return self.gateway.run(self.gateway.gateway.feedback.read(tenant))


@pytest.fixture
def reporting(gateway: GatewayHarness) -> Reporting:
    return Reporting(gateway)


def test_a_report_is_kept_under_the_name_of_the_key(reporting: Reporting) -> None:
    """The answer says whether it counts; who said it is the subject of the key."""
    said = reporting.say(comment="that was not our vendor")
    (kept,) = reporting.log().reports

    assert said.status_code == 202
    assert said.json() == {"report_id": kept.id, "counted": True, "reason": None}
    assert (kept.decision_id, kept.label, kept.kind) == (reporting.decision, "violation", "failure")
    assert (kept.reporter, kept.group) == ("ana", None)
    again = reporting.say()
    assert (again.json()["counted"], again.json()["reason"]) == (False, "duplicate")
    (first, _) = reporting.gateway.request("GET", "/v1/acts?what=feedback.reported").json()["acts"]
    assert (first["about"], first["by"]) == (reporting.decision, "api_key")
    assert "vendor" not in str(first)


def test_nobody_names_the_reporter_the_group_or_the_kind(reporting: Reporting) -> None:
    """What makes a report weigh more comes from the credential, and never from the body."""
    for more in ({"reporter": "bob"}, {"group": "audit"}, {"kind": "audit"}):
        assert reporting.say(**more).status_code == 422
    for label in ("denied", "", None, 1):
        assert reporting.say(label=label).status_code == 422
    assert reporting.say(comment="x" * 1001).status_code == 422
    assert reporting.log().reports == []


def test_who_asks_for_decisions_grades_none(reporting: Reporting) -> None:
    """The scope is needed, and it never stands beside `check`."""
    assert reporting.say(reporting.gateway.key).status_code == 403
    assert reporting.say("drw_wrong").status_code == 401
    assert reporting.log().reports == []


def test_another_tenants_decision_is_not_there(reporting: Reporting) -> None:
    """Whoever guesses an id learns nothing, and reports nothing."""
    eve = reporting.gateway.new_key([Scope.FEEDBACK], name="eve", tenant="acme")
    foreign = reporting.say(eve)
    unknown = reporting.say(decision_id="d_01JD00000000000000000000000"[:28])

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.json()["detail"] == unknown.json()["detail"]
    assert reporting.log("acme").reports == []


def test_a_dry_run_is_nothing_to_report_on(reporting: Reporting) -> None:
    """Only a call that was to run can have been wrong."""
    tried = reporting.gateway.check(pay(call_id="c2", dry_run=True)).json()

    assert reporting.say(decision_id=tried["decision_id"]).status_code == 422


def test_a_report_that_is_sent_twice_is_one(reporting: Reporting) -> None:
    """`Idempotency-Key` gives the same answer, and the log holds one report."""
    sent = [reporting.say(headers={"Idempotency-Key": "one"}) for _ in range(2)]

    assert sent[0].json() == sent[1].json()
    assert len(reporting.log().reports) == 1


def test_where_the_act_cannot_be_recorded_nothing_is_kept(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report that leaves no record is none."""

    async def refused(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("memory.feedback.store.note", refused)
    assert reporting.say().status_code == 503
    assert reporting.log().reports == []


def test_what_was_erased_can_still_be_reported_on(reporting: Reporting) -> None:
    """The label needs no evidence; a comment is sealed with the next key of whom it was for."""
    gateway = reporting.gateway
    subject = gateway.records()[0].subject
    gateway.run(gateway.gateway.vault.destroy("default", subject, who="tester"))
    said = reporting.say(comment="that was not our vendor")

    assert (said.status_code, said.json()["counted"]) == (202, True)
