"""Where a policy is in force: for whom, how far it is rolled out, and until when it observes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

from app.binding.whom import Whom
from dsl import patterns
from dsl.errors import DrawbarError

NAME: Final = "bindings.toml"
# The edges that a policy may be bound to; a name that is no edge would bind it to nothing.
EDGE_NAMES: Final = ("http", "mcp")
LONGEST: Final = timedelta(days=366)  # that a policy may observe, counted from when it is taken up


class BindingsError(DrawbarError):
    """Bindings that cannot be read, or that cannot be meant so."""


class Rollout(StrEnum):
    """How far a policy is in force: told only, for a part of the sessions, or for all."""

    SHADOW = "shadow"
    CANARY = "canary"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True, repr=False)
class Binding:
    """Whom one policy binds; what is left out names everybody, and without more it enforces."""

    policy: str
    edges: tuple[str, ...] | None = None
    observe_until: datetime | None = None
    tenants: tuple[str, ...] | None = None
    agents: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    rollout: Rollout = Rollout.ENFORCE
    percent: int | None = None
    stands_by_for: str | None = None  # in place of which policy it judges once glass is broken
    soften: Literal["ask"] | None = None  # memory's: it asks where models alone denied

    def __repr__(self) -> str:
        """Write it as digests of revisions cover it: what is not said leaves no trace."""
        told = [(one.name, getattr(self, one.name), one.default) for one in fields(self)]
        parts = [
            f"{name}={_plain(value)!r}"
            for at, (name, value, default) in enumerate(told)
            if at < _FIRST or value != default
        ]
        return f"Binding({', '.join(parts)})"

    @property
    def whose(self) -> tuple[object, ...]:
        """Return whom it binds, to be told from another entry of its policy."""
        named = (self.edges, self.tenants, self.agents, self.environments)
        return tuple(None if one is None else frozenset(one) for one in named)

    @property
    def partly(self) -> bool:
        """Tell whether it holds for some only."""
        return any(one is not None for one in self.whose)

    def here(self, edge: str, environment: str | None) -> bool:
        """Tell whether it may bind anything at an edge of a gateway in an environment."""
        if self.edges is not None and edge not in self.edges:
            return False
        return self.environments is None or environment in self.environments

    def binds(self, whom: Whom) -> bool | None:
        """Tell whether the policy judges a call; None where it names agents and the call none."""
        if not self.here(whom.edge, whom.environment):
            return False
        if self.tenants is not None and not _any(self.tenants, whom.tenant):
            return False
        if self.agents is None:
            return True
        return None if whom.agent is None else _any(self.agents, whom.agent)

    def observes(self, now: datetime) -> bool:
        """Tell whether the policy enforces nothing yet; the clock decides, call by call."""
        return self.observe_until is not None and now < self.observe_until


_FIRST: Final = 3  # names that were always written, so that older digests stay as they are


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Rollout) else value


def _any(globs: Sequence[str], name: str) -> bool:
    return any(
        patterns.whole(patterns.from_glob(one), name) if "*" in one else one == name
        for one in globs
    )


def entries_of(bindings: Sequence[Binding]) -> dict[str, tuple[Binding, ...]]:
    """Return the entries of each policy that has any."""
    found: dict[str, tuple[Binding, ...]] = {}
    for one in bindings:
        found[one.policy] = (*found.get(one.policy, ()), one)
    return found


def refuse_unknown(bindings: Sequence[Binding], policies: Collection[str]) -> None:
    """Refuse a binding of a policy that is not there: it would bind nothing, in silence."""
    for one in bindings:
        if one.policy not in policies:
            known = ", ".join(f"`{name}`" for name in sorted(policies)) or "none"
            raise BindingsError(
                f"{NAME}: there is no policy `{one.policy}`; the folder has {known}"
            )


def refuse_meaningless(
    fresh: Sequence[Binding], before: Collection[Binding] | None, now: datetime
) -> None:
    """Refuse times that cannot be meant: a new one that is over already, or one years away.

    One that ran out while its policy was in force, or before this gateway began (`before` is
    None), is as good as none: the policy enforces.
    """
    for one in fresh:
        until = one.observe_until
        if until is None:
            continue
        known = before is None or any(
            (old.policy, old.observe_until) == (one.policy, until) for old in before
        )
        if until <= now and not known:
            hint = "leave it out to let it enforce, or name a later time"
            raise BindingsError(
                f"{NAME}: `observe_until` of `{one.policy}` ({until.isoformat()}) is over; {hint}"
            )
        if until - now > LONGEST:
            raise BindingsError(
                f"{NAME}: `observe_until` of `{one.policy}` is more than {LONGEST.days} days away"
            )


def shown(until: datetime) -> str:
    """Write a moment for people."""
    return until.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def said(policy: str, until: datetime) -> str:
    """Say of one policy that it only observes."""
    return f"the policy `{policy}` only observes until {shown(until)}: it refuses nothing"


def rolled_out(one: Binding) -> str:
    """Say of an entry in shadow or of a canary how far its policy is in force."""
    where = "where it is bound so " if one.partly else ""
    if one.rollout is Rollout.SHADOW:
        return f"the policy `{one.policy}` {where}stands in shadow: it decides nothing"
    return f"the policy `{one.policy}` {where}enforces for {one.percent}% of sessions"
