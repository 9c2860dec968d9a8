"""What is published is in force at every gateway of the store, and nothing else is."""

from tests.app.publishing.conftest import Publishing
from tests.harness import pay


def test_a_draft_decides_once_it_is_published(desk: Publishing) -> None:
    """Nothing is in force before, a draft alone changes nothing, and the record says who did it."""
    assert desk.gateway.check(pay()).json()["reason"] == "no_policy"
    desk.draft("up", bank="policy bank version 1; rule a: allow pay;")
    desk.gateway.reload()
    assert desk.gateway.check(pay()).json()["reason"] == "no_policy"

    made = desk.up()
    assert desk.gateway.check(pay()).json()["effect"] == "allow"
    assert (made["number"], made["subject"], made["before"]) == (1, "ada", None)
    assert desk.gateway.gateway.live.current.digest == made["digest"]
    acts = desk.gateway.request("GET", "/v1/acts?what=policy.published").json()["acts"]
    assert [one["about"] for one in acts] == [made["digest"]]
