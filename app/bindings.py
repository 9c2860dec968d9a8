"""Where a policy is in force: on which edges, and until when it only observes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from dsl.errors import DrawbarError, Finding, Source, Span

NAME: Final = "bindings.toml"
# The edges that a policy may be bound to; a name that is no edge would bind it to nothing.
EDGE_NAMES: Final = ("http", "mcp")
LONGEST: Final = timedelta(days=366)  # that a policy may observe, counted from when it is taken up

OBSERVED: Final = "observed"
_HELP: Final = (
    "`drawbar report` says what it would have refused; `drawbar enforce {}` lets it enforce"
)


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


def shown(until: datetime) -> str:
    """Write a moment for people."""
    return until.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def said(policy: str, until: datetime) -> str:
    """Say of one policy that it only observes."""
    return f"the policy `{policy}` only observes until {shown(until)}: it refuses nothing"


def findings(source: Source, bindings: Sequence[Binding], now: datetime) -> list[Finding]:
    """Return a finding at each place of `bindings.toml` that lets a policy observe, or did."""
    places = _places(source.text)
    found = []
    for at, one in enumerate(one for one in bindings if one.observe_until is not None):
        span = places[at] if at < len(places) else Span(0, 0)
        found.append(_finding(one, span, now))
    return found


def _finding(one: Binding, span: Span, now: datetime) -> Finding:
    until = one.observe_until or now
    if one.observes(now):
        message = said(one.policy, until)
        return Finding(OBSERVED, message, span, "warning", _HELP.format(one.policy))
    message = f"the policy `{one.policy}` enforces since {shown(until)}: the line can go"
    return Finding(OBSERVED, message, span, "info")


def _places(text: str) -> list[Span]:
    """Return where ends are written, one for each entry that has one, in their order."""
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        written = line.partition("#")[0].rstrip()
        if written.lstrip().startswith("observe_until"):
            indent = len(written) - len(written.lstrip())
            found.append(Span(at + indent, at + len(written)))
        at += len(line)
    return found
