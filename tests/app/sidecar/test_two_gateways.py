"""Two gateways of one store, behind a balancer: their sidecars hear one thing, in one order."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.bundles.bundle import BundleFault
from app.bundles.heard import Heard
from app.bundles.interventions import whom
from app.bundles.reading import signed_by
from app.wiring import Gateway
from memory.announcing import announce
from memory.freezes.store import Kind, Whom
from memory.records.act import os_user
from tests.app.bundles.making import KEY
from tests.app.seats.test_two_gateways import Pair
from tests.harness import POLICY
from tests.memory.conftest import new_database

BOT = Whom("default", Kind.AGENT, "bot")


@pytest.fixture
def pair(tmp_path: Path, postgres: Any) -> Iterator[Pair]:
    key = tmp_path / "bundle.key"
    key.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    found = Pair(tmp_path, POLICY, database_url=new_database(postgres), bundle_key=key)
    yield found
    found.close()


def test_whichever_gateway_is_asked_next_the_sidecar_goes_forward(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen at one and thawed at the other, also with clocks hours apart: neither is refused, and
    what one of them said before that is."""  # noqa: D205, D209
    one, two = pair.both
    ahead = {one: 0.0, two: 10_800.0}
    now = two.now
    two.now = lambda: now() + timedelta(seconds=ahead[two])
    heard, earlier = Heard(tmp_path), []

    def hear(raw: bytes) -> bool:
        found, _ = signed_by(raw, [KEY.public_key()])
        heard.keep(raw, found)
        heard.heed(found.interventions)
        assert heard.frozen is not None
        return whom("default", Kind.AGENT, "bot") in heard.frozen.ids

    async def offered(gateway: Gateway) -> bytes:
        await gateway.announcements.look()
        assert gateway.offering is not None
        offer = await gateway.offering.offer()
        assert offer is not None
        return offer.raw

    async def changed() -> None:
        for gateway, frozen in ((one, True), (two, False), (two, True), (one, False)):
            clock = time.time() + ahead[gateway]
            monkeypatch.setattr(announce, "_milliseconds", lambda at=clock: int(at * 1000))
            if frozen:
                await gateway.freezes.freeze(BOT, "", gateway.now(), os_user())
            else:
                await gateway.freezes.thaw(BOT, gateway.now(), os_user())
            raws = [await offered(it) for it in (one, two, one)]
            assert [hear(raw) for raw in raws] == [frozen] * 3
            earlier.append(raws[1])

    pair.one.run(changed())
    for raw in earlier[:-1]:
        with pytest.raises(BundleFault, match="older than what was heard"):
            hear(raw)
