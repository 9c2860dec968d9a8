"""The policies and their bindings, held against what was decided lately."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.binding import bindings
from app.binding.bindings import EDGE_NAMES, Rollout, said, shown
from app.binding.standing_by import standing_by
from app.doctor.check import Check, finding, note, ok
from app.policy.policies import PolicySet
from dsl.model import ReasonCode
from memory.records.record import DecisionRecord

SOON: Final = timedelta(days=7)


def in_force(policies: PolicySet) -> Iterator[Check]:
    """Say what the folder holds."""
    names = ", ".join(f"`{one.policy.name}`" for one in policies.bound)
    if policies.decides:
        yield ok("policies", f"the folder can be taken up: {names}")
    else:
        hint = "write a policy, or let `drawbar init` propose one"
        yield finding("no_policy", "the folder holds no policy, so every call is denied", hint)


def observing(policies: PolicySet, now: datetime) -> Iterator[Check]:
    """Say which policies refuse nothing yet, and which soon will."""
    for one in policies.bindings:
        until = one.observe_until
        if until is None:
            continue
        if not one.observes(now):
            words = f"`{one.policy}` enforces since {shown(until)}"
            yield note("observing", words, "the line `observe_until` can go")
        elif until - now <= SOON:
            hint = (
                "look at `drawbar report` before;"
                f" `drawbar observe {one.policy} --until DAY` gives it more time"
            )
            words = f"`{one.policy}` begins to enforce at {shown(until)}"
            yield finding("observing_ends", words, hint)
        else:
            yield note("observing", said(one.policy, until), "`drawbar report` says what it saw")


def rolled_out(policies: PolicySet, environment: str | None) -> Iterator[Check]:
    """Say which policies do not enforce wherever they are bound, and which bind nobody here.

    Those that stand by are told of too: they judge nothing in ordinary times.
    """
    for one in policies.bindings:
        if one.rollout is not Rollout.ENFORCE:
            yield note("in_shadow", bindings.rolled_out(one), "`drawbar report` says what it saw")
        if one.stands_by_for is not None:
            hint = "look now and then whether it still says what an emergency needs"
            yield note("stands_by", standing_by(one), hint)
    for policy, entries in policies.entries.items():
        if any(one.here(edge, environment) for one in entries for edge in EDGE_NAMES):
            continue
        here = f"the environment `{environment}`" if environment else "a gateway without a name"
        words = f"`{policy}` binds nothing in {here}"
        yield finding("bound_elsewhere", words, "see `environments` and the setting `environment`")


def evaluated(
    policies: PolicySet, recent: Sequence[DecisionRecord], environment: str | None
) -> Iterator[Check]:
    """Look for policies that are bound to an edge at which nothing was decided lately."""
    recent = [one for one in recent if one.reason != ReasonCode.CANARY]  # nobody's call
    seen = {one.edge for one in recent}
    span = f"none of the last {len(recent):,} decisions" if recent else "no decision"
    for one in (one for one in policies.bound if one.policy.name not in policies.stand_ins):
        entries = policies.entries_for(one.policy.name)
        if any(entry.edges is None for entry in entries):
            if not seen & set(EDGE_NAMES):
                words = f"`{one.policy.name}` has judged nothing: there is {span} at any edge"
                yield finding("never_evaluated", words, "let an agent ask before it calls a tool")
            continue
        edges = dict.fromkeys(edge for entry in entries for edge in entry.edges or ())
        for edge in (edge for edge in edges if edge not in seen):
            words = f"`{one.policy.name}` is bound to the edge `{edge}`, and {span} was made there"
            hint = "look whether calls go past it, or bind it to where they come in"
            yield finding("never_evaluated", words, hint)
    for edge in EDGE_NAMES:
        reaching = policies.reaching(edge, environment)
        if edge in seen and not any(not one.policy.is_overlay for one in reaching):
            words = f"calls come in at the edge `{edge}`, and no policy is bound there"
            yield finding("edge_without_policy", words, "all of them are denied; bind a policy")


def clock(recent: Sequence[DecisionRecord], now: datetime) -> Iterator[Check]:
    """Look whether this machine's clock lies behind what was recorded."""
    newest = max((one.at for one in recent), default=None)
    if newest is not None and newest - now > timedelta(seconds=5):
        words = f"the newest decision is of {shown(newest)}, and here it is {shown(now)}"
        hint = "set the clock: times in policies and ends of observing go by it"
        yield finding("clock", words, hint)
    else:
        yield ok("clock", f"here it is {now:%Y-%m-%d %H:%M:%S} UTC, and no record is of later")
