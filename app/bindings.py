"""Where a policy is in force: on which edges, and until when it only observes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dsl.errors import DrawbarError

NAME: Final = "bindings.toml"
# The edges that a policy may be bound to; a name that is no edge would bind it to nothing.
EDGE_NAMES: Final = ("http", "mcp")
LONGEST: Final = timedelta(days=366)  # that a policy may observe, counted from when it is taken up


class BindingsError(DrawbarError):
    """Bindings that cannot be read, or that cannot be meant so."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Where one policy is in force; without edges on all of them, without a time it enforces."""

    policy: str
    edges: tuple[str, ...] | None = None
    observe_until: datetime | None = None

    def binds(self, edge: str) -> bool:
        """Tell whether the policy judges what comes in at an edge."""
        return self.edges is None or edge in self.edges

    def observes(self, now: datetime) -> bool:
        """Tell whether the policy enforces nothing yet; the clock decides, call by call."""
        return self.observe_until is not None and now < self.observe_until


def refuse_unknown(bindings: Sequence[Binding], policies: Collection[str]) -> None:
    """Refuse a binding of a policy that is not there: it would bind nothing, in silence."""
    for one in bindings:
        if one.policy not in policies:
            known = ", ".join(f"`{name}`" for name in sorted(policies)) or "none"
            raise BindingsError(
                f"{NAME}: there is no policy `{one.policy}`; the folder has {known}"
            )


def refuse_meaningless(
    fresh: Sequence[Binding], before: Mapping[str, Binding] | None, now: datetime
) -> None:
    """Refuse times that cannot be meant: a new one that is over already, or one years away.

    One that ran out while its policy was in force, or before this gateway began (`before` is
    None), is as good as none: the policy enforces.
    """
    for one in fresh:
        until = one.observe_until
        if until is None:
            continue
        known = before is None or (
            one.policy in before and before[one.policy].observe_until == until
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
