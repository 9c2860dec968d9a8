"""What a while of observing showed: what would have been stopped, how often, and by what."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dsl import strictjson
from dsl.model import Effect, ReasonCode, ToolCall
from memory.records.record import DecisionRecord

EXAMPLES: Final = 3  # of each kind that are shown
DISTINCT: Final = 20  # values of one argument that are told apart
_Plain = Mapping[str, Any]
# Nothing allowed it: a rule that allows would have changed the outcome.
_UNNAMED: Final = (ReasonCode.NO_RULE, ReasonCode.DEFAULT)


@dataclass(frozen=True, slots=True)
class Seen:
    """A recorded decision about a call, with the arguments where they may be looked at."""

    record: DecisionRecord
    args: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """One kind of refusal: of a tool, with an effect, for a reason; `observed`: it passed."""

    tool: str
    effect: str
    why: str
    observed: bool


@dataclass(slots=True)
class Kind:
    """How often something came, and the first few decisions of it."""

    number: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, decision: str) -> None:
        """Count one."""
        self.number += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(decision)


@dataclass(slots=True)
class Values:
    """What one argument was in some calls; `kinds` are those of JSON."""

    number: int = 0
    kinds: set[str] = field(default_factory=set)
    distinct: dict[str, Any] = field(default_factory=dict)
    many: bool = False
    low: Any = None
    high: Any = None

    def note(self, value: Any) -> None:
        """Take one value in."""
        self.number += 1
        self.kinds.add(_kind(value))
        if self.kinds == {"number"}:
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)
        if self.kinds <= {"text", "number", "truth"} and not self.many:
            self.distinct.setdefault(strictjson.canonical(value), value)
            self.many = len(self.distinct) > DISTINCT


@dataclass(slots=True)
class Unallowed:
    """Calls of one tool that no rule of a policy allows; of `read` of them the values are known."""

    call: ToolCall
    kind: Kind = field(default_factory=Kind)
    read: int = 0
    values: dict[str, Values] = field(default_factory=dict)
    example: Mapping[str, Any] | None = None

    def note(self, seen: Seen) -> None:
        """Take one call in."""
        self.kind.note(seen.record.id)
        if seen.args is None:
            return
        self.read += 1
        self.example = self.example or seen.args
        for name, value in seen.args.items():
            self.values.setdefault(name, Values()).note(value)


@dataclass(slots=True)
class Report:
    """What came of looking through recorded decisions."""

    decisions: int = 0
    dry_runs: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    would: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    stops: dict[Stop, Kind] = field(default_factory=dict)
    tools: Counter[str] = field(default_factory=Counter)
    outputs: dict[Stop, Kind] = field(default_factory=dict)  # results and replies
    observers: set[str] = field(default_factory=set)
    shadows: dict[Stop, Kind] = field(default_factory=dict)  # told beside what was done
    glass: Counter[str] = field(default_factory=Counter)  # decisions while it was broken
    unallowed: dict[tuple[str, str], Unallowed] = field(default_factory=dict)  # by policy and tool

    def take(self, seen: Seen) -> None:
        """Take one decision in."""
        one = seen.record
        if one.reason == ReasonCode.CANARY:  # nobody's call
            return
        if one.dry_run:  # nothing ran on it
            self.dry_runs += 1
            return
        self._shadows(one)
        self.glass.update(one.glass)
        if one.phase != "call":
            self._stop(self.outputs, one)
            return
        self.decisions += 1
        self.first = one.at if self.first is None else min(self.first, one.at)
        self.last = one.at if self.last is None else max(self.last, one.at)
        self.effects[one.effect] += 1
        self.tools[tool(one)] += 1
        if one.would is not None:
            self.would[one.would] += 1
        self._stop(self.stops, one)
        self._unallowed(seen)

    def _stop(self, stops: dict[Stop, Kind], one: DecisionRecord) -> None:
        effect = one.would or one.effect
        if one.would is None and one.effect == Effect.ALLOW:
            return
        reasons = list(deciding(one))
        why = " and ".join(dict.fromkeys(map(because, reasons))) or one.reason
        stop = Stop(of_phase(one), effect, why, one.would is not None)
        stops.setdefault(stop, Kind()).note(one.id)
        if one.would is not None:
            self.observers.update(str(each["policy"]) for each in reasons if each["policy"])

    def _shadows(self, one: DecisionRecord) -> None:
        """Count what shadows would have done; what an observing policy would, counts above."""
        observing = [] if one.would is None else list(deciding(one))
        for each in one.shadow:
            if each not in observing:
                stop = Stop(of_phase(one), str(each["effect"]), because(each), observed=False)
                self.shadows.setdefault(stop, Kind()).note(one.id)

    def _unallowed(self, seen: Seen) -> None:
        one = seen.record
        reasons = list(deciding(one))
        codes = {each["code"] for each in reasons}
        if (one.would or one.effect) != Effect.DENY or not codes or not codes <= set(_UNNAMED):
            return
        call = ToolCall(one.call_id, one.tool, {}, one.server)
        for policy in dict.fromkeys(str(each["policy"]) for each in reasons):
            self.unallowed.setdefault((policy, tool(one)), Unallowed(call)).note(seen)

    def in_shadow(self) -> list[tuple[Stop, Kind]]:
        """Return what shadows would have done, the most of it first."""
        return sorted(
            self.shadows.items(), key=lambda one: (-one[1].number, one[0].tool, one[0].why)
        )

    def ordered(self) -> list[tuple[Stop, Kind]]:
        """Return what was or would have been stopped: what passed first, the most of it first."""
        found = [*self.stops.items(), *self.outputs.items()]
        return sorted(
            found,
            key=lambda one: (not one[0].observed, -one[1].number, one[0].tool, one[0].why),
        )


async def gathered(found: AsyncIterator[Seen]) -> Report:
    """Look through recorded decisions."""
    report = Report()
    async for seen in found:
        report.take(seen)
    return report


def deciding(one: DecisionRecord) -> Iterator[_Plain]:
    """Yield the reasons for what was done, or would have been where a policy only observed."""
    if one.would is None or one.reason == ReasonCode.OBSERVE:
        yield from one.reasons
        return
    yield from (each for each in one.shadow if each["effect"] == one.would)


def because(reason: _Plain) -> str:
    """Say what stands behind a refusal: a rule, or that no rule allows."""
    policy, rule, cause = reason["policy"], reason["rule"], reason["cause"]
    if rule is not None:
        return f"{policy}/{rule}" + (f" by unknown ({reason['path']} {cause})" if cause else "")
    if policy is not None and reason["effect"] == Effect.ALLOW:
        return f"{policy} allows it"
    if policy is not None and reason["code"] == ReasonCode.INVALID_CALL:
        return f"it does not fit the tools file of {policy}"
    if policy is not None:
        return f"no rule of {policy} allows it"
    return str(reason["code"])


def of_phase(one: DecisionRecord) -> str:
    """Return what was decided about: a tool's call, its result, or a reply."""
    return tool(one) if one.phase == "call" else f"{one.phase} of {tool(one)}"


def tool(one: DecisionRecord) -> str:
    """Return a tool with its server."""
    return f"{one.server}/{one.tool}" if one.server else one.tool


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "truth"
        case str():
            return "text"
        case None:
            return "null"
        case list() | dict():
            return "list or object"
        case _:
            return "number"
