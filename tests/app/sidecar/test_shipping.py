"""Laws of shipping: another gateway gets each record of a sidecar once, in its chain."""

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.background import Stop
from app.sidecar import shipping
from app.sidecar.shipping import Shipping, Upstream
from memory.keys import Scope, ScopeError
from memory.records.signer import PUBLIC, key_id, public_key
from memory.records.verify import Report, verify
from memory.shipping.sending import Next, Spool
from memory.shipping.shipment import written
from tests.app.sidecar.beside import Sidecar, raw
from tests.harness import GatewayHarness, pay
from tests.waiting import until

PATH = "/v1/records"


class _Direct(Upstream):
    """Hands a shipment to a gateway in this process, or loses the answer."""

    def __init__(self, gateway: GatewayHarness) -> None:
        self._to = gateway
        self.key = gateway.new_key([Scope.RECORDS_WRITE])
        self.lost = 0
        self.sent: list[Next] = []

    async def send(self, one: Next) -> tuple[int, int | None]:
        answer = await asyncio.to_thread(self.post, written(one.told))
        self.sent.append(one)
        if self.lost > 0:
            self.lost -= 1
            raise OSError("ReadTimeout")
        return answer.status_code, answer.json().get("seq")

    def post(self, content: bytes, key: str | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        return self._to.request("POST", PATH, key or self.key, content=content, headers=headers)


class _Pair:
    """A sidecar, and the gateway that it ships to."""

    def __init__(self, folder: Path) -> None:
        for name in ("up", "side"):
            (folder / name).mkdir()
        self.side_folder = folder / "side"
        self.upstream = GatewayHarness(folder / "up")
        self.start()
        self.direct = _Direct(self.upstream)

    def start(self) -> None:
        self.side = Sidecar(self.side_folder, raw(self.side_folder, 1))

    def shipping(self, most: int = 1000) -> Shipping:
        gateway = self.side.gateway
        spool = Spool(gateway.database, gateway.log.name)
        return Shipping(spool, self.direct, most, gateway.metrics)

    def ship(self, one: Shipping) -> None:
        async def all_of_it() -> None:
            while await one.step():
                pass
            await one.count()

        self.side.run(all_of_it())

    def verified(self) -> Report:
        gateway = self.upstream.gateway
        key = public_key(self.upstream.settings.data / PUBLIC)
        return self.upstream.run(verify(gateway.database, {key_id(key): key}))

    def shipped(self) -> list[str]:
        return sorted(one.id for one in self.upstream.records() if one.engine)

    def close(self) -> None:
        self.side.close()
        self.upstream.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[_Pair]:
    made = _Pair(tmp_path)
    yield made
    made.close()


def test_each_record_arrives_once_and_verifies(pair: _Pair) -> None:
    """What was shipped is upstream as it was written, also where answers were lost on the way."""
    for number in range(5):
        pair.side.check(pay(call_id=f"c{number}"))
    one = pair.shipping()
    pair.direct.lost = 1
    with pytest.raises(OSError, match="ReadTimeout"):
        pair.side.run(one.step())
    pair.ship(one)

    assert one.waiting == 0
    assert pair.shipped() == sorted(record.id for record in pair.side.records())
    pair.side.check(pay(call_id="more"))
    pair.ship(one)
    report = pair.verified()
    assert (report.flaws, len(pair.shipped())) == ([], 6)
    assert pair.direct.sent[-1].told.used[0].files == []  # the texts are there already


def test_a_chain_ends_and_the_next_one_begins(pair: _Pair) -> None:
    """After a restart what was left is shipped first, and the chain before is closed upstream."""
    pair.side.check(pay())
    pair.side.close()
    pair.start()
    pair.side.check(pay(call_id="c2"))
    one = pair.shipping()
    pair.ship(one)

    assert [sent.told.ended for sent in pair.direct.sent] == [False, False, True]
    made = pair.upstream.gateway
    pair.upstream.check(pay())
    pair.upstream.close()
    pair.upstream = GatewayHarness(pair.upstream.settings.data.parent)
    report = pair.verified()
    assert (report.flaws, report.checkpoints > 0, len(pair.shipped())) == ([], True, 3)
    assert made is not pair.upstream.gateway


def test_what_was_lost_upstream_is_sent_again(pair: _Pair) -> None:
    """A gateway that has less than it had, as from an older copy of its store, gets it again."""
    for number in range(3):
        pair.side.check(pay(call_id=f"c{number}"))
    one = pair.shipping()
    pair.ship(one)
    writer = pair.side.gateway.log.name

    async def lose() -> None:
        async with pair.upstream.gateway.database.write() as connection:
            drop = "DELETE FROM records WHERE writer = ? AND seq > 1"
            await connection.exec_driver_sql(drop, (writer,))

    pair.upstream.run(lose())
    pair.side.check(pay(call_id="c9"))
    pair.ship(one)
    pair.ship(one)
    assert (pair.verified().flaws, len(pair.shipped())) == ([], 4)


def test_nothing_else_gets_in(pair: _Pair) -> None:
    """Changed, forked, foreign and unreadable shipments are refused, and leave nothing."""
    pair.side.check(pay())
    spool = Spool(pair.side.gateway.database, pair.side.gateway.log.name)
    good = pair.side.run(spool.next(()))
    assert good is not None
    sent = written(good.told)
    used = b'"digest":"' + good.told.used[0].digest.encode()
    own = pair.upstream.gateway.log.name.encode()
    pair.upstream.check(pay(call_id="own"))
    hostile = {
        "no JSON": b"{",
        "more": sent.replace(b'{"writer"', b'{"more":1,"writer"', 1),
        "another form": sent.replace(b'\\"agent\\":', b'\\"agent\\": ', 1),
        "another tenant's column": sent.replace(b'\\"record\\"', b'\\"x\\"', 1) + b" x",
        "policies of another digest": sent.replace(used, b'"digest":"sha256:' + b"0" * 64, 1),
        "our own writer": sent.replace(good.told.writer.id.encode(), own, 1),
        "the acts": sent.replace(good.told.writer.id.encode(), b"acts", 1),
        "deep": b"[" * 100_000,
        "nothing": b"null",
    }
    before = len(pair.upstream.records())
    for name, content in hostile.items():
        assert pair.direct.post(content).status_code == 422, name
    assert len(pair.upstream.records()) == before
    gap = sent.replace(b'"after":0', b'"after":5', 1)
    assert (pair.direct.post(gap).status_code, pair.direct.post(gap).json()["seq"]) == (409, 0)

    assert pair.direct.post(sent).json() == {"seq": 1}
    assert pair.direct.post(sent).json() == {"seq": 1}
    fork = sent.replace(b'\\"call_id\\":\\"c1\\"', b'\\"call_id\\":\\"c7\\"', 1)
    assert fork != sent
    assert pair.direct.post(fork).status_code == 422
    assert pair.verified().flaws == []


def test_only_keys_for_it_may_ship(pair: _Pair) -> None:
    """Every other scope is refused, and no tenant but the operator has a key that may."""
    others = [one for one in Scope if one not in {Scope.RECORDS_WRITE, Scope.FEEDBACK}]
    key = pair.upstream.new_key(others)
    assert pair.direct.post(b"{}", key).status_code == 403
    assert pair.direct.post(b"{}", "drw_nobody").status_code == 401
    with pytest.raises(ScopeError, match="tenant `default` alone"):
        pair.upstream.new_key([Scope.RECORDS_WRITE], tenant="other")


def test_a_full_spool_denies(pair: _Pair) -> None:
    """Once as many records wait as may, nothing more is decided; shipping makes room again."""
    one = pair.shipping(most=3)
    pair.side.gateway.log.is_full = lambda: one.is_full
    for number in range(3):
        assert pair.side.check(pay(call_id=f"c{number}")).json()["effect"] == "allow"
    pair.side.run(one.count())
    full = pair.side.check(pay(call_id="c4"))
    assert (full.status_code, full.json()["effect"], full.json()["code"]) == (
        503,
        "deny",
        "unrecorded",
    )
    pair.ship(one)
    assert pair.side.check(pay(call_id="c5")).json()["effect"] == "allow"


def test_a_spool_that_nobody_empties_is_full_once_as_much_waits(
    pair: _Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every shipment fails, what waits is counted all the same, also between two tries."""
    monkeypatch.setattr(shipping, "LOOK_S", 0.02)
    monkeypatch.setattr(shipping, "RETRY_S", 3_600.0)
    monkeypatch.setattr(shipping, "LONGEST_S", 3_600.0)
    one = pair.shipping(most=3)
    pair.side.gateway.log.is_full = lambda: one.is_full
    pair.direct.lost = 1
    headers = {"Authorization": f"Bearer {pair.side.key}"}

    async def work() -> None:
        stop = Stop()
        running = asyncio.ensure_future(one.run(stop))
        await until(lambda: bool(pair.direct.sent))
        for number in range(1, 4):
            told = pay(call_id=f"c{number}")
            await pair.side._client.post("/v1/check", json=told, headers=headers)
        await until(lambda: one.is_full)
        stop.set()
        await running

    pair.side.check(pay())
    pair.side.run(work())
    full = pair.side.check(pay(call_id="c9"))
    assert (full.status_code, full.json()["code"]) == (503, "unrecorded")


def test_work_that_ended_counts_as_full(pair: _Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing ships and nothing counts any more: then nothing is decided either."""

    async def defect(_one: Next) -> tuple[int, int | None]:
        raise TypeError

    one = pair.shipping()
    monkeypatch.setattr(pair.direct, "send", defect)
    pair.side.check(pay())
    with pytest.raises(TypeError):
        pair.side.run(one.run(Stop()))
    assert one.is_full


def test_a_store_that_cannot_be_counted_counts_as_full(
    pair: _Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much waits is not known; it is again once the store answers."""
    monkeypatch.setattr(shipping, "LOOK_S", 0.02)
    one = pair.shipping()
    fails = True
    count = one.count

    async def counted() -> None:
        if fails:
            raise OSError
        await count()

    async def work() -> None:
        nonlocal fails
        stop = Stop()
        running = asyncio.ensure_future(one.run(stop))
        await until(lambda: one.is_full)
        fails = False
        await until(lambda: not one.is_full)
        stop.set()
        await running

    monkeypatch.setattr(one, "count", counted)
    pair.side.run(work())


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_is_never_unpacked_nor_read_beyond_its_bound(
    pair: _Pair, tmp_path: Path, *, packed: bool
) -> None:
    """What the other gateway answers is a number; anything larger says nothing."""
    pair.side.check(pay())
    key = tmp_path / "key"
    key.write_text("drw_x")
    long = b'{"seq":1}' + b" " * (shipping.MOST_ANSWER + 1)
    content = gzip.compress(long) if packed else long
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        headers = {"Content-Encoding": "gzip"} if packed else {}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))

    async def work() -> tuple[int, int | None]:
        one = Upstream("http://localhost", key, None)
        await one.close()
        one._client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        spool = Spool(pair.side.gateway.database, pair.side.gateway.log.name)
        waits = await spool.next(())
        assert waits is not None
        found = await one.send(waits)
        await one.close()
        return found

    assert pair.side.run(work()) == (200, None)
    assert asked[0].headers["accept-encoding"] == "identity"
