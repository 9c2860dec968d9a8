"""All that memory says at one moment, and the name that these bytes have."""

import hashlib
from collections.abc import Mapping, Sequence
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
    said = told(memory, head, configuration)
    nominations = soften(memory.rules, configuration)
    return Revision(digest_of(said), said["narrow"], nominations, memory.rules, memory.reviews)


def told(memory: Memory, head: int, configuration: Configuration) -> dict[str, Any]:
    """Return all that memory says, as plain values."""
    return {
        "configuration": configuration.told(),
        "head": head,
        "narrow": narrow(memory.rules, configuration),
        "reviews": [[one.kind, one.rule, list(one.places)] for one in memory.reviews],
        "rules": [one.told() for one in memory.rules],
        "soften": [_plain(one) for one in soften(memory.rules, configuration)],
    }


def digest_of(said: Mapping[str, Any]) -> str:
    """Return the name of what memory says."""
    return hashlib.sha256(strictjson.canonical(dict(said)).encode()).hexdigest()


def _plain(one: Nomination) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "tool": one.tool,
        "condition": one.condition,
        "needs": list(one.needs),
        "nominated": one.nominated,
        "L": one.bound,
    }
