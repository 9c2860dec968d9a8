"""Which cases are looked at where there are more than need be: a sample that nobody can foresee."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from memory.induction.case import Case
from memory.induction.evidence import BACKGROUND_DAYS
from memory.induction.weights import ONE, age

MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """The reported cases of a tool and a sample of the others; `scale` makes that whole again."""

    cases: Sequence[Case]
    scale: int = ONE


def drawn(
    cases: Iterable[Case], reported: frozenset[str], key: bytes, as_of: datetime, most: int = MOST
) -> Drawn:
    """Draw the unreported cases of 180 days with the smallest keyed hashes."""
    known = [one for one in cases if one.decision_id in reported]
    others = [
        one
        for one in cases
        if one.decision_id not in reported and age(one.at, as_of) < BACKGROUND_DAYS
    ]
    if len(others) <= most:
        return Drawn([*known, *others])
    order = sorted(others, key=lambda one: (_hash(key, one), one.decision_id))
    return Drawn([*known, *order[:most]], len(others) * ONE // most)


def _hash(key: bytes, one: Case) -> bytes:
    return hmac.digest(key, one.decision_id.encode(), "sha256")
