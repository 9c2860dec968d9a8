"""From what people report to a rule that asks, through a real gateway."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from app.learning.naming import name_of
from memory.feedback.reporting import Withdrawal
from memory.keys import Scope
from tests.app.approvals.people import AGENT as SAYS
from tests.app.learning.office import GATEWAY, Office, traffic

AGENT: Final = (*SAYS, Scope.ASSERT_SUBJECT)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(tmp_path)
    yield opened
    opened.close()


def taught(office: Office) -> list[Any]:
    """Have three people report three calls, and return what was decided about these."""
    office.keep(traffic())
    wrong = [office.send(to=f"{name}@evil.example") for name in "abc"]
    for one, who in zip(wrong, office.people, strict=True):
        assert office.say(one["decision_id"], who)["counted"]
    office.later(hours=1)
    office.learn()
    return wrong


def test_what_people_report_is_asked_about_from_then_on(office: Office) -> None:
    """Three people, three calls: the next one like them waits for the role that is set."""
    wrong = taught(office)
    assert {one["effect"] for one in wrong} == {"allow"}
    again = office.send(to="d@evil.example")

    assert again["effect"] == "ask"
    assert again["reasons"][0]["policy"] == name_of("default")
    assert office.send()["effect"] == "allow"


def test_a_refresh_voids_no_approval_whose_rule_stands(office: Office) -> None:
    """Whoever waits goes on waiting: what speaks for the rule has changed, and not what it says."""
    taught(office)
    asked = office.send(to="d@evil.example", call_id="c9", session="s9")
    office.later(minutes=2)
    office.say(asked["decision_id"], "ana")
    office.say(office.send(to="e@evil.example", amount=7)["decision_id"], "ben")
    before = office.learn()
    again = office.send(to="d@evil.example", call_id="c9", session="s9")

    assert before["seq"] > 4
    assert asked["approval"]["id"] == again["approval"]["id"]
    assert again["approval"]["needs"] == [{"kind": "role", "role": "security", "status": "pending"}]


def test_what_one_tenant_teaches_binds_no_other(office: Office) -> None:
    """The same call is asked about for one tenant, and decided as before for another."""
    taught(office)
    agent = office.harness.new_key(AGENT, name="agent", subject="eve", tenant="acme")
    told = {"to": "d@evil.example"}

    assert office.send(**told)["effect"] == "ask"
    assert office.send(agent, **told)["effect"] == "allow"
    assert office.learn("acme")["told"]["rules"] == []
    assert list(office.learning.learned.overlays) == ["default"]
    lines = office.harness.run(office.learning.cases.lines("acme", (), office.at))
    assert [b"evil" in one for one in lines] == []


def test_what_was_let_go_again_is_decided_as_people_wrote(office: Office) -> None:
    """After a withdrawal the rules are those of a log that never held it."""
    taught(office)
    gone = Withdrawal(reporter="ana")
    office.harness.run(
        office.gateway.feedback.withdraw("default", gone, "by mistake", GATEWAY, office.at)
    )
    content = office.learn()

    assert content["before"] is None
    assert {one["level"] for one in content["told"]["rules"]} <= {"shadow", "advise"}
    assert office.send(to="d@evil.example")["effect"] == "allow"
