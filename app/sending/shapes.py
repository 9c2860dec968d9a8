"""The forms in which records leave: as they are, or as a SIEM reads them."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from app.sending import ocsf, ocsf_acts, otlp
from memory.records import act
from memory.records.following import Chained
from memory.records.record import KIND


class Shape(StrEnum):
    """How a record is written."""

    JSON = "json"
    OCSF = "ocsf"


class Sending(StrEnum):
    """How records are written that are handed on together."""

    JSON = "json"
    OCSF = "ocsf"
    OTLP = "otlp"


_EVENTS: Final = {KIND: ocsf.event, act.KIND: ocsf_acts.event}


def shaped(one: Chained, shape: Shape) -> dict[str, Any] | None:
    """Return a record with its place in the chain, or as an event; None if it is none."""
    told = json.loads(one.content)
    if shape is Shape.OCSF:
        event = _EVENTS.get(one.kind)
        return None if event is None else event(told)
    place = {"writer": one.writer, "seq": one.seq, "hash": one.hash, "kind": one.kind}
    return {"record": told, **place}


def together(found: Sequence[Chained], sending: Sending) -> Any:
    """Return records as they are handed on; None if there is nothing to hand on."""
    if sending is Sending.OTLP:
        return otlp.request(found)
    told = [shaped(one, Shape(sending)) for one in found]
    return [one for one in told if one is not None] or None
