"""What policies need to be told, held against what keys may tell and what was told."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from app.approvals.deciding import AGENTS
from app.binding.bindings import EDGE_NAMES
from app.binding.edge_cannot import WAYS
from app.doctor.check import Check, finding, ok
from app.policy.policies import PolicySet
from dsl import syntax
from dsl.interpret import Bound
from dsl.lint.needs import Told, needs
from dsl.lint.rule import Unit
from dsl.model import Effect, ReasonCode
from memory.keys import ApiKey, Scope
from memory.records.record import DecisionRecord

ENOUGH: Final = 20  # decisions of an edge after which what was never told is no chance
KINDS: Final[tuple[Told, ...]] = ("user words", "results", "replies")


@dataclass(frozen=True, slots=True)
class Row:
    """One edge and one thing to be told there."""

    edge: str
    decisions: int
    kind: Told
    can: str  # by itself, by a key, or not at all
    seen: bool | None  # None: it cannot be looked up
    needed_by: tuple[str, ...]


def table(
    policies: PolicySet,
    scopes: Collection[Scope],
    recent: Sequence[DecisionRecord],
    seen: Mapping[Told, bool | None],
    environment: str | None = None,
) -> list[Row]:
    """Return what each edge can tell, what was told, and who needs it."""
    numbers = Counter(one.edge for one in recent)
    rows = []
    for edge in EDGE_NAMES:
        names = {one.policy.name for one in policies.reaching(edge, environment)}
        units = [one for one in policies.units if one.policy and one.policy.name in names]
        for kind in KINDS:
            wanted = tuple(_needed(units, kind))
            way = WAYS[edge][kind]
            can = "by itself" if way is None else _by_key(way, scopes)
            rows.append(Row(edge, numbers[edge], kind, can, seen.get(kind), wanted))
    return rows


def _by_key(scope: Scope, scopes: Collection[Scope]) -> str:
    return f"a key with `{scope}`" if scope in scopes else "no key may"


def _needed(units: Sequence[Unit], kind: Told) -> Iterator[str]:
    for unit in units:
        for need in needs(unit):
            if need.told == kind and unit.policy is not None:
                yield f"{unit.policy.name}/{need.rule}"


def told(rows: Sequence[Row]) -> Iterator[Check]:
    """Look for rules that need what nobody tells."""
    fine = True
    for row in (row for row in rows if row.needed_by):
        rules = _some(row.needed_by)
        if row.can == "no key may":
            scope = WAYS[row.edge][row.kind]
            words = f"at `{row.edge}`, {rules} need {row.kind}, and no key may send them"
            yield finding("edge_cannot", words, f"give the agent's key the scope `{scope}`")
            fine = False
        elif row.seen is False and row.decisions >= ENOUGH:
            words = f"at `{row.edge}`, {rules} need {row.kind}, and none were ever sent"
            words += f" ({row.decisions:,} decisions)"
            yield finding("never_told", words, "send them with /v1/observe: docs/sessions.md")
            fine = False
    if fine:
        yield ok("told", "what rules need to be told can be told")


def _some(rules: Sequence[str]) -> str:
    shown = ", ".join(f"`{one}`" for one in rules[:3])
    return shown + (f" and {len(rules) - 3} more" if len(rules) > 3 else "")  # noqa: PLR2004 - as shown


def carried_out(recent: Sequence[DecisionRecord]) -> Iterator[Check]:
    """Look for calls that were denied since the caller cannot carry out what rules require."""
    mine = [one for one in recent if one.reason == ReasonCode.UNSUPPORTED_OBLIGATION]
    if mine:
        tools = _some(sorted({one.tool for one in mine}))
        words = f"{len(mine)} calls of {tools} were denied since the caller does not say that it"
        words += " carries out changed arguments or notifications"
        hint = "send `supports`, or name whom to notify in the settings: docs/notify.md"
        yield finding("unsupported", words, hint)


def keys(found: Sequence[ApiKey], bound: Sequence[Bound], *, speaks: bool) -> Iterator[Check]:
    """Look whether somebody may ask, and whether somebody may approve what rules ask about.

    With `speaks`, a client may answer for its user in a form of its own.
    """
    active = [key for key in found if key.works(datetime.now(UTC))]
    if not any(Scope.CHECK in key.scopes for key in active):
        hint = "make one: drawbar keys create --scope check"
        yield finding("no_key", "no key may ask for decisions", hint)
    else:
        yield ok("keys", f"{len(active)} keys in use, {len(found) - len(active)} no longer in use")
    approvers = [key for key in active if Scope.APPROVE in key.scopes]
    roles = {role for key in approvers for role in key.roles}
    speaks = speaks or any(not key.scopes & AGENTS for key in approvers)
    for one in bound:
        for rule in (rule for rule in one.policy.rules if rule.effect is Effect.ASK):
            if rule.approver is not None and rule.approver.kind == "user":
                yield from _of_the_user(f"`{one.policy.name}/{rule.name}`", speaks=speaks)
            else:
                yield from _approvable(one.policy.name, rule, approvers, roles)


def _of_the_user(rule: str, *, speaks: bool) -> Iterator[Check]:
    """Look whether the person in the conversation can be heard: by a key that no agent holds."""
    if not speaks:
        hint = "make a key with `approve` alone, or see `speaks_for_user`: docs/approvals.md"
        yield finding("nobody_approves", f"{rule} asks the user, and no key can be theirs", hint)


def _approvable(
    policy: str, rule: syntax.Rule, approvers: Sequence[ApiKey], roles: Collection[str]
) -> Iterator[Check]:
    who = rule.approver
    named = f"`{policy}/{rule.name}`"
    if not approvers:
        hint = "make one: drawbar keys create --scope approve (`approvals --data` makes one too)"
        yield finding("nobody_approves", f"{named} asks, and no key may approve", hint)
    elif who is not None and who.role is not None and who.role not in roles:
        hint = f"make one: drawbar keys create --scope approve --role {who.role}"
        words = f"{named} asks the role `{who.role}`, and no key that may approve has it"
        yield finding("nobody_approves", words, hint)
