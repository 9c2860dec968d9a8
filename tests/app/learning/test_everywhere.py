"""What one gateway learned asks at every gateway of the store, and at sidecars."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.bundles.making import new_key
from app.bundles.reading import verified
from app.learning.naming import name_of
from app.policy.revising import restored
from memory.records.signer import public_key
from memory.revisions.revision import Revision
from tests.app.learning.office import GATEWAY, Office, made_of
from tests.memory.conftest import new_database
from tests.memory.induction import world

OVERLAY = name_of("default")


@pytest.fixture
def offices(tmp_path: Path, postgres: Any) -> Iterator[tuple[Office, Office]]:
    """Return two gateways on one store, with one data folder."""
    url = new_database(postgres)
    private, public = new_key()
    for name, text in (("key", private), ("key.pub", public)):
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o600)
    one = Office(tmp_path, database_url=url, bundle_key=tmp_path / "key")
    two = Office(tmp_path, database_url=url)
    yield one, two
    two.close()
    one.close()


def test_every_gateway_takes_up_what_one_learned(
    offices: tuple[Office, Office], tmp_path: Path
) -> None:
    """It is heard of, read with its signature, and bound; the next bundle for sidecars has it."""
    one, two = offices
    content = made_of(world.drawn(3, 120), one.learning.terms("default"), 1)

    one.harness.run(one.learning.revisions.put(content, GATEWAY, one.at))

    async def heard() -> frozenset[str]:
        async with asyncio.timeout(60):
            while not two.gateway.live.current.learned:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
        return two.gateway.live.current.learned

    async def offered() -> Any:
        while OVERLAY not in one.gateway.live.current.learned:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
        assert one.gateway.offering is not None
        return await one.gateway.offering.offer()

    assert two.harness.run(heard()) == {OVERLAY}
    offer = one.harness.run(asyncio.wait_for(offered(), 60))
    bundle = verified(offer.raw, [public_key(tmp_path / "key.pub")], one.at)
    assert bundle.digest == one.gateway.live.current.digest
    sidecar = restored(Revision(bundle.digest, one.at, "w", "k", bundle.texts))
    assert OVERLAY in {found.policy.name for found in sidecar.bound}
    (entry,) = sidecar.entries[OVERLAY]
    assert entry.tenants == ("default",)
