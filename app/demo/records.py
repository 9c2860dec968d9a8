"""Reads what the gateway recorded of the demo, as `drawbar decisions` does."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memory.records.record import DecisionRecord

_MOST = 200


async def decided(data: Path, session: str) -> "list[DecisionRecord]":
    """Return the decisions about calls of a session, the first one first."""
    from app import settings  # noqa: PLC0415 - with it comes the whole store
    from app.places import open_database  # noqa: PLC0415 - as above
    from memory.keys import DEFAULT_TENANT  # noqa: PLC0415 - as above
    from memory.records import query  # noqa: PLC0415 - as above

    database = open_database(settings.load({"data": data}), create=False)
    try:
        wanted = query.Wanted(DEFAULT_TENANT, session=session)
        page = await query.page(database, wanted, _MOST)
    finally:
        await database.close()
    return [one for one in reversed(page.found) if one.phase == "call"]


def origin(record: "DecisionRecord") -> list[str]:
    """Return where the values were seen that rules asked about; a tool's name stands behind it."""
    told = []
    for atom in record.atoms:
        if atom["question"] == "origins" and isinstance(atom["answer"], dict):
            at = str(atom["about"].get("at", "")).lstrip("/")
            seen = ", ".join(name for name, held in sorted(atom["answer"].items()) if held is True)
            told.append(f"`{at}` was seen in: {seen or 'nothing'}")
    return told
