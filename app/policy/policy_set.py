"""The policies in force, and which of them judge one call."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Final

from app.binding.bindings import Binding, entries_of
from app.binding.placing import Asks, Mode, Places, Standings, standings
from app.binding.standing_by import StandIn, stand_in_digest
from app.binding.whom import Whom
from app.policy.looks import Looks
from app.policy.texts import Read
from dsl.interpret import Bound
from dsl.lint.rule import Unit
from dsl.syntax import Per, Policy

MOST_BROKEN: Final = 64  # ways in which glass is broken that are remembered


@dataclass(frozen=True)
class PolicySet:
    """The policies in force, and the digest of all they were read from.

    `bound` are those that judge: all of the folder, or with `at` those that bind one call; those
    that stand in shadow then judge beside them, and decide nothing.
    """

    bound: tuple[Bound, ...]
    digest: str
    units: tuple[Unit, ...] = ()
    revision: str | None = None
    bindings: tuple[Binding, ...] = ()
    all_bound: tuple[Bound, ...] | None = None
    shadowed: tuple[Bound, ...] = ()
    # What of memory may turn a denial by models into a question, where that is switched on.
    softening: tuple[Bound, ...] = ()
    # Which of `bound` only observe, of policies that bind one call; None: as the bindings say.
    observed: Mapping[str, datetime] | None = None
    # Stand-ins that glass is broken for, and of one call those that judge it.
    broken: tuple[StandIn, ...] = ()
    stood_in: tuple[StandIn, ...] = ()
    # Digests of what each policy says, where it was read from files.
    written: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    # What was read; gone once it is kept.
    read: Read | None = field(default=None, repr=False, compare=False)
    # Observing policies with nothing but their tools, as `app/binding/trial.py` makes them.
    hollow: dict[str, Bound] = field(default_factory=dict, repr=False, compare=False)
    # What was worked out of each policy once.
    looks: Looks = field(default_factory=Looks, repr=False, compare=False)
    # The overlays that memory added, and the digest of what people wrote without them.
    learned: frozenset[str] = frozenset()
    people: str | None = None
    # Tells whether they are too old to decide, where they come from a bundle.
    stale: Callable[[datetime], bool] | None = field(default=None, repr=False, compare=False)
    _at: Places["PolicySet"] = field(default_factory=Places, init=False, repr=False, compare=False)

    _under: dict[tuple[StandIn, ...], "PolicySet"] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def under(self, broken: tuple[StandIn, ...]) -> "PolicySet":
        """Return the policies as they bind while glass is broken, and remember them so."""
        if broken == self.broken:
            return self
        found = self._under.get(broken)
        if found is None:
            found = replace(self, broken=broken)
            if len(self._under) >= MOST_BROKEN:
                self._under.clear()
            self._under[broken] = found
        return found

    def at(self, whom: Whom, *, after: Whom | None = None) -> "PolicySet":
        """Return the policies that judge a call, and those that do so in shadow.

        With `after`, only those that had not judged all of it there already.
        """
        if not self.bindings and after is None:
            return self
        before = None if after is None else self._asks.of(after)
        find = partial(self._standing, whom, after)
        return self._at.of(self._asks.of(whom), before, find, self._of)

    def _standing(self, whom: Whom, after: Whom | None) -> Standings:
        here = standings(self.entries, self._deciding, whom, self.broken)
        if after is None:
            return here
        there = standings(self.entries, self._deciding, after, self.broken)
        return {
            name: one
            for name, one in here.items()
            if name not in there or not there[name].covers(one)
        }

    def _of(self, found: Standings) -> "PolicySet":
        """Return the policies as they stand."""
        judging = (Mode.ENFORCE, Mode.OBSERVE)
        here = (one for one in self.whole if one.policy.name in found)
        modes = [(one, found[one.policy.name].mode) for one in here]
        return replace(
            self,
            bound=tuple(one for one, mode in modes if mode in judging),
            shadowed=tuple(one for one, mode in modes if mode is Mode.SHADOW),
            softening=tuple(one for one, mode in modes if mode is Mode.SOFTEN),
            stood_in=tuple(one for one in self.broken if one.stand_in in found),
            observed={name: one.until for name, one in found.items() if one.until is not None},
            all_bound=self.whole,
        )

    @cached_property
    def _deciding(self) -> Mapping[str, bool]:
        return {one.policy.name: not one.policy.is_overlay for one in self.whole}

    @cached_property
    def _asks(self) -> Asks:
        return Asks(self.bindings)

    @cached_property
    def entries(self) -> Mapping[str, tuple[Binding, ...]]:
        """Return what is bound, by policy; one that is not named enforces everywhere."""
        return entries_of(self.bindings)

    def entries_for(self, policy: str) -> tuple[Binding, ...]:
        """Return where a policy is in force; one that no entry names enforces everywhere."""
        return self.entries.get(policy) or (Binding(policy),)

    @cached_property
    def stand_ins(self) -> Mapping[str, str]:
        """Return what stands by for emergencies, each with the policy that it does so for."""
        return {one.policy: one.stands_by_for for one in self.bindings if one.stands_by_for}

    def stand_in_for(self, policy: str) -> tuple[str, str] | None:
        """Return what stands by for a policy, and the digest of that; None: nothing does."""
        return self._stands_for.get(policy)

    @cached_property
    def _stands_for(self) -> Mapping[str, tuple[str, str]]:
        """Return each stand-in with its digest, by whose place it takes: asked at each call."""
        digests = {
            name: stand_in_digest(self.bindings, self.written, name) for name in self.stand_ins
        }
        return {
            policy: (name, digest)
            for name, policy in self.stand_ins.items()
            if (digest := digests[name]) is not None
        }

    def reaching(self, edge: str, environment: str | None) -> tuple[Bound, ...]:
        """Return the policies that may judge some call at an edge, also in shadow.

        Those that stand by are not among them, nor what softens: in ordinary times they judge
        nothing.
        """
        apart = {*self.stand_ins, *(one.policy for one in self.bindings if one.soften)}
        return tuple(
            one
            for one in self.whole
            if one.policy.name not in apart
            and any(entry.here(edge, environment) for entry in self.entries_for(one.policy.name))
        )

    def observing(self, now: datetime) -> Mapping[str, datetime]:
        """Return the policies that enforce nothing yet, each with the time at which it begins."""
        if not self._observed:
            return {}
        return {name: until for name, until in self._observed.items() if now < until}

    @cached_property
    def _observed(self) -> Mapping[str, datetime]:
        here = {one.policy.name for one in self.bound if one.published}
        if self.observed is not None:
            return {name: until for name, until in self.observed.items() if name in here}
        ends: dict[str, datetime] = {}
        for one in self.bindings:
            if one.observe_until is not None and one.policy in here:
                ends[one.policy] = max(ends.get(one.policy, one.observe_until), one.observe_until)
        return ends

    @property
    def whole(self) -> tuple[Bound, ...]:
        """Return the policies of all edges."""
        return self.bound if self.all_bound is None else self.all_bound

    @cached_property
    def reach(self) -> Mapping[Per, timedelta]:
        """Return how far beyond a session the policies look back."""
        return self.looks.reach(self._heard)

    @cached_property
    def asks_labels(self) -> bool:
        """Tell whether the policies ask for labels."""
        return self.looks.asks_labels(self._heard)

    @property
    def _heard(self) -> tuple[Bound, ...]:
        return (*self.bound, *self.shadowed, *self.softening)

    def warm(self) -> None:
        """Work out all that takes a walk through every rule, so that no call waits for it."""
        for one in self.whole:
            self.looks.of(one)

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """Return the policies without their tools."""
        return tuple(one.policy for one in self.bound)

    def narrowed(self, overlays: Sequence[Bound]) -> "PolicySet":
        """Return the policies with those that hold for one session."""
        return replace(self, bound=(*self.bound, *overlays)) if overlays else self

    def is_stale(self, now: datetime) -> bool:
        """Tell whether nothing may be allowed by them any more."""
        return self.stale is not None and self.stale(now)

    @property
    def decides(self) -> bool:
        """Tell whether there is a policy: overlays alone allow nothing."""
        return any(not one.policy.is_overlay for one in self.bound)


EMPTY: Final = PolicySet((), "sha256:" + hashlib.sha256().hexdigest())
