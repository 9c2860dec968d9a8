"""The forms in which records leave: as they are, or as a SIEM reads them."""

import json
from enum import StrEnum
from typing import Any

from app.sending import ocsf
from memory.records.following import Chained
from memory.records.record import KIND


class Shape(StrEnum):
    """How a record is written."""

    JSON = "json"
    OCSF = "ocsf"


def shaped(one: Chained, shape: Shape) -> dict[str, Any] | None:
    """Return a record with its place in the chain, or as an event; None if it is none."""
    told = json.loads(one.content)
    if shape is Shape.OCSF:
        return ocsf.event(told) if one.kind == KIND else None
    place = {"writer": one.writer, "seq": one.seq, "hash": one.hash, "kind": one.kind}
    return {"record": told, **place}
