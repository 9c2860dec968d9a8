"""What came of a call at a seat, with all that must be equal at each, and nothing else."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from memory.records.record import DecisionRecord
from tests.parity.corpus import Case, Made, User
from tests.parity.notes import noted
from tests.parity.policies import GIVES
from tests.parity.seat import Seat, Told
from tests.parity.world import Decides

# What names one call, one moment, one gateway or one edge.
_OWN: Final = ("id", "at", "edge", "key_id", "session", "call_id", "revision", "approval", "known")

_APPROVAL: Final = re.compile(r"apr_[0-9A-Z]{26}")
_MASKED: Final = re.compile(r"hmac-sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seat did with a call, told of it, and left in the record."""

    told: Told
    ran: list[tuple[str, str]]
    records: list[dict[str, Any]]


def sent(seat: Seat, case: Case) -> Outcome:
    """Hand a call to a seat in a session of its own; people answer, and it comes back."""
    session = f"s{uuid4().hex}"
    _prepare(seat.decides, case, session)
    before = len(seat.decides.records(session))
    seat.ran()
    told = seat.send(case.call, session)
    if case.people:
        assert told.approval is not None, told
        assert told.again is not None
        for who, said in case.people:
            seat.decides.answer(told.approval, who, said)
        told = told.again()
    return Outcome(told, seat.ran(), recorded(seat.decides.records(session)[before:]))


def _prepare(decides: Decides, case: Case, session: str) -> None:
    for one in case.before:
        if isinstance(one, User):
            decides.tell(session, type="user", text=one.text)
        elif isinstance(one, Made):
            result = GIVES[one.tool] if one.returned else None
            decides.happened(session, one.tool, one.args, result)


def recorded(records: Sequence[DecisionRecord]) -> list[dict[str, Any]]:
    """Return records without what is their own.

    Whoever comes back without a handle is first asked again about what was approved meanwhile:
    of records that ask for one approval, one is left.
    """
    kept: list[dict[str, Any]] = []
    for one in records:
        told = {name: value for name, value in one.told().items() if name not in _OWN}
        told["needs"] = None if one.approval is None else one.approval["needs"]
        told["policies"] = str(one.revision).partition(":")[2]
        if one.effect != "ask" or not kept or kept[-1]["effect"] != "ask":
            kept.append(told)
    return [{name: _plain(name, value) for name, value in one.items()} for one in kept]


def _plain(name: str, value: Any) -> Any:
    """Return a member without ids, and without digests that each store has a key of its own for."""
    text = _APPROVAL.sub("apr", json.dumps(value))
    return json.loads(text if name.endswith("_hmac") else _MASKED.sub("masked", text))


def ran(case: Case) -> list[tuple[str, str]]:
    """Return what must have reached the tool."""
    if case.runs is None:
        return []
    return [noted(case.call.tool, json.loads(case.runs, parse_float=Decimal))]


def different(left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return where two rows of records differ."""
    if len(left) != len(right):
        return {"phases": ([one["phase"] for one in left], [one["phase"] for one in right])}
    return {
        f"{at}.{name}": (one[name], other[name])
        for at, (one, other) in enumerate(zip(left, right, strict=True))
        for name in one
        if one[name] != other[name]
    }


def phases(records: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what was decided one after the other: the phase, and the effect."""
    return [(one["phase"], one["effect"]) for one in records]


def decided_by(records: Sequence[dict[str, Any]]) -> str | None:
    """Return the rule that decided the call in the end, with its policy."""
    calls = [one for one in records if one["phase"] == "call"]
    named = (one for one in calls[-1]["reasons"] if one["rule"]) if calls else ()
    return next((f"{one['policy']}/{one['rule']}" for one in named), None)
