"""A key that was good on the short way a moment ago is refused there as anywhere."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app import auth
from tests.app.hotpath.drawing import JSON
from tests.app.hotpath.twins import Sent, Twin, twins
from tests.harness import ALL_SCOPES

SENT = Sent([b'{"call_id":"k1","tool":"pay","args":{"amount":5}}'], [JSON])
ENDS = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Return the gateway with the short way, which remembers keys for as long as a test takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "CACHE_S", 1e6)
        for one, _ in twins(tmp_path_factory.mktemp("keys")):
            one.keys["ends"] = one.harness.new_key(ALL_SCOPES, subject="ada", expires_at=ENDS)
            one.settle_keys()
            for _ in range(2):
                assert one.ask(SENT, "ends").status == 200
            assert one.taken == 1  # the first was looked up, the second was remembered
            yield one


def test_a_key_whose_time_is_over_is_refused(short: Twin) -> None:
    """However well it is remembered; a moment earlier it is good."""
    gateway = short.harness.gateway
    gateway.now = lambda: ENDS - timedelta(seconds=1)
    assert short.ask(SENT, "ends").status == 200

    gateway.now = lambda: ENDS
    assert short.ask(SENT, "ends").status == 401


def test_a_key_that_is_heard_to_be_revoked_is_refused(short: Twin) -> None:
    """It is not remembered from then on, and another key still is."""
    gateway, run = short.harness.gateway, short.harness.run
    key = run(gateway.ring.find(short.keys["ends"]))
    assert key is not None
    run(gateway.keys.revoke(key.id, datetime.now(UTC)))
    run(gateway.announcements.look())

    assert short.ask(SENT, "ends").status == 401
    assert short.ask(SENT, "all").status == 200


def test_a_key_says_on_the_short_way_what_it_may_say_alone(short: Twin) -> None:
    """Who may name no session is refused, and nothing of it is recorded."""
    named = Sent([SENT.parts[0][:-1] + b',"session":"s1"}'], [JSON])  # type: ignore[index]  # bytes
    short.ask(SENT, "check")
    before, taken = len(short.harness.records()), short.taken

    assert short.ask(named, "check").status == 403
    assert short.ask(SENT, "check").status == 200
    assert len(short.harness.records()) == before + 1
    assert short.taken == taken + 1
