"""What one gateway learned asks at every gateway of the store, and at sidecars."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.binding.whom import Whom
from app.bundles.making import new_key
from app.bundles.reading import verified
from app.learning.naming import name_of, softening_of
from app.policy.policy_set import PolicySet
from app.policy.revising import restored
from memory.induction.revision import digest_of
from memory.keys import Scope
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


def test_every_gateway_and_sidecar_softens_as_one_was_told(
    offices: tuple[Office, Office], tmp_path: Path
) -> None:
    """The word is heard with the rules, and the next bundle has both; so it is when it ends."""
    one, two = offices
    content = made_of(world.drawn(3, 120), one.learning.terms("default"), 1)
    told = content["told"]
    told = {**told, "soften": [{**each, "nominated": True} for each in told["soften"]]}
    now = one.at.isoformat()
    one.install({**content, "as_of": now, "told": told, "digest": digest_of(told)})
    key = one.harness.new_key([Scope.ADMIN], name="lea", subject="lea")
    whom, name = Whom("http", "default"), softening_of("default")

    async def heard(wanted: tuple[str, ...]) -> None:
        async with asyncio.timeout(60):
            while _softens(two.gateway.live.current.at(whom)) != wanted:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)

    for word, wanted in (("ask", (name,)), ("off", ())):
        body = {"soften": word, "reason": "as people say"}
        assert one.harness.request("POST", "/v1/memory/soften", key, json=body).status_code == 200
        assert _softens(one.gateway.live.current.at(whom)) == wanted
        two.harness.run(heard(wanted))
        assert one.gateway.offering is not None
        offer = one.harness.run(one.gateway.offering.offer())
        assert offer is not None
        bundle = verified(offer.raw, [public_key(tmp_path / "key.pub")], one.at)
        sidecar = restored(Revision(bundle.digest, one.at, "w", "k", bundle.texts)).at(whom)
        here = one.gateway.live.current.at(whom)
        assert _softens(sidecar) == wanted
        assert [each.policy for each in sidecar.softening] == [e.policy for e in here.softening]
        assert [each.policy for each in sidecar.bound] == [each.policy for each in here.bound]


def _softens(policies: PolicySet) -> tuple[str, ...]:
    return tuple(one.policy.name for one in policies.softening)
