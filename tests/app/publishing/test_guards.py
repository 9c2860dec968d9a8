"""Rules that rest on scores which nobody can give are not published."""

from tests.app.publishing.conftest import Publishing
from tests.app.test_guarding_unmet import OPEN, RULE


def test_such_a_rule_is_not_published(desk: Publishing) -> None:
    """It would deny or ask about every call it selects; in shadow it is published."""
    desk.up()
    refused = desk.publish("next", desk.draft("next", bank=OPEN + RULE))
    assert (refused.status_code, desk.current()) == (422, 1)
    assert "no guard here can give" in refused.json()["detail"]
    assert "judge-no-skill" in refused.text
    shadow = RULE.replace(";\n", " mode shadow;\n")
    assert desk.publish("n2", desk.draft("n2", bank=OPEN + shadow)).status_code == 201


def test_a_sentence_that_may_be_declared_wrongly_is_not_published(desk: Publishing) -> None:
    """Until a person gives a reason; where its score is unknown, that too must be said."""
    desk.up()
    doubtful = RULE.replace("as money", "as num_max")
    refused = desk.publish("next", desk.draft("next", bank=OPEN + doubtful))
    assert (refused.status_code, desk.current()) == (422, 1)
    assert "judge-kind-doubtful" in refused.text
    reasons = "".join(
        f"# lint: ignore {code} because of a trial\n" for code in ("BAR408", "BAR419")
    )
    assert desk.publish("n2", desk.draft("n2", bank=OPEN + reasons + doubtful)).status_code == 201
