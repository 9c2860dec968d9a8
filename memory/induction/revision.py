"""All that memory says at one moment, and the name that these bytes have."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dsl import strictjson
from memory.induction.configuration import Configuration
from memory.induction.fold import Memory, Review, fold
from memory.induction.log import Log
from memory.induction.printing import Nomination, narrow, soften
from memory.induction.rule import Rule


@dataclass(frozen=True, slots=True)
class Revision:
    """One rendering of memory; equal logs and configurations give equal bytes everywhere."""

    digest: str
    narrow: str
    soften: Sequence[Nomination]
    rules: Sequence[Rule]
    reviews: Sequence[Review]


def induce(log: Log, configuration: Configuration) -> Revision:
    """Return what a log comes to, rendered."""
    return rendered(fold(log, configuration), log.head, configuration)


def rendered(memory: Memory, head: int, configuration: Configuration) -> Revision:
    """Render what memory has come to."""
    text, nominations = narrow(memory.rules, configuration), soften(memory.rules, configuration)
    told: dict[str, Any] = {
        "configuration": configuration.told(),
        "head": head,
        "narrow": text,
        "reviews": [[one.kind, one.rule, list(one.places)] for one in memory.reviews],
        "rules": [one.told() for one in memory.rules],
        "soften": [_plain(one) for one in nominations],
    }
    digest = hashlib.sha256(strictjson.canonical(told).encode()).hexdigest()
    return Revision(digest, text, nominations, memory.rules, memory.reviews)


def _plain(one: Nomination) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "tool": one.tool,
        "condition": one.condition,
        "needs": list(one.needs),
        "nominated": one.nominated,
        "L": one.bound,
    }
