"""Judges recorded decisions by other policies, and says what would have changed."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.binding import trial
from app.binding.softening import softened
from app.binding.standing_by import StandIn
from app.binding.whom import Whom
from app.facts.source import NoFact, plain
from app.guarding.replay import ScoresThen
from app.guarding.resting import decisive
from app.policy.policies import PolicySet
from dsl import strictjson, syntax
from dsl.engine.evaluating import evaluate
from dsl.evaluation.opinion import Bound
from dsl.model import Cause, Effect, ReasonCode, ToolCall, Verdict
from dsl.types import Unknown
from memory.replay.cases import CannotReplay, Case
from memory.replay.worlds import Worlds

EXAMPLES: Final = 5  # of each change that are shown
# Asked about by the policies; what people or a budget made of it came after.
_ASKED: Final = (ReasonCode.APPROVED, ReasonCode.REJECTED, ReasonCode.ASK_BUDGET)
# Not said by the policies, so other policies would not have said otherwise.
_BESIDE: Final = (
    ReasonCode.FAULT,
    ReasonCode.DEADLINE,
    ReasonCode.CALL_REPLAYED,
    ReasonCode.UNSUPPORTED_OBLIGATION,
    ReasonCode.CANARY,
    ReasonCode.TOOL_CHANGED,
    ReasonCode.STALE_POLICY,
    ReasonCode.FROZEN,
)
# Told beside what policies said; where it is the reason itself, no policy said anything.
_OF_ITSELF: Final = (ReasonCode.BREAK_GLASS,)
# The worst first: what becomes allowed.
_ORDER: Final = ("allow", "ask", "deny")


@dataclass(frozen=True, slots=True)
class Change:
    """One recorded decision that would come out otherwise."""

    record: str
    tool: str
    before: str
    after: str
    rule: str  # that would decide

    @property
    def kind(self) -> tuple[str, str]:
        """Return from what to what."""
        return self.before, self.after


@dataclass(slots=True)
class Replay:
    """What came of judging recorded decisions anew."""

    judged: int = 0
    same: int = 0
    changes: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # by kind and rule
    examples: dict[tuple[str, str, str], list[Change]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def note(self, change: Change) -> None:
        """Count a change, and keep the first few of its kind."""
        key = (*change.kind, change.rule)
        self.changes[key] += 1
        shown = self.examples.setdefault(key, [])
        if len(shown) < EXAMPLES:
            shown.append(change)

    def ordered(self) -> list[tuple[str, str, str]]:
        """Return the kinds of changes: what becomes allowed first, then by their number."""
        return sorted(
            self.changes,
            key=lambda key: (_rank(key[1]), -_rank(key[0]), -self.changes[key], key),
        )


async def replayed(
    found: AsyncIterator[Case],
    worlds: Worlds,
    policies: PolicySet,
    environment: str | None = None,
) -> AsyncIterator[Replay]:
    """Judge recorded decisions; yield what came of it so far after each."""
    replay = Replay()
    async for case in found:
        try:
            verdict = await _judged(case, worlds, policies, environment)
        except CannotReplay as error:
            replay.left_out[str(error)] += 1
        else:
            _compare(replay, case, verdict)
        yield replay


async def _judged(
    case: Case, worlds: Worlds, policies: PolicySet, environment: str | None
) -> Verdict:
    beside = case.record.reason if case.record.reason in _OF_ITSELF else None
    codes = (case.record.reason, *(str(one["code"]) for one in case.record.reasons))
    if beside := beside or next((code for code in codes if code in _BESIDE), None):
        raise CannotReplay(f"it was not decided by policies ({beside})")
    if case.record.first is not None:
        raise CannotReplay("it was decided at the seat before, whose decision is judged")
    if case.gone is not None:
        raise CannotReplay(case.gone)
    turn = await worlds.at(case)
    facts = _Facts(case, policies)
    record = case.record  # nothing draws lots here: a canary enforces for all sessions
    whom = Whom(record.edge, record.tenant, record.agent, environment)
    narrowed = policies.under(_broken(case, policies)).at(whom).narrowed(turn.overlays)
    scores = ScoresThen(record.atoms, case.call, decisive(narrowed.bound))
    judging = [one.policy for one in (*narrowed.bound, *narrowed.softening)]
    state = turn.state(case.call, judging, case.told, facts.look_up, scores.score)
    at = case.record.at

    def judge(bound: Sequence[Bound]) -> Verdict:
        return softened(
            narrowed.softening, bound, lambda some: evaluate(some, case.call, at, state)
        )

    verdict = trial.judged(narrowed, at, judge)
    if facts.missing is not None:
        raise CannotReplay(f"the fact `{facts.missing}` was not asked for then")
    if scores.missing is not None:
        raise CannotReplay(f"no guard was asked then about `{scores.missing}`")
    return verdict


def _broken(case: Case, policies: PolicySet) -> tuple[StandIn, ...]:
    """Return which policies stood in for others then, as these policies have them."""
    told = [one for one in case.record.reasons if one["code"] == ReasonCode.BREAK_GLASS]
    names = {str(one["policy"]) for one in told}
    if case.record.glass and not names:
        raise CannotReplay("glass was broken, and its record does not say which policy stood in")
    for name in sorted(names - set(policies.stand_ins)):
        raise CannotReplay(f"glass was broken, and `{name}` stands by for no policy")
    glass = " ".join(case.record.glass)
    return tuple(StandIn(glass, policies.stand_ins[name], name) for name in sorted(names))


class _Facts:
    """The facts that sources told when the decision was made."""

    def __init__(self, case: Case, policies: PolicySet) -> None:
        self._read = case.read
        self._told = case.told
        self.missing: str | None = None

    def look_up(self, fact: syntax.Fact, args: Mapping[str, Any]) -> Any | Unknown:
        """Return what a source told then; what it was not asked for is not known now."""
        shown = f"fact.{fact.name}"
        if fact.name in self._told:
            return self._told[fact.name]
        if fact.lookup is None:
            return Unknown(Cause.NO_FACT, shown)
        try:
            key = (fact.lookup.source, strictjson.canonical(plain(args)))
        except NoFact:
            return Unknown(Cause.NO_FACT, shown)
        found = self._read.get(key)
        if found is None:
            self.missing = fact.name
            return Unknown(Cause.NO_FACT, shown)
        cause = found["cause"]
        return found["value"] if cause is None else Unknown(Cause(cause), shown)


def _compare(replay: Replay, case: Case, verdict: Verdict) -> None:
    replay.judged += 1
    record = case.record
    effect = Effect.ASK if record.reason in _ASKED else Effect(record.effect)
    before, after = _outcome(effect, record.would), _outcome(verdict.effect, verdict.would)
    if before == after:
        replay.same += 1
        return
    replay.note(Change(record.id, _tool(case.call), before, after, _rule(verdict)))


def _outcome(effect: str, would: str | None) -> str:
    """Name what was done, and what would have been where a policy only observed."""
    return effect if would is None else f"{effect} (would {would})"


def _rank(outcome: str) -> int:
    return _ORDER.index(outcome.partition(" ")[0])


def _tool(call: ToolCall) -> str:
    return call.qualified


def _rule(verdict: Verdict) -> str:
    """Return what would decide: the first rule, or the default."""
    named = (f"{one.policy}/{one.rule}" for one in verdict.reasons if one.rule is not None)
    return next(named, str(verdict.code))
