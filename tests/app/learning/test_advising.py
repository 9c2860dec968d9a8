"""What memory knows of calls like one that is not let is told to who decides and to who asks."""

from collections.abc import Iterator

import pytest

from app.cli.approvals import _shown
from memory.evidence.evidence import About, Look
from memory.keys import Scope
from tests.app.learning.office import Office, traffic
from tests.app.learning.test_undoing import here


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return an office in which one person reported two calls: too little to ask, enough to say."""
    opened = Office(tmp_path_factory.mktemp("advised"))
    opened.learning.refreshing._compute = here
    opened.keep(traffic())
    for letter, note in (("a", "one"), ("b", "two")):
        decision = opened.send(to=f"{letter}@evil.example", note=note)["decision_id"]
        assert opened.say(decision, "ana")["counted"]
    opened.later(hours=1)
    opened.learn()
    opened.key = opened.harness.new_key([Scope.APPROVE], subject="boss", roles=("security",))
    yield opened
    opened.close()


def test_a_rule_on_the_way_is_a_sentence_for_who_decides(office: Office) -> None:
    """It has the conditions of the rule; of other calls nothing is said."""
    (rule,) = office.harness.request("GET", "/v1/memory/rules?level=advise").json()["rules"]
    asked = office.send(to="c@evil.example", amount=450)
    other = office.send(amount=450)
    said = {}
    for name, one in (("asked", asked), ("other", other)):
        assert one["effect"] == "ask"
        path = f"/v1/approvals/{one['approval']['id']}"
        said[name] = office.harness.request("GET", path, office.key).json()["shown"]
    (sentence,) = said["asked"]["advice"]

    assert sentence.startswith("calls of send were reported as violations where ")
    assert "evil.example" in sentence
    assert rule["id"] in sentence
    assert said["other"]["advice"] == []
    assert any(sentence in line for line in _shown(said["asked"]))
    assert office.send(to="d@evil.example")["effect"] == "allow"


def sealed(office: Office, decision: str) -> list[str]:
    """Return what was answered to a call, as it was sealed."""
    (record,) = (one for one in office.harness.records() if one.id == decision)
    about = About("default", decision, record.session, record.call_id, "ada")
    look = Look("boss", "a test", office.at)
    found = office.harness.run(office.gateway.keeper.evidence.get(about, look))
    return [one.content["answered"] for one in found if "answered" in (one.content or {})]


def test_who_asks_is_told_the_conditions_and_not_how_well_they_are_proved(office: Office) -> None:
    """It stands behind the message, is sealed with what was answered, and in no record."""
    asked, other = office.send(to="c@evil.example", amount=450), office.send(amount=450)
    denied = office.send(to="e@evil.example", env="test", amount=350)
    said = {one.id: one.message for one in office.harness.records()}

    assert asked["message"].startswith(f"{other['message']} Mind: calls of send were reported as ")
    assert "evil.example" in asked["message"]
    assert "L=" not in asked["message"]
    assert said[asked["decision_id"]] == other["message"]
    assert sealed(office, asked["decision_id"]) == [asked["message"]]
    assert (denied["effect"], "evil.example" in denied["message"]) == ("deny", True)
    assert "evil.example" not in said[denied["decision_id"]]
    assert "Mind" not in other["message"] + office.send(to="d@evil.example")["message"]


def test_a_batch_is_advised_as_a_call_is(office: Office) -> None:
    """What is denied since people would be asked about it has the sentence too."""
    args = {"to": "c@evil.example", "env": "prod", "amount": 450}
    about = {"subject": {"id": "ada"}, "agent": {"id": "clerk"}, "session": "batch"}
    told = {**about, "events": [{"type": "user", "id": "u1", "text": "mail c@evil.example 450"}]}
    office.harness.request("POST", "/v1/observe", json=told)
    body = {"calls": [{"call_id": "b1", "tool": "send", "args": args, **about}], "atomic": True}
    (said,) = office.harness.request("POST", "/v1/check/batch", json=body).json()["decisions"]

    assert said["effect"] == "deny"
    assert "Mind: calls of send" in said["message"]


def test_where_advice_fails_the_decision_stands(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What memory cannot say is left unsaid."""

    def broken(*_: object) -> None:
        raise ValueError("strange")

    monkeypatch.setattr("app.learning.learning.with_advice", broken)
    asked = office.send(to="c@evil.example", amount=450)

    assert (asked["effect"], "Mind" in asked["message"]) == ("ask", False)
