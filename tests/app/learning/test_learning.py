"""From what people report to a rule that asks, through a real gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.learning.office import Office, traffic


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(tmp_path)
    yield opened
    opened.close()


def test_what_people_report_is_asked_about_from_then_on(office: Office) -> None:
    """Three people, three calls: the next one like them waits for the role that is set."""
    office.keep(traffic())
    wrong = [office.send(to=f"{name}@evil.example") for name in "abc"]
    assert {one["effect"] for one in wrong} == {"allow"}
    for one, who in zip(wrong, office.people, strict=True):
        assert office.say(one["decision_id"], who)["counted"]
    office.later(hours=1)
    office.learn()
    again = office.send(to="d@evil.example")
    assert again["effect"] == "ask"
    assert office.send()["effect"] == "allow"
