"""Who opened evidence, or erased it: from the chain of acts, and from before there was one."""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select

from memory.database import Database
from memory.records.act import ActRecord, What
from memory.records.acts import WantedActs, page
from memory.tables import evidence_audit

LOOKED: Final = "looked"
ERASED: Final = "erased"
_CALLED: Final = {
    What.EVIDENCE_SHOWN: LOOKED,
    What.EVIDENCE_EXPORTED: LOOKED,
    What.EVIDENCE_ERASED: ERASED,
}


class Line(NamedTuple):
    """Who opened evidence, or erased it; `record` is its place in the chain, if it has one."""

    at: datetime
    who: str
    act: str
    tenant: str
    subject: str | None
    decision: str | None
    note: str
    record: str | None = None


async def lines(database: Database) -> list[Line]:
    """Return who opened or erased evidence, newest last."""
    columns = (evidence_audit.c[name] for name in Line._fields if name != "record")
    before = select(*columns).where(evidence_audit.c.who != "")  # the others stand in the chain
    async with database.read() as connection:
        rows = (await connection.execute(before.order_by(evidence_audit.c.number))).all()
    acts = await page(database, WantedActs(what=[str(one) for one in _CALLED]))
    return [*(Line(*row) for row in rows), *map(_line, reversed(acts.found))]


def _line(one: ActRecord) -> Line:
    act, note = _CALLED[What(one.what)], str(one.details["note"])
    return Line(one.at, one.who, act, one.tenant, one.subject, one.about, note, one.id)
