"""Where each policy stands for one call: it enforces, observes, is in shadow, or not bound."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, Generic, TypeVar

from app.binding.bindings import Binding, Rollout
from app.binding.standing_by import StandIn, stands_in
from app.binding.whom import Whom

T = TypeVar("T")
_PARTS: Final = 10_000  # that lots are told apart in
MOST_CALLERS: Final = 4_096  # whose places are remembered
MOST_SETS: Final = 256  # of policies that stand differently


class Mode(IntEnum):
    """How far a policy is in force, from the least to the most."""

    SOFTEN = 0  # judges nothing; it may turn what models denied into a question
    SHADOW = 1
    OBSERVE = 2
    ENFORCE = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one policy is in force for one call; `until` is when one that observes enforces."""

    mode: Mode
    until: datetime | None = None

    @property
    def strictness(self) -> tuple[int, float]:
        """Return its place among standings: of two that observe, the one that ends first."""
        return int(self.mode), -(self.until or datetime.max.replace(tzinfo=UTC)).timestamp()

    def covers(self, other: "Standing") -> bool:
        """Tell whether who stands so has judged all that the other would."""
        return self.strictness >= other.strictness


ENFORCES: Final = Standing(Mode.ENFORCE)


Standings = dict[str, Standing]


def standings(
    entries: Mapping[str, Sequence[Binding]],
    deciding: Mapping[str, bool],
    whom: Whom,
    broken: Sequence[StandIn] = (),
) -> Standings:
    """Return the policies that are bound, each with how far; `deciding` says which are no overlay.

    A call that names no agent may be anybody's. So what is bound to agents judges it too, but only
    beside a policy that decides on everybody: a missing name must not be what lets a call through.
    """
    sure: dict[str, Standing] = {}
    perhaps: dict[str, Standing] = {}
    for policy in deciding:
        certain, uncertain = _fitting(entries.get(policy), whom)
        if certain:
            sure[policy] = _strictest((*certain, *uncertain))
        elif uncertain:
            perhaps[policy] = _strictest(uncertain)
    if perhaps and any(deciding[name] and one.mode > Mode.SHADOW for name, one in sure.items()):
        sure |= perhaps
    for one in broken:
        _replace(sure, one, entries, whom)
    return sure


def _replace(
    found: Standings, one: StandIn, entries: Mapping[str, Sequence[Binding]], whom: Whom
) -> None:
    """Put a stand-in where its policy would enforce; where that refuses nothing, all stays."""
    usual = found.get(one.policy)
    if usual is None or usual.mode is not Mode.ENFORCE:
        return
    if stands_in(entries.get(one.stand_in, ()), one.policy, whom):
        del found[one.policy]
        found[one.stand_in] = usual


def _fitting(
    entries: Sequence[Binding] | None, whom: Whom
) -> tuple[list[Standing], list[Standing]]:
    """Return how far the entries of a policy bind a call, and how far those that perhaps do."""
    if entries is None:
        return [ENFORCES], []
    certain: list[Standing] = []
    uncertain: list[Standing] = []
    for one in entries:
        if one.stands_by_for is not None:
            continue
        binds = one.binds(whom)
        if binds is not False:
            (certain if binds else uncertain).append(_standing(one, whom))
    return certain, uncertain


def _standing(entry: Binding, whom: Whom) -> Standing:
    if entry.soften is not None:
        return Standing(Mode.SOFTEN)
    if entry.observe_until is not None:
        return Standing(Mode.OBSERVE, entry.observe_until)
    if entry.rollout is Rollout.ENFORCE or _in_part(entry, whom.lot):
        return ENFORCES
    return Standing(Mode.SHADOW)


def _in_part(entry: Binding, lot: bytes | None) -> bool:
    """Tell whether a session falls into the part for which a canary enforces; else it is shadow."""
    if entry.rollout is not Rollout.CANARY or entry.percent is None:
        return False
    if lot is None:
        return True
    drawn = int.from_bytes(hashlib.sha256(lot + entry.policy.encode()).digest()[:8], "big")
    return drawn % _PARTS < entry.percent * (_PARTS // 100)


def _strictest(found: Collection[Standing]) -> Standing:
    return max(found, key=lambda one: one.strictness)


@dataclass(frozen=True, slots=True)
class _Asked:
    """All of a call that makes a difference to where policies stand."""

    edge: str
    tenant: str | None
    agent: str | None
    environment: str | None
    in_part: tuple[bool, ...]


class Asks:
    """What the bindings of some policies ask of a call."""

    def __init__(self, bindings: Sequence[Binding]) -> None:
        self._tenants = any(one.tenants is not None for one in bindings)
        self._agents = any(one.agents is not None for one in bindings)
        self._canaries = [one for one in bindings if one.rollout is Rollout.CANARY]

    def of(self, whom: Whom) -> _Asked:
        """Return what of a call makes a difference."""
        return _Asked(
            whom.edge,
            whom.tenant if self._tenants else None,
            whom.agent if self._agents else None,
            whom.environment,
            tuple(_in_part(one, whom.lot) for one in self._canaries),
        )


class Places(Generic[T]):
    """Remembers where policies stand, and what was made of it, for so many callers and no more.

    What agents are called is up to their callers, so it must not fill the memory.
    """

    def __init__(self) -> None:
        self._callers: dict[tuple[_Asked, _Asked | None], T] = {}
        self._made: dict[tuple[tuple[str, Standing], ...], T] = {}

    def of(
        self,
        asked: _Asked,
        after: _Asked | None,
        find: Callable[[], Standings],
        make: Callable[[Standings], T],
    ) -> T:
        """Return what was made of where policies stand for a call."""
        known = self._callers.get((asked, after))
        if known is not None:
            return known
        found = find()
        key = tuple(found.items())
        made = self._made.get(key)
        if made is None:
            made = make(found)
            _put(self._made, key, made, MOST_SETS)
        _put(self._callers, (asked, after), made, MOST_CALLERS)
        return made


K = TypeVar("K")


def _put(memory: dict[K, T], key: K, value: T, most: int) -> None:
    """Keep something; of too much all is let go of, and found again as it is asked for."""
    if len(memory) >= most:
        memory.clear()
    memory[key] = value
