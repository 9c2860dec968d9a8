"""Parts labelled cases: some to learn from, some to stop by, some that nothing was learned from."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from guards.skill.labels import Case

LEARNED: Final = 0.7
WATCHED: Final = 0.1


class TooFew(ValueError):
    """There are too few labels to learn from; it says of what."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Three parts without a common cluster."""

    learned: Sequence[Case]
    watched: Sequence[Case]
    held: Sequence[Case]


def parted(cases: Sequence[Case], seed: int) -> Parts:
    """Part cases by whole clusters: what belongs together is never on two sides."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.cluster].append(case)
    order = sorted(groups, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    one, two = round(len(order) * LEARNED), round(len(order) * (LEARNED + WATCHED))
    sides = (order[:one], order[one:two], order[two:])
    parts = Parts(*([case for name in side for case in groups[name]] for side in sides))
    for name, part in zip(("learn from", "stop by", "hold back"), _each(parts), strict=True):
        if len({case.truth for case in part}) < 2:  # noqa: PLR2004 - violations, and others
            words = f"{len(cases)} labels in {len(groups)} groups"
            raise TooFew(f"{words} are too few: those to {name} must be of both kinds")
    return parts


def _each(parts: Parts) -> tuple[Sequence[Case], ...]:
    return parts.learned, parts.watched, parts.held
