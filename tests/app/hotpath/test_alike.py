"""The short way answers as the ordinary route does, to the byte, whatever it is sent."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from app import auth
from memory.records.log import Unrecorded
from tests.app.hotpath.drawing import JSON, requests
from tests.app.hotpath.twins import Sent, Twin, twins

Pair = tuple[Twin, Twin]
BODY = b'{"call_id":"%s","tool":"pay","args":{"amount":%d}}'
_ASKED = settings(
    max_examples=250,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Return both gateways, which remember keys for as long as the tests take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "CACHE_S", 1e6)
        yield from twins(tmp_path_factory.mktemp("alike"))


def _alike(pair: Pair, sent: Sent, key: str | None) -> None:
    short, ordinary = (one.ask(sent, key) for one in pair)
    assert short.steady == ordinary.steady


@_ASKED
@given(drawn=requests())
def test_every_answer_is_the_same(pair: Pair, drawn: tuple[Sent, str | None]) -> None:
    """Status, headers that matter and bytes are those of the ordinary route, without ids."""
    _alike(pair, *drawn)


@pytest.mark.heavy
@pytest.mark.timeout(1200)
@settings(_ASKED, max_examples=3_000)
@given(drawn=requests())
def test_thousands_of_answers_are_the_same(pair: Pair, drawn: tuple[Sent, str | None]) -> None:
    """The same of many more."""
    _alike(pair, *drawn)


@pytest.mark.parametrize("key", ["all", "check"])
def test_the_short_way_is_taken_where_nothing_is_doubtful(
    pair: Pair, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is known, and a good body in one part: the ordinary route sees nothing of it."""
    short, _ = pair
    sent = Sent([BODY % (b"a1", 5)], [JSON])
    monkeypatch.setattr(auth, "CACHE_S", 1e6)  # however long the next request takes
    short.ask(sent, key)  # the key is looked up, and known from then on
    before = short.taken, short.handed_on

    assert short.ask(sent, key).status == 200
    assert (short.taken, short.handed_on) == (before[0] + 1, before[1])


def test_what_is_decided_on_the_short_way_is_recorded(pair: Pair) -> None:
    """Both leave the same record of the same call, but for what is drawn anew."""
    sent = Sent([BODY % (b"a2", 7)], [JSON])
    told = []
    for one in pair:
        one.ask(sent, "all")
        name = json.loads(one.ask(sent, "all").body)["decision_id"]
        record = one.harness.run(one.harness.gateway.records.get(name))
        assert record is not None
        told.append((record.call_id, record.effect, record.reasons, record.message, record.edge))

    assert told[0] == told[1]
    assert told[0][:2] == ("a2", "allow")


GOOD = BODY % (b"a3", 5)
REFUSED = {
    401: (Sent([GOOD], [JSON]), "drw_guess"),
    403: (Sent([GOOD], [JSON]), "observe"),
    404: (Sent([GOOD], [JSON], path="/v1/check/"), "all"),
    405: (Sent([b""], [], method="GET"), "all"),
    409: (Sent([GOOD[:-1] + b',"session":"other"}'], [JSON]), "all"),
    413: (Sent([GOOD + b" " * (1 << 20)], [JSON]), "all"),
    415: (Sent([GOOD], [(b"content-type", b"text/plain")]), "all"),
    422: (Sent([GOOD[:-1]], [JSON]), "all"),
    429: (Sent([GOOD], [JSON]), "once"),
}


@pytest.mark.parametrize("status", REFUSED)
def test_each_refusal_is_the_same(pair: Pair, status: int) -> None:
    """Every status that a check is refused with is reached, and is the same both ways."""
    sent, key = REFUSED[status]
    before = Sent([(BODY % (b"a3", 6))[:-1] + b',"session":"other"}'], [JSON])
    for one in pair:
        one.ask(before, "all" if status == 409 else key)
        one.ask(sent, key)

    short, ordinary = (one.ask(sent, key) for one in pair)
    assert short.status == status
    assert short.steady == ordinary.steady


def test_a_fault_on_the_short_way_denies_as_any_other(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised, nobody is told allow: it is 500 and `deny`, and the server hears it."""
    sent = Sent([GOOD], [JSON])
    for one in pair:
        one.ask(sent, "all")
        monkeypatch.setattr(one.harness.gateway, "recorder", None)

    short, ordinary = (one.ask(sent, "all") for one in pair)
    assert (short.status, short.raised) == (500, "AttributeError")
    assert json.loads(short.body)["effect"] == "deny"
    assert short.steady == ordinary.steady


def test_what_cannot_be_recorded_denies_on_both_ways(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that takes no record turns an allow into 503 and `deny`."""

    async def refuses(*_parts: object) -> None:
        raise Unrecorded("too many records wait to be stored")

    sent = Sent([GOOD], [JSON])
    for one in pair:
        one.ask(sent, "all")
        monkeypatch.setattr(one.harness.gateway.log, "append", refuses)

    short, ordinary = (one.ask(sent, "all") for one in pair)
    assert (short.status, json.loads(short.body)["effect"]) == (503, "deny")
    assert short.steady == ordinary.steady
