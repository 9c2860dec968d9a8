"""Laws of keeping the chains of sidecars, on every store."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from memory.database import Database
from memory.ids import new_id
from memory.records.checkpoints import Checkpoints
from memory.records.notice import Notice
from memory.records.signer import PUBLIC, file_signer, key_id, public_key
from memory.records.verify import verify
from memory.revisions.revision import Revision
from memory.shipping.receiving import Receiving
from memory.shipping.shipment import Behind, Shipment, ShippingFault, Written
from memory.tables import writers
from tests.memory.conftest import Store

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
WRITER: Final = Written("w_side", "drawbar/0.1.0", NOW, "a" * 64)


def _contents(number: int) -> list[str]:
    told = ("d_1", "notify", "team", "sent", 1, "")
    made = [Notice(new_id("n", NOW), "default", NOW, *told) for _ in range(number)]
    return [str(one.row()["content"]) for one in made]


def _any(_kept: Revision) -> None:
    """Take every text for one that can be read."""


def test_a_chain_is_kept_once_and_closed(store: Store, tmp_path: Path) -> None:
    """Parts that overlap are kept once, gaps and forks are refused, and the end is final."""
    store.run(_story(store.database, tmp_path))


async def _story(database: Database, tmp_path: Path) -> None:
    signer = file_signer(tmp_path)
    receiving = Receiving(database, signer)
    told = _contents(4)

    async def send(after: int, records: list[str], *, ended: bool = False) -> int:
        return await receiving.receive(Shipment(WRITER, after, records, [], ended), _any)

    assert await send(0, told[:2]) == 2
    assert await send(1, told[1:3]) == 3
    with pytest.raises(Behind) as behind:
        await send(4, told[3:])
    assert behind.value.seq == 3
    with pytest.raises(ShippingFault, match="forked"):
        await send(2, told[3:])
    with pytest.raises(ShippingFault, match="kept already"):
        await send(3, told[:1])
    assert await send(3, told[3:], ended=True) == 4
    with pytest.raises(ShippingFault, match="has ended"):
        await send(4, _contents(1))
    assert await send(3, told[3:], ended=True) == 4  # the answer may have been lost

    assert await Checkpoints(database, signer).make(NOW) is not None
    async with database.read() as connection:
        closed = (await connection.execute(select(writers.c.closed_at))).scalar_one()
    assert closed is not None
    with pytest.raises(ShippingFault, match="has ended"):
        await send(4, _contents(1))
    key = public_key(tmp_path / PUBLIC)
    report = await verify(database, {key_id(key): key})
    assert (report.flaws, report.records) == ([], 4)
