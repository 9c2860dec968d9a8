"""Whoever decides about a call is told what memory knows of calls like it, and nobody else is."""

from collections.abc import Iterator

import pytest

from app.cli.approvals import _shown
from memory.keys import Scope
from tests.app.learning.office import Office, traffic
from tests.app.learning.test_undoing import here


@pytest.fixture
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
    """It has the conditions of the rule; of other calls nothing is said, nor to who asked."""
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
    assert sentence not in str(asked)
    assert office.send(to="d@evil.example")["effect"] == "allow"
