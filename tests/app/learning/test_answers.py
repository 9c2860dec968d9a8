"""What people say when they are asked is what memory learns from next."""

from collections.abc import Iterator
from typing import Any

import pytest

from memory.induction.report import Kind, Label
from memory.keys import Scope
from tests.app.learning.office import Office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    opened = Office(tmp_path_factory.mktemp("office"))
    yield opened
    opened.close()


def key(office: Office, name: str, *more: Scope) -> str:
    return office.harness.new_key([Scope.APPROVE, *more], name=name, subject=name)


def answer(office: Office, who: str, word: str, **args: Any) -> Any:
    """Have a large mail asked about, and answered."""
    asked = office.send(amount=450, **args)
    path = f"/v1/approvals/{asked['approval']['id']}/{word}"
    said = office.harness.request("POST", path, who, json={})
    assert said.status_code == 200, said.text
    return asked["decision_id"]


def reports(office: Office) -> Any:
    return office.harness.run(office.gateway.feedback.read("default")).reports


def test_an_answer_is_a_report_on_the_call_that_was_asked_about(office: Office) -> None:
    """A no is a violation and a yes is in order, each under the name of who said so."""
    boss = key(office, "boss")
    refused = answer(office, boss, "reject", to="x@corp.example")
    granted = answer(office, boss, "approve", to="y@corp.example")
    first, second = reports(office)

    assert (first.decision_id, first.label) == (refused, Label.VIOLATION)
    assert (second.decision_id, second.label) == (granted, Label.OK)
    assert {one.kind for one in (first, second)} == {Kind.ASK_ANSWER}
    assert {one.reporter for one in (first, second)} == {"boss"}
    acts = office.harness.request("GET", "/v1/acts?what=feedback.reported").json()["acts"]
    assert {one["about"] for one in acts} == {refused, granted}


def test_who_can_ask_for_decisions_teaches_nothing_by_answering(office: Office) -> None:
    """A key that an agent may hold answers, and no report comes of it."""
    before = len(reports(office))
    answer(office, key(office, "both", Scope.CHECK), "approve", to="z@corp.example")

    assert len(reports(office)) == before


def test_an_answer_stands_where_it_cannot_be_kept_as_a_report(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is told that it is answered, and the fault is counted."""

    async def refused(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("memory.feedback.store.note", refused)
    before = len(reports(office))
    answer(office, key(office, "chief"), "approve", to="w@corp.example")

    assert len(reports(office)) == before
    metrics = office.harness.request("GET", "/metrics").text
    assert 'drawbar_faults_total{edge="none",stage="memory"} 1.0' in metrics
